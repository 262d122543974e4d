//! Table of all routes.

use axum::{
    Router,
    http::{Method, Uri},
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};

use crate::{
    api::{
        account_actions, account_data, accounts, authorizations, customers, events, institutions, mandates,
        payment_methods, sessions, setup_intents, transactions, webhook_endpoints,
    },
    bank, control, control_room, hosted,
    http::{
        auth::require_secret_key,
        error::ApiError,
        faults::count_and_fail,
        live::{Modes, divide},
        rate::limit_rate,
        recorder::record,
        request_id::give_request_id,
    },
    inbox,
    state::Sandbox,
    stripe_js,
};

/// Builds the whole sandbox as a service.
pub fn router(sandbox: Sandbox) -> Router {
    match sandbox.live() {
        Some(live) => {
            let live = one_mode(live.clone());
            let modes = Modes { live, test: one_mode(sandbox.clone()), sandbox };
            Router::new().fallback(divide).with_state(modes)
        }
        None => one_mode(sandbox),
    }
}

fn one_mode(sandbox: Sandbox) -> Router {
    Router::new()
        .merge(stripe(sandbox.clone()))
        .merge(browser(sandbox.clone()))
        .merge(tests())
        .fallback(unrecognized)
        .method_not_allowed_fallback(unrecognized)
        .layer(from_fn_with_state(sandbox.clone(), give_request_id))
        .with_state(sandbox)
}

/// Routes of `api.stripe.com`. Faults precede authentication, as in an outage.
fn stripe(sandbox: Sandbox) -> Router<Sandbox> {
    connections()
        .merge(payments())
        .merge(happenings())
        .route_layer(from_fn(require_secret_key))
        .route_layer(from_fn_with_state(sandbox.clone(), limit_rate))
        .route_layer(from_fn_with_state(sandbox.clone(), record))
        .route_layer(from_fn_with_state(sandbox, count_and_fail))
}

/// Financial Connections: bank accounts and their data.
fn connections() -> Router<Sandbox> {
    Router::new()
        .route(sessions::PATH, post(sessions::create))
        .route("/v1/financial_connections/sessions/{id}", get(sessions::retrieve))
        .route(accounts::PATH, get(accounts::list))
        .route("/v1/financial_connections/accounts/{id}", get(accounts::retrieve))
        .route("/v1/financial_connections/accounts/{id}/disconnect", post(account_actions::disconnect))
        .route(
            "/v1/financial_connections/accounts/{id}/inferred_balances",
            get(account_data::inferred_balances),
        )
        .route("/v1/financial_connections/accounts/{id}/owners", get(account_data::owners))
        .route("/v1/financial_connections/accounts/{id}/refresh", post(account_actions::refresh))
        .route("/v1/financial_connections/accounts/{id}/subscribe", post(account_actions::subscribe))
        .route("/v1/financial_connections/accounts/{id}/unsubscribe", post(account_actions::unsubscribe))
        .route(transactions::PATH, get(transactions::list))
        .route("/v1/financial_connections/transactions/{id}", get(transactions::retrieve))
        .route("/v1/financial_connections/authorizations/{id}", get(authorizations::retrieve))
        .route(institutions::PATH, get(institutions::list))
        .route("/v1/financial_connections/institutions/{id}", get(institutions::retrieve))
}

/// Customers and payments from their bank accounts.
fn payments() -> Router<Sandbox> {
    Router::new()
        .route("/v1/customers", get(customers::list).post(customers::create))
        .route("/v1/customers/{id}", get(customers::retrieve).post(customers::update))
        .route(payment_methods::PATH, get(payment_methods::list).post(payment_methods::create))
        .route("/v1/payment_methods/{id}", get(payment_methods::retrieve))
        .route("/v1/payment_methods/{id}/attach", post(payment_methods::attach))
        .route("/v1/payment_methods/{id}/detach", post(payment_methods::detach))
        .route(setup_intents::PATH, post(setup_intents::create))
        .route("/v1/setup_intents/{id}", get(setup_intents::retrieve))
        .route("/v1/setup_intents/{id}/cancel", post(setup_intents::cancel))
        .route("/v1/setup_intents/{id}/confirm", post(setup_intents::confirm))
        .route("/v1/mandates/{id}", get(mandates::retrieve))
}

/// Events and webhook endpoints.
fn happenings() -> Router<Sandbox> {
    Router::new()
        .route(events::PATH, get(events::list))
        .route("/v1/events/{id}", get(events::retrieve))
        .route(webhook_endpoints::PATH, get(webhook_endpoints::list).post(webhook_endpoints::create))
        .route(
            "/v1/webhook_endpoints/{id}",
            get(webhook_endpoints::retrieve)
                .post(webhook_endpoints::update)
                .delete(webhook_endpoints::delete),
        )
}

/// Routes of the customer's browser.
fn browser(sandbox: Sandbox) -> Router<Sandbox> {
    Router::new()
        .route("/stripe.js", get(stripe_js::script))
        .route("/bank", get(bank::page::document))
        .route("/bank/oauth", get(bank::page::oauth))
        .route("/bank/assets/{name}", get(bank::page::asset))
        .route("/bank/open", post(bank::steps::open))
        .route("/bank/sign_in", post(bank::steps::sign_in))
        .route("/bank/choose", post(bank::steps::choose))
        .route("/bank/answer", post(bank::steps::answer))
        .route("/bank/leave", post(bank::steps::leave))
        .route("/bank/fail", post(bank::steps::fail))
        .route("/bank/close", post(bank::steps::close))
        .route("/hosted/page.js", get(hosted::script))
        .route("/hosted/page.css", get(hosted::styles))
        .route("/hosted/{token}", get(hosted::document).post(hosted::begin))
        .route_layer(from_fn_with_state(sandbox, count_and_fail))
}

/// Routes for tests, to inspect and control the sandbox.
fn tests() -> Router<Sandbox> {
    Router::new()
        .route("/", get(control_room::document))
        .route("/_sandbox/room/{name}", get(control_room::asset))
        .route("/_sandbox/events", get(control_room::events))
        .route("/_sandbox/state", get(control::show))
        .route("/_sandbox/reset", post(control::reset))
        .route("/_sandbox/clock", get(control::clock::show).post(control::clock::advance))
        .route(
            "/_sandbox/faults",
            get(control::faults::show).post(control::faults::add).delete(control::faults::clear),
        )
        .route(
            "/_sandbox/requests",
            get(control::requests::show).post(control::requests::keep).delete(control::requests::clear),
        )
        .route("/_sandbox/scenario", get(control::scenario::save).post(control::scenario::load))
        .route("/_sandbox/webhooks", get(control::webhooks::show).post(control::webhooks::set))
        .route("/_sandbox/deliveries", get(control::webhooks::deliveries))
        .route("/_sandbox/deliveries/{id}/resend", post(control::webhooks::resend))
        .route("/_sandbox/events/{id}/resend", post(control::webhooks::resend_event))
        .route("/_sandbox/settings", get(control::settings::show).post(control::settings::set))
        .route("/inbox", get(inbox::document))
        .route("/inbox/{name}", get(inbox::asset))
        .route("/_sandbox/mails", get(control::mails::show).delete(control::mails::clear))
        .route("/_sandbox/mails/{id}", get(control::mails::read))
        .route("/_sandbox/mails/{id}/html", get(control::mails::html))
        .route("/_sandbox/accounts/{id}", post(control::accounts::change))
        .route_layer(from_fn(control::own_site::refuse_other_sites))
}

async fn unrecognized(method: Method, uri: Uri) -> ApiError {
    ApiError::unrecognized_url(&method, uri.path())
}
