//! From a request to types: who asks, and what for. What does not parse goes no further.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use relink_protocol::SessionId;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::domain::caller::{Caller, TokenFault};
use crate::failure::Failure;

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let token = bearer(&parts.headers).ok_or(TokenFault::Missing)?;
        Ok(app.verifier.caller(token, crate::clock::now())?)
    }
}

/// Exactly one, so that no proxy and we can mean different ones.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Bodies are a line long; what takes longer than this to arrive only holds a place.
const LONGEST_BODY: Duration = Duration::from_secs(10);

/// A body of JSON. Its being JSON is also what keeps other sites' forms out.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let read = tokio::time::timeout(LONGEST_BODY, Json::from_request(request, app));
        match read.await.map_err(|_| Failure::TooSlow)? {
            Ok(Json(body)) => Ok(Self(body)),
            // What is wrong with it may repeat what is in it: neither answered nor logged.
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Failure::NotJson),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Failure::TooLarge),
            Err(_) => Err(Failure::NotUnderstood),
        }
    }
}

/// The session that a path names. What is no session's name is not found, like a session that isn't there.
#[derive(Debug)]
pub(crate) struct SessionPath(pub(crate) SessionId);

impl FromRequestParts<Arc<App>> for SessionPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, app).await.map_err(|_| Failure::NotFound)?;
        SessionId::try_from(text).map(Self).map_err(|_| Failure::NotFound)
    }
}
