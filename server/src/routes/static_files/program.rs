//! `/relink.wasm`: the current program under a name that a merchant's page can know in advance, to preload it.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;
use tower_http::services::fs::{Backend, DefaultServeDirFallback};

use super::is_hashed;
use crate::infra::security_headers::FILE_NAME;

/// Most bytes of the loader, which names the program.
const MAX_LOADER: usize = 256 * 1024;

/// Responds with the file that the loader names, and with its name in a header. The loader takes the response only if that
/// is the file that it needs: while servers are replaced, the page may have got the loader of one version and the program of
/// another.
pub(super) async fn program<B: Backend>(
    files: ServeDir<DefaultServeDirFallback, B>,
    mut request: Request,
) -> Response {
    let name = loader(files.clone()).await.and_then(|loader| {
        let name = program_name(&loader)?;
        Some((Uri::try_from(format!("/{name}")).ok()?, HeaderValue::try_from(name).ok()?))
    });
    let Some((path, name)) = name else { return StatusCode::NOT_FOUND.into_response() };
    *request.uri_mut() = path;
    let mut response = files.oneshot(request).await.into_response();
    if response.status() != StatusCode::NOT_FOUND {
        response.headers_mut().insert(FILE_NAME, name);
    }
    response
}

async fn loader<B: Backend>(files: ServeDir<DefaultServeDirFallback, B>) -> Option<String> {
    // Without a header that allows compression.
    let request = Request::get("/relink.js").body(Body::empty()).ok()?;
    let response = files.oneshot(request).await.into_response();
    let is_there = response.status() == StatusCode::OK;
    let bytes = to_bytes(response.into_body(), MAX_LOADER).await.ok().filter(|_| is_there)?;
    String::from_utf8(bytes.into()).ok()
}

/// Finds the name of the program in the loader's text.
fn program_name(loader: &str) -> Option<&str> {
    let mut texts = loader.split(['"', '\'', '`']);
    texts.find(|text| text.rsplit_once('.').is_some_and(|(_, kind)| kind == "wasm") && is_hashed(text))
}

#[cfg(test)]
mod tests {
    use super::program_name;

    #[test]
    fn the_program_is_the_wasm_file_that_the_loader_names_with_its_hash() {
        for (loader, expected) in [
            (
                r#"let f={glue:"relink-01234567.js",wasm:"relink-89abcdef.wasm"};"#,
                Some("relink-89abcdef.wasm"),
            ),
            (
                "address('relink.wasm');x='relink-0123456789abcdef_bg.wasm'",
                Some("relink-0123456789abcdef_bg.wasm"),
            ),
            ("export {};", None),
        ] {
            assert_eq!(program_name(loader), expected);
        }
    }
}
