//! Adds `Request-Id` to every response, and to those of the API `Date` by the sandbox's clock, and `Stripe-Version` and
//! `Idempotency-Key`, which Stripe's libraries read. Logs one line per call with method, path and status, but no query string, header or body.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header::DATE},
    middleware::Next,
    response::Response,
};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

use super::api_call::requested_version;
use crate::state::Sandbox;

const KEY: &str = "idempotency-key";

/// Id of the response to come, as a request extension.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Outermost middleware, so that errors of other layers get an id, too.
pub(crate) async fn add_request_id(
    State(sandbox): State<Sandbox>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = sandbox.lock().next_request_id();
    let repeated_headers = repeated_headers(&sandbox, &request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    tracing::info!(request_id = id, %method, path, status, "request finished");
    response.headers_mut().extend(repeated_headers);
    if path.starts_with("/v1/") || path.starts_with("/v2/") {
        response.headers_mut().extend(date(sandbox.lock().world.now).map(|date| (DATE, date)));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", value);
    }
    response
}

/// Returns this time, in Unix seconds, as a response is dated: clients compare its date with those of objects and events.
fn date(seconds: i64) -> Option<HeaderValue> {
    let time = Timestamp::from_second(seconds).ok()?;
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()?.parse().ok()
}

/// Returns the headers that an API response repeats from its request.
fn repeated_headers(sandbox: &Sandbox, request: &Request) -> HeaderMap {
    let mut repeated_headers = HeaderMap::new();
    if !request.uri().path().starts_with("/v1/") {
        return repeated_headers;
    }
    let version = requested_version(request.headers(), sandbox).unwrap_or_default();
    if let Ok(version) = HeaderValue::from_str(version.name()) {
        repeated_headers.insert("stripe-version", version);
    }
    let key = request.headers().get(KEY).filter(|_| request.method() == Method::POST);
    if let Some(key) = key {
        repeated_headers.insert(KEY, key.clone());
    }
    repeated_headers
}
