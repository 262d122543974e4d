//! `/inbox`: emails sent to customers, as they would see them.

use axum::{extract::Path, http::Uri, response::Response};

use crate::http::{
    assets::{self, Asset, CSS, JS},
    error::ApiError,
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ASSETS: &[Asset] =
    &[("inbox.css", CSS, include_str!("page/inbox.css")), ("inbox.js", JS, include_str!("page/inbox.js"))];

/// `GET /inbox`
pub(crate) async fn document() -> Response {
    assets::page(POLICY, "strict-origin", include_str!("page/inbox.html"))
}

/// `GET /inbox/{name}`
pub(crate) async fn asset(Path(name): Path<String>, uri: Uri) -> Result<Response, ApiError> {
    assets::find(ASSETS, &name, &uri)
}
