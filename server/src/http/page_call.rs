//! Requests of the customer's page that cost no CORS preflight.
//!
//! Before a request to another origin, browsers ask that origin for permission (preflight, one more round trip) unless
//! the request could also come from a form: `Authorization` and `application/json` need it. So the page sends
//! `text/plain`: a JSON object with the token as the field `token`, beside the fields of the ordinary body. Handlers
//! and extractors see the ordinary request.
//!
//! A form of another site can send such a request too, but it can't forge one (CSRF): nothing that browsers send on
//! their own counts. A token has to be in the body; or, for the cookie of a link, the header [`LINK`], which no form
//! can set and which [`OwnPage`](crate::http::extract::OwnPage) accompanies.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::domain::customer_claims::TokenError;
use crate::http::error::ApiError;
use crate::http::extract::{LINK, LONGEST_BODY};

/// Field of the body with the customer's token.
const TOKEN: &str = "token";

/// Body of a request that has nothing but the token.
#[derive(Debug, utoipa::ToSchema)]
#[schema(example = json!({"token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJjdXNfMSJ9.c2lnbmF0dXJl"}))]
pub(crate) struct PageCall {
    /// Token of the customer; absent with a link.
    #[expect(dead_code, reason = "described here, read by `unpack`")]
    token: Option<String>,
}

/// Middleware that turns the page's request into the ordinary one, with `Authorization` and a body of JSON. Leaves other
/// requests as they are.
pub(crate) async fn unpack(request: Request, next: Next) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    if !is_plain_text(&parts) {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let reading = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
    let body = match timeout(LONGEST_BODY, reading).await.map_err(|_| ApiError::TooSlow)? {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return Err(ApiError::TooLarge);
        }
        Err(_) => return Err(ApiError::NotUnderstood),
    };
    let mut fields: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| ApiError::NotJson)?;
    match fields.remove(TOKEN) {
        // Beside another header, which `bearer` refuses.
        Some(token) => parts.headers.append(AUTHORIZATION, bearer(&token)?),
        None if parts.headers.contains_key(&LINK) => false,
        None => return Err(ApiError::NotJson),
    };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.remove(CONTENT_LENGTH);
    let body = Body::from(Value::Object(fields).to_string());
    Ok(next.run(Request::from_parts(parts, body)).await)
}

fn is_plain_text(parts: &Parts) -> bool {
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    parts.method == Method::POST && kind.eq_ignore_ascii_case("text/plain")
}

fn bearer(token: &Value) -> Result<HeaderValue, TokenError> {
    let token = token.as_str().ok_or(TokenError::Missing)?;
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| TokenError::Missing)?;
    value.set_sensitive(true);
    Ok(value)
}
