//! Cross-origin calls of Stripe.js, which runs in the merchant's page: any page may make the few calls that are for
//! publishable keys, and read their responses.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::auth::{has_publishable_key, is_for_pages};

const HEADERS: [(HeaderName, &str); 4] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, stripe-account, stripe-version"),
    (header::ACCESS_CONTROL_EXPOSE_HEADERS, "request-id"),
];

/// Middleware that answers preflight requests, and lets pages read responses to calls with a publishable key.
pub(crate) async fn allow_pages(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_for_page = match requested_method(&request) {
        Some(method) => is_for_pages(&method, path),
        None => has_publishable_key(request.headers()) && is_for_pages(request.method(), path),
    };
    if !is_for_page {
        return next.run(request).await;
    }
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response =
        if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Returns the method that a preflight request asks about.
fn requested_method(request: &Request) -> Option<Method> {
    let value = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    Method::from_bytes(value.as_bytes()).ok().filter(|_| request.method() == Method::OPTIONS)
}
