//! Every route of the sandbox: the table of contents.

use axum::{
    Router,
    http::{Method, Uri},
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};

use crate::{
    api::{accounts, authorizations, institutions, sessions},
    bank, control,
    http::{auth::require_secret_key, error::ApiError, faults::count_and_fail, request_id::give_request_id},
    state::Sandbox,
    stripe_js,
};

/// The whole sandbox as a service.
pub fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .merge(stripe(sandbox.clone()))
        .merge(browser(sandbox.clone()))
        .merge(tests())
        .fallback(unrecognized)
        .method_not_allowed_fallback(unrecognized)
        .layer(from_fn_with_state(sandbox.clone(), give_request_id))
        .with_state(sandbox)
}

/// What `api.stripe.com` answers. A fault comes before the key is looked at, as an outage does.
fn stripe(sandbox: Sandbox) -> Router<Sandbox> {
    Router::new()
        .route(sessions::PATH, post(sessions::create))
        .route("/v1/financial_connections/sessions/{id}", get(sessions::retrieve))
        .route(accounts::PATH, get(accounts::list))
        .route("/v1/financial_connections/accounts/{id}", get(accounts::retrieve))
        .route("/v1/financial_connections/authorizations/{id}", get(authorizations::retrieve))
        .route(institutions::PATH, get(institutions::list))
        .route("/v1/financial_connections/institutions/{id}", get(institutions::retrieve))
        .route_layer(from_fn(require_secret_key))
        .route_layer(from_fn_with_state(sandbox, count_and_fail))
}

/// What the customer's browser loads and calls.
fn browser(sandbox: Sandbox) -> Router<Sandbox> {
    Router::new()
        .route("/stripe.js", get(stripe_js::script))
        .route("/bank", get(bank::page::document))
        .route("/bank/assets/{name}", get(bank::page::asset))
        .route("/bank/open", post(bank::steps::open))
        .route("/bank/sign_in", post(bank::steps::sign_in))
        .route("/bank/choose", post(bank::steps::choose))
        .route("/bank/fail", post(bank::steps::fail))
        .route("/bank/close", post(bank::steps::close))
        .route_layer(from_fn_with_state(sandbox, count_and_fail))
}

/// What tests use to look behind the scenes.
fn tests() -> Router<Sandbox> {
    Router::new()
        .route("/_sandbox/state", get(control::show))
        .route("/_sandbox/reset", post(control::reset))
        .route("/_sandbox/faults", post(control::add_fault))
        .route("/_sandbox/settings", post(control::set))
}

async fn unrecognized(method: Method, uri: Uri) -> ApiError {
    ApiError::unrecognized_url(&method, uri.path())
}
