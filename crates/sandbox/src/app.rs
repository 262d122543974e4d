//! Table of all routes.

use axum::{
    Router,
    http::{Method, Uri},
    middleware::{from_fn, from_fn_with_state},
    routing::{delete, get, post},
};

use crate::{
    admin_api,
    api::{
        account_actions, account_features, accounts, authorizations, connect_accounts, customers, events,
        external_accounts, institutions, mandates, objects::account, payment_intents, payment_methods,
        sessions, setup_intents, subscriptions, tokens, transactions, v2, webhook_endpoints,
    },
    bank_window, dashboard, hosted,
    http::{
        auth::require_secret_key,
        cors::allow_pages,
        error::ApiError,
        faults::count_and_inject_faults,
        modes::{Modes, route_by_mode},
        rate_limits::limit_rate,
        recorder::record,
        request_id::add_request_id,
    },
    inbox,
    state::Sandbox,
    stripe_js,
};

/// Builds the whole sandbox as a service.
pub fn router(sandbox: Sandbox) -> Router {
    match sandbox.live() {
        Some(live) => {
            let live = mode_routes(live.clone());
            let modes = Modes {
                live,
                test: mode_routes(sandbox.clone()),
                test_state: sandbox,
                routes: mode_routes,
                world_routes: router,
            };
            Router::new().fallback(route_by_mode).with_state(modes)
        }
        None => mode_routes(sandbox),
    }
}

fn mode_routes(sandbox: Sandbox) -> Router {
    Router::new()
        .merge(stripe_api(sandbox.clone()))
        .merge(browser_routes(sandbox.clone()))
        .merge(admin_routes())
        .fallback(unrecognized)
        .method_not_allowed_fallback(unrecognized)
        .layer(from_fn_with_state(sandbox.clone(), add_request_id))
        .layer(from_fn(allow_pages))
        .with_state(sandbox)
}

/// Routes of `api.stripe.com`. Faults precede authentication, as in an outage.
fn stripe_api(sandbox: Sandbox) -> Router<Sandbox> {
    financial_connections()
        .merge(payments())
        .merge(merchant_accounts())
        .merge(events_and_webhooks())
        .route_layer(from_fn(require_secret_key))
        .route_layer(from_fn_with_state(sandbox.clone(), limit_rate))
        .route_layer(from_fn_with_state(sandbox.clone(), record))
        .route_layer(from_fn_with_state(sandbox, count_and_inject_faults))
}

/// Financial Connections: bank accounts and their data.
fn financial_connections() -> Router<Sandbox> {
    Router::new()
        .route(sessions::PATH, post(sessions::create))
        .route("/v1/financial_connections/sessions/{id}", get(sessions::retrieve))
        .route(account::PATH, get(accounts::list))
        .route("/v1/financial_connections/accounts/{id}", get(accounts::retrieve))
        .route("/v1/financial_connections/accounts/{id}/disconnect", post(account_actions::disconnect))
        .route(
            "/v1/financial_connections/accounts/{id}/inferred_balances",
            get(account_features::inferred_balances),
        )
        .route("/v1/financial_connections/accounts/{id}/owners", get(account_features::owners))
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
        .route("/v1/customers/search", get(customers::search))
        .route(
            "/v1/customers/{id}",
            get(customers::retrieve).post(customers::update).delete(customers::delete),
        )
        .route("/v1/customers/{id}/payment_methods", get(customers::list_payment_methods))
        .route("/v1/customers/{customer}/payment_methods/{id}", get(customers::retrieve_payment_method))
        .route(payment_methods::PATH, get(payment_methods::list).post(payment_methods::create))
        .route("/v1/payment_methods/{id}", get(payment_methods::retrieve).post(payment_methods::update))
        .route("/v1/payment_methods/{id}/attach", post(payment_methods::attach))
        .route("/v1/payment_methods/{id}/detach", post(payment_methods::detach))
        .route(setup_intents::PATH, get(setup_intents::list).post(setup_intents::create))
        .route("/v1/setup_intents/{id}", get(setup_intents::retrieve).post(setup_intents::update))
        .route("/v1/setup_intents/{id}/verify_microdeposits", post(setup_intents::verify_microdeposits))
        .route("/v1/setup_intents/{id}/cancel", post(setup_intents::cancel))
        .route("/v1/setup_intents/{id}/confirm", post(setup_intents::confirm))
        .route(payment_intents::PATH, get(payment_intents::list).post(payment_intents::create))
        .route("/v1/payment_intents/{id}", get(payment_intents::retrieve).post(payment_intents::update))
        .route("/v1/payment_intents/{id}/cancel", post(payment_intents::cancel))
        .route("/v1/payment_intents/{id}/confirm", post(payment_intents::confirm))
        .route("/v1/payment_intents/{id}/verify_microdeposits", post(payment_intents::verify_microdeposits))
        .route("/v1/mandates/{id}", get(mandates::retrieve))
        .route(subscriptions::PATH, get(subscriptions::list).post(subscriptions::create))
        .route(
            "/v1/subscriptions/{id}",
            get(subscriptions::retrieve).post(subscriptions::update).delete(subscriptions::cancel),
        )
}

