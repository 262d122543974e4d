//! `GET /openapi.json`: the description of the API. It is the same for everyone and has no secrets, so every page may
//! read it, like the files of the front end.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn;
use axum::routing::get;
use utoipa::openapi::{OpenApi, Server};

use super::static_files::cached;
use crate::config::settings::RequestSettings;
use crate::openapi;
use crate::state::AppState;

/// Returns the route, with the document rendered once. It names this server's public URL, if that is set.
pub(crate) fn routes(mut document: OpenApi, requests: &RequestSettings) -> Router<Arc<AppState>> {
    let address = requests.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/'));
    document.servers = address.map(|address| vec![Server::new(address)]);
    let json = Bytes::from(openapi::json(&document));
    let document = get(async move || ([(CONTENT_TYPE, "application/json")], json.clone()));
    Router::new().route("/openapi.json", document).layer(from_fn(cached))
}
