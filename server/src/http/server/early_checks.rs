//! Checks of requests before they reach the router.

use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Request, StatusCode, Version};
use axum::response::{IntoResponse, Response};

/// Paths that are served on connections beyond the limits.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];

/// Rejects a request with a missing or repeated `Host` (RFC 9112, 3.2), which a proxy and this server could interpret
/// differently. HTTP/1.0, which some health checks use, has no `Host`.
pub(super) fn check_host<B>(request: &Request<B>) -> Option<Response> {
    let hosts = request.headers().get_all(HOST).iter().count();
    let is_valid = hosts == 1 || (hosts == 0 && request.version() < Version::HTTP_11);
    (!is_valid).then(|| refusal(StatusCode::BAD_REQUEST, "A request needs exactly one Host header.\n"))
}

/// Rejects everything but a health check, which may be below the path of the public URL.
pub(super) fn check_health_only<B>(request: &Request<B>, base_path: &str) -> Option<Response> {
    let path = request.uri().path();
    if HEALTH.contains(&path.strip_prefix(base_path).unwrap_or(path)) {
        return None;
    }
    let mut response =
        refusal(StatusCode::SERVICE_UNAVAILABLE, "There are too many connections; try again later.\n");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    Some(response)
}

fn refusal(status: StatusCode, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
        (CONNECTION, "close"),
    ];
    (status, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_1_1_needs_exactly_one_host() {
        for (version, hosts, is_refused) in [
            (Version::HTTP_11, 0, true),
            (Version::HTTP_11, 1, false),
            (Version::HTTP_11, 2, true),
            (Version::HTTP_10, 0, false),
            (Version::HTTP_10, 2, true),
        ] {
            let mut request = Request::new(());
            *request.version_mut() = version;
            for _ in 0..hosts {
                request.headers_mut().append(HOST, HeaderValue::from_static("shop.example"));
            }
            let refused = check_host(&request).map(|response| response.status());
            assert_eq!(refused, is_refused.then_some(StatusCode::BAD_REQUEST), "{version:?} {hosts}");
        }
    }
}
