//! Files of the built page. Their names contain a hash of the content, so a browser fetches each only once;
//! `index.html`, which [`super::own_page`] serves, and `relink.js` name them and are revalidated every time, as is
//! `relink.wasm`.

mod program;
mod revalidation;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower::ServiceExt;
use tower_http::services::ServeDir;
use tower_http::services::fs::{Backend, DefaultServeDirFallback};

use self::program::program;
use self::revalidation::revalidated;
use crate::config::page_source::PageSource;
use crate::config::settings::Config;
use crate::infra::{csp, security_headers};

/// Serves the files, compressed where there is a compressed version beside them. The page for iframes is `/frame`,
/// which only the merchant's own pages may frame.
pub(crate) fn files(config: &Config) -> Router {
    match &config.page {
        PageSource::Folder(folder) => routes(config, ServeDir::new(folder)),
        PageSource::Embedded(page) => routes(config, ServeDir::with_backend("", *page)),
    }
}

fn routes<B: Backend>(config: &Config, files: ServeDir<DefaultServeDirFallback, B>) -> Router {
    let Config { origins, addresses, .. } = config;
    let files = files
        .append_index_html_on_directories(false)
        .redirect_to_trailing_slash(false)
        .precompressed_br()
        .precompressed_gzip();
    let frame = files.clone().map_request(|mut request: Request| {
        *request.uri_mut() = Uri::from_static("/frame.html");
        request
    });
    // Consists of serialized origins, so it is a valid header value.
    let policy = csp::policy(&addresses.js, &addresses.api, origins, config.requests.base_path());
    let policy = HeaderValue::try_from(policy).ok();
    let framed = map_response(move |mut response: Response| {
        if let Some(policy) = policy.clone() {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        std::future::ready(response)
    });
    let preloaded = files.clone();
    Router::new()
        .route_service("/frame", frame)
        .layer(framed)
        .route("/relink.wasm", get(move |request| program(preloaded, request)))
        .fallback_service(files)
        .layer(from_fn(reject_long_paths))
        .layer(from_fn(cached))
}

/// Maximum length of a path. The page's own paths are shorter.
const LONGEST_PATH: usize = 200;

/// Responds with 404 to long paths. File systems reject names of more than 255 bytes with an error, which would become
/// a 500.
async fn reject_long_paths(request: Request, next: Next) -> Response {
    if request.uri().path().len() > LONGEST_PATH {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

pub(super) async fn cached(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let (is_hashed, are_words) = (is_hashed(path), are_words(path));
    let mut response = if is_hashed { next.run(request).await } else { revalidated(request, next).await };
    if are_words && response.status() == StatusCode::NOT_FOUND {
        // An unsupported language. The page requests the reader's preferred one, and a 404 would show as an error in
        // the browser's console.
        response = StatusCode::NO_CONTENT.into_response();
    }
    // The final status decides: a missing file must not be cached, because during an update an old server lacks the
    // files of the next version.
    let status = response.status();
    if status == StatusCode::NOT_FOUND {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response = (status, [(CONTENT_TYPE, plain)], "There is nothing here.\n").into_response();
    }
    let is_file = matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED);
    let policy = match (is_file, is_hashed) {
        (true, true) => "public, max-age=31536000, immutable",
        (true, false) => "no-cache",
        (false, _) => "no-store",
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(policy));
    if is_file || status == StatusCode::NO_CONTENT {
        security_headers::share(response.headers_mut());
    }
    response
}

/// True for our own `name-<8 hex digits>.ext`, trunk's `name-<16 hex digits>.ext` and `name-<16 hex digits>_bg.wasm`,
/// and translations.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, _)) = name.split_once('.') else { return false };
    are_words(path) || ends_in_hash(stem.strip_suffix("_bg").unwrap_or(stem))
}

/// True for `/words-<8 or 16 hex digits>/<language>.txt`. The hash covers all languages together.
fn are_words(path: &str) -> bool {
    let folder = path.strip_prefix("/words").and_then(|rest| rest.split_once('/'));
    folder.is_some_and(|(folder, name)| ends_in_hash(folder) && !name.is_empty())
}

fn ends_in_hash(stem: &str) -> bool {
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        matches!(hash.len(), 8 | 16) && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_good() {
        for (path, expected) in [
            ("/relink-0123456789abcdef.js", true),
            ("/relink-01234567.js", true),
            ("/relink-012345678.js", false),
            ("/relink-0123456789abcdef_bg.wasm", true),
            ("/relink-later-0123456789abcdef.wasm", true),
            ("/relink-later.wasm", false),
            ("/assets/style-0123456789abcdef.css", true),
            ("/words-0123456789abcdef/es-Latn.txt", true),
            ("/words-0123456789abcdef/", false),
            ("/words-0123456789abcde/es-Latn.txt", false),
            ("/words/es-Latn.txt", false),
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
