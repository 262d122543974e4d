//! Whether the server lives and can serve; and what is at addresses of the API that don't exist.

use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;

use crate::failure::Failure;

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], "ok\n")
}

/// `GET /readyz`: it can serve. Everything it needs was checked before it began to listen, and it does not ask Stripe:
/// a Stripe that is down is not mended by taking this server out of service.
pub(crate) async fn ready() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], "ready\n")
}

/// Every other address below `/api`.
pub(crate) async fn nothing_here() -> Failure {
    Failure::NotFound
}
