//! `GET /openapi.json`: the description of the API. It is the same for everyone and has no secrets, so every page may
//! read it, like the files of the front end.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn;
use axum::routing::get;
use utoipa::openapi::OpenApi;

use super::static_files::cached;
use crate::openapi;
use crate::state::AppState;

/// Returns the route, with the document rendered once.
pub(crate) fn routes(document: &OpenApi) -> Router<Arc<AppState>> {
    let json = Bytes::from(openapi::json(document));
    let document = get(async move || ([(CONTENT_TYPE, "application/json")], json.clone()));
    Router::new().route("/openapi.json", document).layer(from_fn(cached))
}
