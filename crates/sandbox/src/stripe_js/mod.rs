//! `GET /stripe.js`: a script of our own that defines `window.Stripe` and opens the bank window.

use axum::{http::header, response::IntoResponse};

/// Loaded by merchants' pages, on whatever origin they are.
pub(crate) async fn script() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, include_str!("stripe.js"))
}
