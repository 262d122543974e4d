//! The built page. Its files' names hold a hash of what is in them, so a browser asks for each only once; `index.html`
//! names them and is asked for every time.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

/// Serves `web_root`, with a compressed neighbour of a file where there is one. The page has one address, `/`.
pub(crate) fn files(web_root: &Path) -> Router {
    let files =
        ServeDir::new(web_root).redirect_to_trailing_slash(false).precompressed_br().precompressed_gzip();
    Router::new().fallback_service(files).layer(from_fn(cached))
}

async fn cached(request: Request, next: Next) -> Response {
    let is_hashed = is_hashed(request.uri().path());
    let mut response = next.run(request).await;
    let status = response.status();
    if status == StatusCode::NOT_FOUND {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response = (status, [(CONTENT_TYPE, plain)], "There is nothing here.\n").into_response();
    }
    let is_file = status.is_success() || status == StatusCode::NOT_MODIFIED;
    let policy = match (is_file, is_hashed) {
        (true, true) => "public, max-age=31536000, immutable",
        (true, false) => "no-cache",
        (false, _) => "no-store",
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(policy));
    response
}

/// Trunk's `name-<16 hex digits>.ext` and `name-<16 hex digits>_bg.wasm`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, _)) = name.split_once('.') else { return false };
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 16 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_good() {
        for (path, expected) in [
            ("/relink-0123456789abcdef.js", true),
            ("/relink-0123456789abcdef_bg.wasm", true),
            ("/relink-later-0123456789abcdef.wasm", true),
            ("/relink-later.wasm", false),
            ("/assets/style-0123456789abcdef.css", true),
            ("/", false),
            ("/index.html", false),
            ("/relink.js", false),
            ("/relink-0123456789abcde.js", false),
            ("/relink-0123456789abcdeg.js", false),
            ("/0123456789abcdef.js", false),
        ] {
            assert_eq!(is_hashed(path), expected, "{path}");
        }
    }
}
