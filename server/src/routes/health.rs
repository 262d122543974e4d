//! Whether the server lives and can serve; and what is at addresses of the API that don't exist.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::answer;
use crate::app::App;
use crate::failure::Failure;

/// The routes of the management port.
pub(crate) fn management(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .layer(from_fn(answer::dress))
        .with_state(app)
}

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], "ok\n")
}

/// `GET /readyz`: it can serve, which takes a database that takes writes. It does not ask Stripe: a Stripe that is down is
/// not mended by taking this server out of service. For people it also says how far the clocks are apart.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Failure> {
    if app.shutdown.is_draining() {
        return Err(Failure::Stopping);
    }
    app.store.check().await?;
    Ok(([(CACHE_CONTROL, "no-store")], format!("ready\n{}\n", clocks(&app))))
}

fn clocks(app: &App) -> String {
    let database = match crate::clock::ahead_of_database() {
        Some(ahead) => format!("{:+.1} s from the database's", ahead.as_secs_f64()),
        None => "this machine's".to_owned(),
    };
    let stripe = match app.stripe.skew().measured() {
        Some(ahead) => format!("{ahead:+} s from Stripe's"),
        None => "not compared with Stripe's yet".to_owned(),
    };
    format!("clock: {database}, {stripe}")
}

/// Every other address below `/api`.
pub(crate) async fn nothing_here() -> Failure {
    Failure::NotFound
}
