//! The page in the iframe, and its scripts and styles.

use axum::{
    extract::Path,
    http::{Method, Uri, header},
    response::{IntoResponse, Response},
};

use crate::http::error::ApiError;

/// Any merchant's page may frame it; it loads and calls nothing but the sandbox.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors http: https:";

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

const ASSETS: &[(&str, &str, &str)] = &[
    ("bank.css", CSS, include_str!("page/bank.css")),
    ("main.js", JS, include_str!("page/main.js")),
    ("dom.js", JS, include_str!("page/dom.js")),
    ("before.js", JS, include_str!("page/before.js")),
    ("choice.js", JS, include_str!("page/choice.js")),
    ("after.js", JS, include_str!("page/after.js")),
];

/// `GET /bank`
pub(crate) async fn document() -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")];
    (headers, served("text/html; charset=utf-8", include_str!("page/bank.html"))).into_response()
}

/// `GET /bank/assets/{name}`
pub(crate) async fn asset(Path(name): Path<String>, uri: Uri) -> Result<Response, ApiError> {
    let found = ASSETS.iter().find(|(known, ..)| *known == name);
    let (_, kind, text) = found.ok_or_else(|| ApiError::unrecognized_url(&Method::GET, uri.path()))?;
    Ok(served(kind, text))
}

fn served(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