/// The merchant's own account and connected ones, with the bank accounts that they are paid out to.
fn merchant_accounts() -> Router<Sandbox> {
    Router::new()
        .route("/v1/account", get(connect_accounts::retrieve_own))
        .route(connect_accounts::PATH, get(connect_accounts::list).post(connect_accounts::create))
        .route(
            "/v1/accounts/{id}",
            get(connect_accounts::retrieve).post(connect_accounts::update).delete(connect_accounts::delete),
        )
        .route(
            "/v1/accounts/{account}/external_accounts",
            get(external_accounts::list).post(external_accounts::create),
        )
        .route(
            "/v1/accounts/{account}/external_accounts/{id}",
            get(external_accounts::retrieve)
                .post(external_accounts::update)
                .delete(external_accounts::delete),
        )
        .route("/v1/account_links", post(connect_accounts::create_link))
        .route("/v2/core/accounts/{id}", get(v2::accounts::retrieve).post(v2::accounts::update))
        .route("/v1/balance", get(connect_accounts::balance))
        .route("/v1/tokens", post(tokens::create))
        .route("/v1/tokens/{id}", get(tokens::retrieve))
}

/// Events and webhook endpoints.
fn events_and_webhooks() -> Router<Sandbox> {
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
        .route(v2::events::PATH, get(v2::events::list))
        .route("/v2/core/events/{id}", get(v2::events::retrieve))
        .route(
            v2::event_destinations::PATH,
            get(v2::event_destinations::list).post(v2::event_destinations::create),
        )
        .route(
            "/v2/core/event_destinations/{id}",
            get(v2::event_destinations::retrieve)
                .post(v2::event_destinations::update)
                .delete(v2::event_destinations::delete),
        )
        .route("/v2/core/event_destinations/{id}/disable", post(v2::event_destinations::disable))
        .route("/v2/core/event_destinations/{id}/enable", post(v2::event_destinations::enable))
        .route("/v2/core/event_destinations/{id}/ping", post(v2::event_destinations::ping))
}

/// Routes of the customer's browser.
fn browser_routes(sandbox: Sandbox) -> Router<Sandbox> {
    Router::new()
        .route("/stripe.js", get(stripe_js::script))
        .route(stripe_js::RELEASE_PATH, get(stripe_js::script_of_release))
        .route(stripe_js::V3_PATHS[0], get(stripe_js::script_of_v3))
        .route(stripe_js::V3_PATHS[1], get(stripe_js::script_of_v3))
        .route("/bank", get(bank_window::page::document))
        .route("/bank/oauth", get(bank_window::page::oauth))
        .route("/bank/assets/{name}", get(bank_window::page::asset))
        .route("/bank/open", post(bank_window::steps::open))
        .route("/bank/sign_in", post(bank_window::steps::sign_in))
        .route("/bank/choose", post(bank_window::steps::choose))
        .route("/bank/answer", post(bank_window::steps::answer))
        .route("/bank/leave", post(bank_window::steps::leave))
        .route("/bank/enter", post(bank_window::steps::enter))
        .route("/bank/fail", post(bank_window::steps::fail))
        .route("/bank/close", post(bank_window::steps::close))
        .route("/hosted/page.js", get(hosted::script))
        .route("/hosted/page.css", get(hosted::styles))
        .route("/hosted/{token}", get(hosted::document).post(hosted::start))
        .route_layer(from_fn_with_state(sandbox, count_and_inject_faults))
}

/// Routes for tests, to inspect and control the sandbox.
fn admin_routes() -> Router<Sandbox> {
    Router::new()
        .route("/", get(dashboard::document))
        .route("/_sandbox/room/{name}", get(dashboard::asset))
        .route("/_sandbox/events", get(dashboard::events))
        .route("/_sandbox/state", get(admin_api::show))
        .route("/_sandbox/reset", post(admin_api::reset))
        .route("/_sandbox/clock", get(admin_api::clock::show).post(admin_api::clock::advance))
        .route(
            "/_sandbox/faults",
            get(admin_api::faults::show).post(admin_api::faults::add).delete(admin_api::faults::clear),
        )
        .route(
            "/_sandbox/requests",
            get(admin_api::requests::show).post(admin_api::requests::keep).delete(admin_api::requests::clear),
        )
        .route("/_sandbox/scenario", get(admin_api::scenario::save).post(admin_api::scenario::load))
        .route("/_sandbox/scenes", post(admin_api::scenes::play))
        .route("/_sandbox/webhooks", get(admin_api::webhooks::show).post(admin_api::webhooks::set))
        .route("/_sandbox/deliveries", get(admin_api::webhooks::deliveries))
        .route("/_sandbox/deliveries/{id}/resend", post(admin_api::webhooks::resend))
        .route("/_sandbox/events/{id}/resend", post(admin_api::webhooks::resend_event))
        .route(
            "/_sandbox/connected_accounts",
            get(admin_api::connected_accounts::show).post(admin_api::connected_accounts::add),
        )
        .route("/_sandbox/worlds", get(admin_api::worlds::show))
        .route("/_sandbox/worlds/{name}", delete(admin_api::worlds::remove))
        .route("/_sandbox/settings", get(admin_api::settings::show).post(admin_api::settings::set))
        .route("/inbox", get(inbox::document))
        .route("/inbox/{name}", get(inbox::asset))
        .route("/_sandbox/mails", get(admin_api::emails::show).delete(admin_api::emails::clear))
        .route("/_sandbox/mails/{id}", get(admin_api::emails::read))
        .route("/_sandbox/mails/{id}/html", get(admin_api::emails::html))
        .route("/_sandbox/sessions/{id}/complete", post(bank_window::complete::complete))
        .route("/_sandbox/accounts/{id}", post(admin_api::accounts::change))
        .route("/_sandbox/institutions/{id}", post(admin_api::institutions::change))
        .route("/_sandbox/transactions/{id}", post(admin_api::transactions::change))
        .route("/_sandbox/payment_methods/{id}", post(admin_api::payment_methods::change))
        .route_layer(from_fn(admin_api::csrf::refuse_cross_site))
}

async fn unrecognized(method: Method, uri: Uri) -> ApiError {
    ApiError::not_played(&method, uri.path())
}
