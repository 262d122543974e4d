//! Gives every answer a `Request-Id`, and those of the API what else Stripe's libraries read from the headers: the
//! version, and the idempotency key again. Gives every call one line in the log: method, path and status.
//! Query strings, headers and bodies stay out of it.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method},
    middleware::Next,
    response::Response,
};

use super::version::Version;
use crate::state::Sandbox;

const KEY: &str = "idempotency-key";

/// The id of the answer to come, on the request.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Outermost layer: refusals get an id, too.
pub(crate) async fn give_request_id(
    State(sandbox): State<Sandbox>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = sandbox.lock().next_request_id();
    let echoes = echoes(&request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    tracing::info!(request_id = id, status, "{method} {path} answered {status}");
    response.headers_mut().extend(echoes);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", value);
    }
    response
}

/// What an answer of the API repeats of its call.
fn echoes(request: &Request) -> HeaderMap {
    let mut echoes = HeaderMap::new();
    if !request.uri().path().starts_with("/v1/") {
        return echoes;
    }
    let version = Version::of(request.headers()).unwrap_or_default();
    if let Ok(version) = HeaderValue::from_str(version.name()) {
        echoes.insert("stripe-version", version);
    }
    let key = request.headers().get(KEY).filter(|_| request.method() == Method::POST);
    if let Some(key) = key {
        echoes.insert(KEY, key.clone());
    }
    echoes
}
