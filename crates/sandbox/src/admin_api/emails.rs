//! `/_sandbox/mails`: emails in the inbox.

use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{http::error::ApiError, state::Sandbox};

/// `GET /_sandbox/mails`, newest first.
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    let state = sandbox.lock();
    Json(json!(state.emails.all().collect::<Vec<_>>()))
}

/// `GET /_sandbox/mails/{id}`
pub(crate) async fn read(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let state = sandbox.lock();
    let email = state.emails.find(&id).ok_or_else(|| ApiError::not_found("email", &id))?;
    Ok(Json(json!(email)))
}

/// `DELETE /_sandbox/mails`
pub(crate) async fn clear(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.lock().emails.clear();
    Json(json!([]))
}

/// Content security policy of an email: inline styles are allowed, scripts and requests are not.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'; form-action 'none'; \
    frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// `GET /_sandbox/mails/{id}/html`: the email's HTML. Its links open in a new tab.
pub(crate) async fn html(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let state = sandbox.lock();
    let email = state.emails.find(&id).and_then(|email| email.html.clone());
    let html = email.ok_or_else(|| ApiError::not_found("email", &id))?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, html.replacen("<head>", "<head><base target=\"_blank\">", 1)).into_response())
}
