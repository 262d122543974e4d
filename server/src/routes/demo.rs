//! `GET /demo/token`: signs everyone in as the demo customer. Only with the sandbox.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use axum::response::IntoResponse;
use serde::Serialize;
use uuid::Uuid;

use crate::http::error::ApiError;
use crate::state::AppState;

const COOKIE_NAME: &str = "relink_demo";

#[derive(Serialize)]
struct Token {
    token: String,
}

/// Returns a token for the demo customer. A cookie keeps the sign-in session across reloads.
pub(crate) async fn token(
    State(app): State<Arc<AppState>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let issuer = app.issuer.as_ref().ok_or(ApiError::NotFound)?;
    let sign_in = sign_in(&headers).unwrap_or_else(crate::clock::new_id).to_string();
    let token = issuer.token(&sign_in, crate::clock::now()).map_err(|error| {
        tracing::error!(%error, "the demo token can't be signed");
        ApiError::Internal
    })?;
    let base = app.config.requests.base_path();
    let cookie = format!("{COOKIE_NAME}={sign_in}; Path={base}/demo; HttpOnly; SameSite=Lax");
    Ok(([(CACHE_CONTROL, "no-store".to_owned()), (SET_COOKIE, cookie)], Json(Token { token })))
}

fn sign_in(headers: &HeaderMap) -> Option<Uuid> {
    let mut cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    cookies.find_map(|cookie| cookie.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('=')?.parse().ok())
}
