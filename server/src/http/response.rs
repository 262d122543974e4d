//! Finishes every response: adds a request id, and gives errors a body that back ends and the page can parse.

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Response as HttpResponse};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use relink_protocol::Problem;
use serde::Serialize;
use tracing::Instrument;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::http::extract::Client;

/// Generates the request id (one sent by the client could imitate another request's), which every log line of the
/// request has, and writes the bodies of errors.
pub(crate) async fn dress(request: Request, next: Next) -> Response {
    let id = crate::clock::new_id().to_string();
    let path = request.uri().path();
    let is_api = path == "/api" || ["/api/", "/v1/", "/r/"].iter().any(|begins| path.starts_with(begins));
    let client = request.extensions().get::<Client>().map(|client| client.ip.to_string());
    let span = tracing::info_span!(
        "request", request_id = %id, method = %request.method(), path, client
    );
    async {
        let mut response = next.run(request).await;
        if let Some(failure) = failure(&response, is_api) {
            response = problem(failure, &response, &id);
        }
        if let Ok(id) = HeaderValue::try_from(&id) {
            response.headers_mut().insert("x-request-id", id);
        }
        response
    }
    .instrument(span)
    .await
}

/// Returns the failure of a response: our own, or one derived from the status if a layer or the router answered without
/// a problem body.
fn failure(response: &Response, is_api: bool) -> Option<ApiError> {
    let status = response.status();
    let made_elsewhere = (is_api && (status.is_client_error() || status.is_server_error()))
        .then(|| ApiError::of_status(status));
    response.extensions().get().copied().or(made_elsewhere)
}

/// Body of an error: the problem and, for a refused relink request, the rule.
#[derive(Serialize)]
pub(crate) struct ProblemBody {
    #[serde(flatten)]
    problem: Problem,
    #[serde(flatten)]
    refusal: Option<Refusal>,
}

impl ProblemBody {
    /// Returns the body for an error of the request with this id.
    pub(crate) fn new(failure: ApiError, request_id: &str) -> Self {
        let problem = Problem {
            code: failure.code(),
            title: failure.title().to_owned(),
            request_id: Some(request_id.to_owned()),
        };
        Self { problem, refusal: refusal(failure) }
    }
}

/// Rule that refuses a relink request.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refusal {
    #[schema(example = "mailed_within_48_hours")]
    rule: &'static str,
    /// Time from which the request is allowed, in seconds since 1970.
    allowed_from: Option<i64>,
}

fn refusal(failure: ApiError) -> Option<Refusal> {
    let ApiError::Refused(rule, allowed_from) = failure else { return None };
    Some(Refusal { rule: rule.as_str(), allowed_from })
}

fn problem(failure: ApiError, original: &Response, id: &str) -> Response {
    let mut response = (failure.status(), Json(ProblemBody::new(failure, id))).into_response();
    // A layer's response lacks the headers of our failures, such as `Retry-After`.
    let hints = failure.into_response();
    let hints = hints.headers().iter().filter(|(name, _)| !original.headers().contains_key(*name));
    for (name, value) in original.headers().iter().chain(hints) {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            response.headers_mut().append(name, value.clone());
        }
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Answers a request whose handler panicked; the process goes on. The panic message may contain anything, so neither
/// the response nor this log line repeats it.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send>) -> HttpResponse<HttpBody> {
    tracing::error!("a request ended in a panic");
    ApiError::Internal.into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;
    use tower_http::timeout::TimeoutLayer;

    use super::*;

    async fn broken() {
        panic!("canary");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_took_too_long_is_not_blamed_on_stripe() {
        let limit = Duration::from_secs(30);
        let router = Router::new()
            .route("/api/x", get(std::future::pending::<()>))
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limit))
            .layer(from_fn(dress));
        let request = Request::get("/api/x").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "5");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.code, relink_protocol::ProblemCode::Internal);
    }

    #[tokio::test]
    async fn a_panic_ends_one_request_with_a_problem() {
        let router = Router::new()
            .route("/api/x", get(broken))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn(dress));
        for _ in 0..2 {
            let request = Request::get("/api/x").body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert!(response.headers().contains_key("x-request-id"));
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let problem: Problem = serde_json::from_slice(&body).unwrap();
            assert_eq!(problem.code, relink_protocol::ProblemCode::Internal);
            assert!(!problem.title.contains("canary"));
        }
    }
}
