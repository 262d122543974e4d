//! Operators' console at `/console`: pages rendered on the server, which work without JavaScript. One script adds
//! counting, shortcuts, progress and the warning before a session ends.

mod account;
mod account_actions;
mod address;
mod audit_trail;
mod auth;
mod batch;
mod batch_page;
mod chart;
mod connections;
mod customer;
mod email_preview;
mod error;
mod export;
mod failures;
mod filter_form;
mod icon;
mod keys;
mod language;
mod layout;
mod oidc;
mod preview;
mod progress;
mod report_figures;
mod report_tables;
mod reports;
mod results;
mod return_to;
mod search_form;
mod sessions;
mod sign_in;
mod texts;
mod words;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state, map_response_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use self::auth::SignedIn;
use self::error::PageError;
use crate::domain::link_token::hash;
use crate::http::extract;
use crate::http::response;
use crate::state::AppState;

/// Maximum size of a form, which names at most one page of accounts.
const MAX_BODY: usize = 64 * 1024;
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Returns the console's routes, which have their own layers and headers: the content security policy of customers'
/// pages forbids forms, and the console has one script of its own.
pub(crate) fn router(app: &Arc<AppState>) -> Router<Arc<AppState>> {
    Router::new()
        .route("/console", get(connections::page))
        .route("/console/sign-in", get(sign_in::page).post(sign_in::ask))
        .route("/console/oidc", get(oidc::start))
        .route("/console/oidc/callback", get(oidc::callback))
        .route("/console/code", post(sign_in::code))
        .route("/console/key", post(sign_in::key))
        .route("/console/sign-out", post(sign_in::out))
        .route("/console/language", post(language::choose))
        .route("/console/connections.csv", get(export::csv))
        .route("/console/accounts/{id}", get(account::page))
        .route("/console/accounts/{id}/link", post(account_actions::link))
        .route("/console/requests/{id}/cancel", post(account_actions::cancel))
        .route("/console/preview", post(preview::page))
        .route("/console/email", get(email_preview::page))
        .route("/console/batches", get(batch::list).post(batch::begin))
        .route("/console/batches/{id}", get(batch_page::page))
        .route("/console/batches/{id}/progress", get(batch_page::fragment))
        .route("/console/batches/{id}/stop", post(batch::stop))
        .route("/console/batches/{id}/approve", post(batch::approve))
        .route("/console/customers/{id}", get(customer::page))
        .route("/console/session", get(stay))
        .route("/console/reports", get(reports::page))
        .route("/console/reports.csv", get(reports::csv))
        .route("/console/pictures", get(reports::moved))
        .route("/console/faults", get(failures::page))
        .route("/console/faults/work", post(failures::retry))
        .route("/console/faults/messages", post(failures::replay))
        .route("/console/keys", get(keys::page))
        .route("/console/sessions", get(sessions::page))
        .route("/console/sessions/end", post(sessions::end))
        .route("/console/audit", get(audit_trail::page))
        .route(STYLES.path.as_str(), get(styles))
        .route(SCRIPT.path.as_str(), get(script))
        .route("/console/{*rest}", any(not_found))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(CatchPanicLayer::custom(response::panicked))
        .layer(from_fn(response::dress))
        .layer(from_fn_with_state(app.clone(), extract::locate))
        .layer(from_fn_with_state(app.clone(), language::know_language))
        .layer(from_fn_with_state(app.clone(), address::know_base))
        .layer(map_response_with_state(app.clone(), with_headers))
}

/// File under a name with a hash of its content, so that browsers can cache it.
struct Asset {
    path: String,
    text: &'static str,
}

impl Asset {
    fn new(text: &'static str, ending: &str) -> Self {
        let short: String = hash(text).chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        Self { path: format!("/console/{short}.{ending}"), text }
    }
}

static STYLES: LazyLock<Asset> = LazyLock::new(|| {
    let text = concat!(
        include_str!("../../../style/console.css"),
        include_str!("../../../style/console-header.css"),
        include_str!("../../../style/console-table.css"),
        include_str!("../../../style/console-charts.css"),
        include_str!("../../../style/console-more.css"),
    );
    Asset::new(text, "css")
});

static SCRIPT: LazyLock<Asset> = LazyLock::new(|| Asset::new(include_str!("console.js"), "js"));

const FOR_EVER: &str = "public, max-age=31536000, immutable";

async fn styles() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, FOR_EVER)], STYLES.text)
}

async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, FOR_EVER)], SCRIPT.text)
}

/// `GET /console/session`: keeps the session alive, as every page does, at the operator's wish.
async fn stay(_: SignedIn) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn not_found() -> PageError {
    PageError::NotFound
}

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; \
                      frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async fn with_headers(State(app): State<Arc<AppState>>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    let own_policy = headers.remove(CONTENT_SECURITY_POLICY);
    headers.extend(app.headers().clone());
    for (name, value) in
        [(CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, "same-origin"), (OPENER, "same-origin")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(policy) = own_policy {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
