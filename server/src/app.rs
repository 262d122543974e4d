//! The table of contents: every route and every layer.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{from_fn, map_response_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::attempts::Attempts;
use crate::domain::settings::Config;
use crate::follow_ups::FollowUps;
use crate::routes::{account, accounts, demo, health, outcome, page, payment_method, sessions};
use crate::stripe::Stripe;
use crate::token::{Issuer, Verifier};
use crate::{answer, csp, headers};

/// What the routes work with.
#[derive(Debug)]
pub struct App {
    pub(crate) config: Config,
    pub(crate) stripe: Stripe,
    pub(crate) verifier: Verifier,
    pub(crate) attempts: Attempts,
    pub(crate) follow_ups: FollowUps,
    pub(crate) issuer: Option<Issuer>,
    headers: HeaderMap,
}

impl App {
    /// Fails when the page has not been built.
    pub fn new(config: Config) -> anyhow::Result<Arc<Self>> {
        if !config.web_root.join("index.html").is_file() {
            bail!("there is no page in {}; run cargo xtask build", config.web_root.display());
        }
        let addresses = &config.addresses;
        Ok(Arc::new(Self {
            stripe: Stripe::new(addresses.api.clone(), &config.keys.secret, config.stripe_version)?,
            verifier: Verifier::new(config.token.clone()),
            attempts: Attempts::default(),
            follow_ups: FollowUps::default(),
            issuer: config.demo.as_ref().map(|demo| Issuer::new(demo, config.token.audience.clone())),
            headers: headers::every_answers(&csp::policy(&addresses.js, &addresses.api))?,
            config,
        }))
    }
}

/// No body that the page sends comes near it.
const LARGEST_BODY: usize = 16 * 1024;
/// Longer than any question to Stripe; only many of them, one slow answer after the other, get there.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Every route, and around them, from the inside out, every layer.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/api/accounts", get(accounts::overview))
        .route("/api/accounts/{id}", get(account::read))
        .route("/api/accounts/{id}/owners", get(account::owners))
        .route("/api/accounts/{id}/transactions", get(account::transactions))
        .route("/api/sessions", post(sessions::start))
        .route("/api/sessions/{id}/outcome", post(outcome::read))
        .route("/api/sessions/{id}/payment-method", post(payment_method::pay).delete(payment_method::keep))
        .route("/api", any(health::nothing_here))
        .route("/api/{*path}", any(health::nothing_here))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    if app.issuer.is_some() {
        router = router.route("/demo/token", get(demo::token));
    }
    router
        .fallback_service(page::files(&app.config.web_root))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(from_fn(answer::dress))
        .layer(map_response_with_state(app.clone(), with_headers))
        .with_state(app)
}

async fn with_headers(State(app): State<Arc<App>>, mut response: Response) -> Response {
    response.headers_mut().extend(app.headers.clone());
    response
}
