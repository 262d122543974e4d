//! Gives every answer a `Request-Id`, and every call one line in the log: method, path and status.
//! Query strings, headers and bodies stay out of it.

use axum::{
    extract::{Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};

use crate::state::Sandbox;

/// Outermost layer: refusals get an id, too.
pub(crate) async fn give_request_id(
    State(sandbox): State<Sandbox>,
    request: Request,
    next: Next,
) -> Response {
    let id = sandbox.lock().next_request_id();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    tracing::info!(request_id = id, status, "{method} {path} answered {status}");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", value);
    }
    response
}
