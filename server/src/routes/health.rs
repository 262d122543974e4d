//! Whether the server lives and can serve; and what is at addresses of the API that don't exist.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;

use crate::app::App;
use crate::failure::Failure;

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], "ok\n")
}

/// `GET /readyz`: it can serve, which takes a database that takes writes. It does not ask Stripe: a Stripe that is down is
/// not mended by taking this server out of service.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Failure> {
    if app.stop.is_cancelled() {
        return Err(Failure::StoreUnavailable);
    }
    app.store.check().await?;
    Ok(([(CACHE_CONTROL, "no-store")], "ready\n"))
}

/// Every other address below `/api`.
pub(crate) async fn nothing_here() -> Failure {
    Failure::NotFound
}
