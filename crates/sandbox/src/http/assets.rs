//! The files of the sandbox's own pages, which are built into the program.

use axum::{
    http::{Method, Uri, header},
    response::{IntoResponse, Response},
};

use super::error::ApiError;

pub(crate) const JS: &str = "text/javascript; charset=utf-8";
pub(crate) const CSS: &str = "text/css; charset=utf-8";

/// A file's name, its content type, and what is in it.
pub(crate) type Asset = (&'static str, &'static str, &'static str);

/// The file of that name, for a request to `uri`.
pub(crate) fn find(assets: &[Asset], name: &str, uri: &Uri) -> Result<Response, ApiError> {
    let found = assets.iter().find(|(known, ..)| *known == name);
    let (_, kind, text) = found.ok_or_else(|| ApiError::unrecognized_url(&Method::GET, uri.path()))?;
    Ok(served(kind, text))
}

/// A page under its security policy, which says so much of where it is to what it opens.
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
