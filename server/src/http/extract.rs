//! Extractors: caller, client, parameters and body of a request. Anything that does not parse is rejected here.

mod back_end;
mod client;
mod page_caller;
pub(crate) mod scope;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use relink_protocol::{AccountId, SessionId};
use serde::de::DeserializeOwned;

pub(crate) use self::back_end::{AccountReader, BackEnd};
pub(crate) use self::client::{Client, warn_of_unknown_proxies};
pub(crate) use self::page_caller::{Beside, LINK, OwnPage, PageCaller, agrees, beside};
use crate::domain::customer_claims::{Caller, TokenError};
use crate::domain::language::Language;
use crate::http::error::ApiError;
use crate::http::observe::RequestLog;
use crate::state::AppState;

impl FromRequestParts<Arc<AppState>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or(TokenError::Missing)?;
        app.verifier.look_for_key(token).await;
        let caller = app.verifier.caller(token, &app.config.policy, crate::clock::now())?;
        RequestLog::customer(&parts.extensions, &caller.customer);
        Ok(caller)
    }
}

/// Returns the bearer token. Refuses several `Authorization` headers, because a proxy could use
/// another one than this server.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Time limit for the body. Bodies are a line long; a slower one only occupies a connection.
pub(crate) const LONGEST_BODY: Duration = Duration::from_secs(10);

/// JSON body. Requiring JSON also blocks forms of other sites (CSRF); `page_call` says why text of the page is no exception.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<AppState>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let read = tokio::time::timeout(LONGEST_BODY, Json::from_request(request, app));
        match read.await.map_err(|_| ApiError::TooSlow)? {
            Ok(Json(body)) => Ok(Self(body)),
            // The details are neither returned nor logged, because they may repeat the body.
            Err(JsonRejection::MissingJsonContentType(_)) => Err(ApiError::NotJson),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(ApiError::TooLarge),
            Err(_) => Err(ApiError::NotUnderstood),
        }
    }
}

/// Session in the path. An invalid identifier is answered with 404, like a missing session.
#[derive(Debug)]
pub(crate) struct SessionPath(pub(crate) SessionId);

impl FromRequestParts<Arc<AppState>> for SessionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, app).await.map_err(|_| ApiError::NotFound)?;
        SessionId::try_from(text).map(Self).map_err(|_| ApiError::NotFound)
    }
}

/// Account in the path. An invalid identifier is answered with 404, like a missing account.
#[derive(Debug)]
pub(crate) struct AccountPath(pub(crate) AccountId);

impl FromRequestParts<Arc<AppState>> for AccountPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, app).await.map_err(|_| ApiError::NotFound)?;
        AccountId::try_from(text).map(Self).map_err(|_| ApiError::NotFound)
    }
}

/// Language of the customer's page, from `Accept-Language`.
impl FromRequestParts<Arc<AppState>> for Language {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<AppState>) -> Result<Self, ApiError> {
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(header.map_or(Self::English, Self::accepted))
    }
}

/// Middleware that resolves the client's address first, so that every log line of the request has it.
pub(crate) async fn locate(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Ok(client) = Client::from_request_parts(&mut parts, &app).await {
        parts.extensions.insert(client);
    }
    next.run(Request::from_parts(parts, body)).await
}
