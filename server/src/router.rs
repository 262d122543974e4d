//! Routers with every route and layer.

use crate::console;
use crate::http::extract;
use crate::http::reject_nul;
use crate::http::response;
use crate::routes::{
    account, accounts, audit, authorizations, changes, connections, deliveries, demo, health, link, opt_out,
    outcome, own_page, payment_method, requests, sessions, static_files, status, webhook, work,
};
use crate::state::AppState;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state, map_request_with_state, map_response_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

/// Maximum size of a request body. The page sends far less.
const MAX_BODY: usize = 16 * 1024;
/// Maximum duration of a request. One call to Stripe takes less; only several slow ones in a row reach it.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Returns the router of the management listener: health checks only.
pub fn management_router(app: Arc<AppState>) -> Router {
    health::management(app)
}

/// Returns the router with every route and, from the inside out, every layer.
pub fn router(app: Arc<AppState>) -> Router {
    let mut router = Router::new()
        .route("/api/accounts", get(accounts::overview))
        .route("/api/accounts/{id}", get(account::read))
        .route("/api/accounts/{id}/owners", get(account::owners))
        .route("/api/accounts/{id}/transactions", get(account::transactions))
        .route("/api/authorizations/{id}", get(authorizations::read))
        .route("/api/changes", get(changes::stream))
        .route("/api/connections", get(connections::list))
        .route("/api/deliveries", get(deliveries::list))
        .route("/api/deliveries/{id}", get(deliveries::read))
        .route("/api/deliveries/{id}/replay", post(deliveries::replay))
        .route("/api/work", get(work::list))
        .route("/api/work/{id}/retry", post(work::retry))
        .route("/api/status", get(status::read))
        .route("/api/audit", get(audit::trail))
        .route("/api/sessions", post(sessions::start))
        .route("/api/sessions/{id}/outcome", post(outcome::read))
        .route("/api/sessions/{id}/payment-method", post(payment_method::pay).delete(payment_method::keep))
        .route("/v1/relink-requests", get(requests::list).post(requests::create))
        .route("/v1/relink-requests/eligibility", get(requests::eligibility))
        .route("/v1/relink-requests/{id}", get(requests::read))
        .route("/v1/relink-requests/{id}/cancel", post(requests::cancel))
        .route("/v1/opt-outs/{customer}", get(opt_out::read).put(opt_out::set).delete(opt_out::unset))
        .route("/v1/{*path}", any(health::not_found))
        .merge(own_page::routes(&app))
        .route("/r", get(link::page::document))
        .route("/r.js", get(link::page::script))
        .route("/r.css", get(link::page::styles))
        .route("/r/open", post(link::open))
        .route("/api", any(health::not_found))
        .route("/api/{*path}", any(health::not_found))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz));
    if app.issuer.is_some() {
        router = router.route("/demo/token", get(demo::token));
    }
    router
        .fallback_service(static_files::files(&app.config))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(CatchPanicLayer::custom(response::panicked))
        .layer(from_fn(reject_nul::refuse))
        .layer(from_fn(response::dress))
        .layer(from_fn_with_state(app.clone(), extract::locate))
        .layer(app.cors.clone())
        .layer(map_response_with_state(app.clone(), with_headers))
        .layer(map_request_with_state(app.clone(), extract::warn_of_unknown_proxies))
        // Added after the layers, because it uses none of them; `routes::webhook` says why.
        .route("/webhooks/stripe", post(webhook::receive).fallback(webhook::wrong_method))
        // Sets its own headers.
        .merge(console::router(&app))
        // The path contains a secret, which no layer may log.
        .route("/u/{*secret}", get(opt_out::page).post(opt_out::page))
        .with_state(app)
}

async fn with_headers(State(app): State<Arc<AppState>>, mut response: Response) -> Response {
    for (name, value) in app.headers() {
        // A page that may be framed sets its own policy, and shared files set their own resource policy.
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    response
}
