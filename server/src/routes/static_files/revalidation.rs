//! Entity tags of files that browsers ask for each time, because their names have no hash.
//!
//! The tag is a hash of the body. A tag made of length and modification time stays the same when an upgrade brings another
//! file of the same length and the packager sets all times to one moment, as container images and reproducible archives do:
//! browsers would keep a loader that names files of the old version.

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Most bytes of a body that is hashed. A larger one has no tag and is always sent.
const MAX_BODY: usize = 512 * 1024;

/// Runs the handler, and answers with 304 if the client has what it would send.
pub(super) async fn revalidated(mut request: Request, next: Next) -> Response {
    let is_get = request.method() == Method::GET;
    let conditions = request.headers().clone();
    for header in [IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE] {
        request.headers_mut().remove(header);
    }
    let mut response = next.run(request).await;
    response.headers_mut().remove(LAST_MODIFIED);
    response.headers_mut().remove(ETAG);
    if is_get && response.status() == StatusCode::OK { tagged(response, &conditions).await } else { response }
}

async fn tagged(response: Response, conditions: &HeaderMap) -> Response {
    let (mut parts, body) = response.into_parts();
    // Bodies that are streamed from a file have their length in the header only.
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.or(body.size_hint().upper()).is_none_or(|length| length > MAX_BODY as u64) {
        return Response::from_parts(parts, body);
    }
    let bytes = match to_bytes(body, MAX_BODY).await {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::warn!(%error, "failed to read a file of the page: {error}");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let hash = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &bytes).as_ref());
    // All of these characters are allowed in a header.
    let Ok(tag) = HeaderValue::try_from(format!("\"{hash}\"")) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let is_known = has(conditions, &tag);
    parts.headers.insert(ETAG, tag);
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.remove(CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// True if the client has this version. A proxy that compresses turns the `ETag` into a weak one.
fn has(conditions: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = conditions.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|list| list.split(',')).map(|one| one.trim().trim_start_matches("W/"));
    known.any(|one| one == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_known_by_its_tag_in_a_list_and_behind_a_proxy_that_compresses() {
        let etag = HeaderValue::from_static("\"a\"");
        for (given, expected) in
            [("\"a\"", true), ("W/\"a\"", true), ("\"b\", W/\"a\"", true), ("\"b\"", false), ("a", false)]
        {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(given))]);
            assert_eq!(has(&headers, &etag), expected, "{given}");
        }
    }
}
