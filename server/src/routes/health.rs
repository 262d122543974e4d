//! Health checks, and the response for unknown API paths.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::http::error::ApiError;
use crate::openapi::errors::{Errors, ShuttingDown};
use crate::state::AppState;

/// Returns the health checks of the management listener.
pub(crate) fn checks() -> Router<Arc<AppState>> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

/// `GET /healthz`: the process responds.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "check_process",
    tag = "health",
    summary = "Check that the process responds",
    security(()),
    responses(
        (status = 200, description = "The process responds", body = String, content_type = "text/plain", example = "ok\n"),
    )
)]
pub(crate) async fn healthz() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], "ok\n")
}

/// `GET /readyz`: the server can serve, for which it needs a writable database. It does not check Stripe, because
/// taking this server out of service does not help if Stripe is down. For people, the body also has the clocks'
/// differences.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "check_readiness",
    tag = "health",
    summary = "Check that the server can serve",
    security(()),
    responses(
        (status = 200, description = "The server can serve; with the differences between clocks", body = String, content_type = "text/plain", example = "ready\nclock: this machine's, not compared with Stripe's yet\n"),
        Errors<ShuttingDown>,
    )
)]
pub(crate) async fn readyz(State(app): State<Arc<AppState>>) -> Result<impl IntoResponse, ApiError> {
    if app.shutdown.is_draining() {
        return Err(ApiError::Stopping);
    }
    app.store.check().await?;
    Ok(([(CACHE_CONTROL, "no-store")], format!("ready\n{}\n", clocks(&app))))
}

fn clocks(app: &AppState) -> String {
    let database = match crate::clock::ahead_of_database() {
        Some(ahead) => format!("{:+.1} s from the database's", ahead.as_secs_f64()),
        None => "this machine's".to_owned(),
    };
    let stripe = match app.stripe.skew().measured(crate::clock::now()) {
        Some(ahead) => format!("{ahead:+} s from Stripe's"),
        None => "not compared with Stripe's yet".to_owned(),
    };
    format!("clock: {database}, {stripe}")
}

/// Any other path of the API.
pub(crate) async fn not_found() -> ApiError {
    ApiError::NotFound
}
