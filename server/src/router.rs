//! Routers with every route and layer.

use crate::console;
use crate::http::base_path;
use crate::http::extract;
use crate::http::observe;
use crate::http::page_call;
use crate::http::reject_nul;
use crate::http::response;
use crate::openapi as description;
use crate::routes::{
    account, accounts, audit, authorizations, brand, browser_reports, changes, connections, deliveries, demo,
    eligibility, health, link, metrics, openapi, opt_out, outcome, own_page, pairs, payment_method, requests,
    sessions, static_files, status, webhook, work,
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
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Maximum size of a request body. The page sends far less.
const MAX_BODY: usize = 16 * 1024;
/// Maximum duration of a request. One call to Stripe takes less; only several slow ones in a row reach it.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Returns the router of the management listener: health checks and metrics.
pub fn management_router(app: Arc<AppState>) -> Router {
    health::checks().route("/metrics", get(metrics::read)).layer(from_fn(response::dress)).with_state(app)
}

/// Returns the routes that the description of the API lists, each with its description beside the handler.
fn api() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::with_openapi(description::shared())
        .routes(routes!(account::read))
        .routes(routes!(account::owners))
        .routes(routes!(account::transactions))
        .routes(routes!(authorizations::read))
        .routes(routes!(connections::list))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::read))
        .routes(routes!(deliveries::replay))
        .routes(routes!(work::list))
        .routes(routes!(work::retry))
        .routes(routes!(status::read))
        .routes(routes!(audit::trail))
        .routes(routes!(requests::list, requests::create))
        .routes(routes!(eligibility::read))
        .routes(routes!(requests::read))
        .routes(routes!(requests::cancel))
        .routes(routes!(opt_out::read, opt_out::set, opt_out::unset))
        .routes(routes!(link::open))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .merge(page_api())
}

/// Returns the routes that the customer's page calls, with or without a CORS preflight.
fn page_api() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::new()
        .routes(routes!(accounts::overview, accounts::overview_for_page))
        .routes(routes!(changes::stream, changes::stream_for_page))
        .routes(routes!(sessions::start))
        .routes(routes!(outcome::read))
        .routes(routes!(pairs::pair))
        .routes(routes!(payment_method::pay, payment_method::keep))
        .routes(routes!(payment_method::keep_for_page))
        .layer(from_fn(page_call::unpack))
}

/// Returns the description of the API as JSON (OpenAPI 3.1), as it is served at `/openapi.json`.
pub fn openapi() -> String {
    description::json(&api().into_openapi())
}

/// Returns the router with every route and, from the inside out, every layer.
pub fn router(app: Arc<AppState>) -> Router {
    let (router, document) = api().split_for_parts();
    let base = app.config.requests.base_path().to_owned();
    app.metrics.expect_refusals(webhook::reasons());
    let mut router = router
        .merge(openapi::routes(document, &app.config.requests))
        .route("/v1/{*path}", any(health::not_found))
        .merge(own_page::routes(&app))
        .merge(brand::routes())
        .route("/r", get(link::page::document))
        .route("/r/", get(link::page::document))
        .route("/r%23{secret}", get(link::page::with_encoded_hash))
        .route("/reports", post(browser_reports::receive))
        .route("/r.js", get(link::page::script))
        .route("/r.css", get(link::page::styles))
        .route("/api", any(health::not_found))
        .route("/api/{*path}", any(health::not_found));
    if app.issuer.is_some() {
        router = router.route("/demo/token", get(demo::token));
    }
    let router = router
        .fallback_service(static_files::files(&app.config))
        .layer(from_fn(base_path::add_slash))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(CatchPanicLayer::custom(response::panicked))
        .layer(from_fn(reject_nul::refuse))
        .layer(from_fn(response::dress))
        .layer(app.cors.clone())
        .layer(map_response_with_state(app.clone(), with_headers))
        .layer(map_request_with_state(app.clone(), extract::warn_of_unknown_proxies))
        // Added after the layers, because it uses none of them; `routes::webhook` says why.
        .route("/webhooks/stripe", post(webhook::receive).fallback(webhook::wrong_method))
        // Sets its own headers.
        .merge(console::router(&app))
        // The path contains a secret, which no layer may log.
        .route("/u/{*secret}", get(opt_out::page).post(opt_out::page))
        .layer(from_fn_with_state(app.clone(), observe::observe))
        .with_state(app);
    base_path::accept(base, router)
}

async fn with_headers(State(app): State<Arc<AppState>>, mut response: Response) -> Response {
    for (name, value) in app.headers() {
        // A page that may be framed sets its own policy, and shared files set their own resource policy.
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    response
}
