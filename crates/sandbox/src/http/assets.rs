//! Static files of the sandbox's own pages, embedded in the program.

use axum::{
    http::{Method, Uri, header},
    response::{IntoResponse, Response},
};

use super::error::ApiError;

pub(crate) const JS: &str = "text/javascript; charset=utf-8";
pub(crate) const CSS: &str = "text/css; charset=utf-8";

/// File name, content type and text.
pub(crate) type Asset = (&'static str, &'static str, &'static str);

/// Returns the asset with that name, or a 404 error that mentions `uri`.
pub(crate) fn find(assets: &[Asset], name: &str, uri: &Uri) -> Result<Response, ApiError> {
    let found = assets.iter().find(|(known, ..)| *known == name);
    let (_, kind, text) = found.ok_or_else(|| ApiError::unrecognized_url(&Method::GET, uri.path()))?;
    Ok(served(kind, text))
}

/// Returns an HTML page with its content security policy and referrer policy.
pub(crate) fn page(policy: &'static str, referrer: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::REFERRER_POLICY, referrer)];
    (headers, served("text/html; charset=utf-8", text)).into_response()
}

fn served(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
