//! Application state, and the routers with every route and layer.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state, map_request_with_state, map_response_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use tower_http::timeout::TimeoutLayer;

use crate::connections::Connections;
use crate::console;
use crate::domain::settings::{Config, Mode};
use crate::inbox::Inbox;
use crate::limits::Limits;
use crate::live::Live;
use crate::mail::Mailer;
use crate::outgoing::Outgoing;
use crate::recent::RecentAnswers;
use crate::requests::Requests;
use crate::routes::own_page::OwnPage;
use crate::routes::{
    account, accounts, audit, changes, connections, deliveries, demo, health, link, opt_out, outcome,
    own_page, page, payment_method, requests, sessions, status, webhook, work,
};
use crate::shutdown::Shutdown;
use crate::store::{Engine, Store};
use crate::stripe::{Budget, Stripe};
use crate::token::{Issuer, Verifier};
use crate::trail::Refusals;
use crate::watch::Watch;
use crate::{answer, csp, extract, headers, nul, watch};

/// State that all routes and background tasks share.
#[derive(Debug)]
pub struct App {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) watch: Arc<Watch>,
    pub(crate) connections: Connections,
    pub(crate) inbox: Inbox,
    pub(crate) requests: Requests,
    /// Sends emails; `None` if no mail server is configured.
    pub(crate) mailer: Option<Mailer>,
    /// Rate limits for opening links and for requests that call Stripe.
    pub(crate) limits: Limits,
    /// Limits how many refused API keys and failed sign-ins are written to the audit trail.
    pub(crate) refusals: Refusals,
    /// Recent responses from Stripe, shared by identical requests.
    pub(crate) recent: RecentAnswers,
    /// Delivers webhooks to the merchant; `None` if none is configured.
    pub(crate) outgoing: Option<Outgoing>,
    pub(crate) stripe: Stripe,
    pub(crate) live: Arc<Live>,
    pub(crate) verifier: Verifier,
    pub(crate) issuer: Option<Issuer>,
    /// Cancelled when streams and background work have to end.
    pub(crate) stop: CancellationToken,
    /// Progress of the shutdown; `stop` is its last step.
    pub(crate) shutdown: Shutdown,
    /// True once the warning about an untrusted proxy has been logged.
    pub(crate) has_warned_of_proxies: AtomicBool,
    /// This server's own page, `/`.
    pub(crate) own_page: OwnPage,
    headers: HeaderMap,
    cors: CorsLayer,
}

impl App {
    /// Opens the database and migrates it. Fails if that is impossible, or if the page has not been built.
    pub async fn open(config: Config) -> anyhow::Result<Arc<Self>> {
        let index = config.page.index().with_context(|| {
            format!("there is no page in {}; run cargo xtask build", config.page.folder().display())
        })?;
        let addresses = &config.addresses;
        let store = Store::open(&config.database).await.context("can't open the database at DATABASE_URL")?;
        if store.engine() == Engine::Sqlite {
            store.end_leases().await?;
        }
        let now = crate::clock::now();
        let corrected = store.correct_moments(now).await?;
        if corrected > 0 {
            tracing::warn!(corrected, "{corrected} rows were dated ahead of the clock and are corrected");
        }
        let watch = Arc::new(watch::begin(&store, config.keys.mode, now).await?);
        let budget = Budget::new(&store, config.stripe_rate, config.limits.background_share);
        let connections = Connections::new(
            store.clone(),
            watch.clone(),
            config.merchant_webhook.is_some(),
            config.requests.reminders.is_on(),
        );
        let is_live = config.keys.mode == Mode::Live;
        let shutdown = Shutdown::default();
        Ok(Arc::new(Self {
            stripe: Stripe::new(addresses.api.clone(), &config.keys.secret, config.stripe_version, budget)?,
            inbox: Inbox::open(store.clone(), connections.clone(), is_live, config.stripe_version),
            requests: Requests::new(store.clone(), config.merchant_webhook.is_some()),
            mailer: config.requests.mail.clone().map(Mailer::new).transpose()?,
            limits: Limits::new(config.limits.customer_rate),
            refusals: Refusals::default(),
            recent: RecentAnswers::default(),
            outgoing: config.merchant_webhook.clone().map(Outgoing::new).transpose()?,
            connections,
            store,
            watch,
            stop: shutdown.token(),
            shutdown,
            has_warned_of_proxies: AtomicBool::new(false),
            live: Arc::default(),
            verifier: Verifier::new(config.token.clone()),
            issuer: config.demo.as_ref().map(|demo| Issuer::new(demo, config.token.audience.clone())),
            headers: headers::every_answers(
                &csp::policy(&addresses.js, &addresses.api, &[]),
                config.network.hsts,
            )?,
            own_page: OwnPage::new(&config, &index),
            cors: headers::cors(&config.origins)?,
            config,
        }))
    }
}

impl App {
    /// Returns the headers of every response.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Ends streams and background work.
    pub fn stop(&self) {
        self.shutdown.stop();
    }

    /// Returns the shutdown sequence of this server.
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }
}

/// Maximum size of a request body. The page sends far less.
const LARGEST_BODY: usize = 16 * 1024;
/// Maximum duration of a request. One call to Stripe takes less; only several slow ones in a row reach it.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Returns the router of the management listener: health checks only.
pub fn management_router(app: Arc<App>) -> Router {
    health::management(app)
}

/// Returns the router with every route and, from the inside out, every layer.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/api/accounts", get(accounts::overview))
        .route("/api/accounts/{id}", get(account::read))
        .route("/api/accounts/{id}/owners", get(account::owners))
        .route("/api/accounts/{id}/transactions", get(account::transactions))
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
        .route("/v1/{*path}", any(health::nothing_here))
        .merge(own_page::routes())
        .route("/r", get(link::page::document))
        .route("/r.js", get(link::page::script))
        .route("/r.css", get(link::page::styles))
        .route("/r/open", post(link::open))
        .route("/api", any(health::nothing_here))
        .route("/api/{*path}", any(health::nothing_here))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    if app.issuer.is_some() {
        router = router.route("/demo/token", get(demo::token));
    }
    router
        .fallback_service(page::files(&app.config))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(from_fn(nul::refuse))
        .layer(from_fn(answer::dress))
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

async fn with_headers(State(app): State<Arc<App>>, mut response: Response) -> Response {
    for (name, value) in &app.headers {
        // A page that may be framed sets its own policy, and shared files set their own resource policy.
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    response
}
