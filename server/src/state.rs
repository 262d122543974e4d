//! State that all routes and background tasks share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use axum::http::HeaderMap;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tower_http::cors::CorsLayer;

use crate::config::database::Engine;
use crate::config::settings::{Config, Mode, RequestSettings};
use crate::domain::customer_claims::Caller;
use crate::infra::audit_log::AuditLog;
use crate::infra::csp;
use crate::infra::customer_tokens::{DemoTokenIssuer, TokenVerifier};
use crate::infra::live_updates::LiveUpdates;
use crate::infra::mailer::Mailer;
use crate::infra::merchant_webhooks::MerchantWebhooks;
use crate::infra::oidc::OidcClient;
use crate::infra::rate_limits::{RateLimits, TooManyTries};
use crate::infra::response_cache::ResponseCache;
use crate::infra::security_headers;
use crate::metrics::Metrics;
use crate::records::connections::ConnectionRecorder;
use crate::records::relink_requests::RequestRecorder;
use crate::records::uptime;
use crate::records::uptime::Uptime;
use crate::records::webhook_inbox::WebhookInbox;
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::stripe::{RateLimiter, Stripe};
use crate::traces::Traces;

/// State that all routes and background tasks share.
#[derive(Debug)]
pub struct AppState {
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Traces,
    pub(crate) started_at: Timestamp,
    pub(crate) store: Store,
    pub(crate) watch: Arc<Uptime>,
    pub(crate) connections: ConnectionRecorder,
    pub(crate) inbox: WebhookInbox,
    pub(crate) requests: RequestRecorder,
    /// Sends emails; `None` if no mail server is configured.
    pub(crate) mailer: Option<Mailer>,
    /// Rate limits for opening links and for requests that call Stripe.
    pub(crate) limits: RateLimits,
    /// Writes audit entries that belong to no other change.
    pub(crate) audit: AuditLog,
    /// Recent responses from Stripe, shared by identical requests.
    pub(crate) recent: ResponseCache,
    /// Delivers webhooks to the merchant; `None` if none is configured.
    pub(crate) merchant_webhooks: Option<Arc<MerchantWebhooks>>,
    pub(crate) stripe: Stripe,
    pub(crate) live: Arc<LiveUpdates>,
    pub(crate) verifier: TokenVerifier,
    /// Issuer at which operators sign in, if there is one.
    pub(crate) oidc: Option<OidcClient>,
    pub(crate) issuer: Option<DemoTokenIssuer>,
    /// Cancelled when streams and background work have to end.
    pub(crate) stop: CancellationToken,
    /// Progress of the shutdown; `stop` is its last step.
    pub(crate) shutdown: Shutdown,
    /// True once the warning about an untrusted proxy has been logged.
    pub(crate) has_warned_of_proxies: AtomicBool,
    /// Text of the built `index.html`, from which this server's own page is made.
    pub(crate) index: String,
    headers: HeaderMap,
    pub(crate) cors: CorsLayer,
}

impl AppState {
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
        correct_times(&store, now).await?;
        let watch = Arc::new(uptime::begin(&store, &uptime::Owner::of(&config), now).await?);
        let connections = ConnectionRecorder::new(
            store.clone(),
            watch.clone(),
            config.merchant_webhook.is_some(),
            config.requests.reminders.is_on(),
            config.condition_rules(),
        )
        .with_policy(&config.policy);
        let metrics = Metrics::new();
        let traces = traces(&config)?;
        let merchant_webhooks = merchant_webhooks(&config, &store, &connections, &metrics, &traces)?;
        let live =
            LiveUpdates::new(store.clone(), connections.changed().clone(), config.network.max_open_pages);
        let shutdown = Shutdown::default();
        Ok(Arc::new(Self {
            stripe: stripe(&config, &store, metrics.clone())?.with_traces(traces.clone()),
            inbox: webhook_inbox(&config, &store, &connections),
            requests: RequestRecorder::new(store.clone(), config.merchant_webhook.is_some()),
            mailer: mailer(&config.requests)?,
            limits: RateLimits::new(config.limits.customer_rate),
            audit: AuditLog::new(store.clone()),
            recent: ResponseCache::default(),
            merchant_webhooks,
            connections,
            store,
            watch,
            stop: shutdown.token(),
            shutdown,
            has_warned_of_proxies: AtomicBool::new(false),
            live: Arc::new(live),
            verifier: TokenVerifier::new(config.token.clone(), config.stripe_accounts.clone())?,
            oidc: config.oidc.clone().map(OidcClient::new).transpose()?,
            issuer: config
                .demo
                .as_ref()
                .map(|demo| DemoTokenIssuer::new(demo, config.token.audience.clone())),
            headers: security_headers::every_answers(
                &csp::policy(&addresses.js, &addresses.api, &[], config.requests.base_path()),
                config.network.hsts,
            )?,
            index,
            cors: security_headers::cors(&config.origins)?,
            metrics,
            traces,
            started_at: now,
            config,
        }))
    }
}

/// Creates the source of spans, which are none without a collector.
fn traces(config: &Config) -> anyhow::Result<Traces> {
    config
        .traces
        .as_ref()
        .map_or_else(|| Ok(Traces::default()), |traces| Traces::to(&traces.url, traces.share))
}

/// Creates the client of Stripe's API, whose budget all servers of this database share.
fn stripe(config: &Config, store: &Store, metrics: Metrics) -> anyhow::Result<Stripe> {
    let share = config.limits.background_share;
    let budget = RateLimiter::new(store.shared_slots(), config.stripe_rate, share);
    let accounts = config.stripe_accounts.clone();
    let (api, key) = (config.addresses.api.clone(), &config.keys.secret);
    Stripe::new(api, key, config.stripe_version, accounts, budget, metrics)
}

/// Opens the inbox for Stripe's events.
fn webhook_inbox(config: &Config, store: &Store, connections: &ConnectionRecorder) -> WebhookInbox {
    let (is_live, accounts) = (config.keys.mode == Mode::Live, config.stripe_accounts.clone());
    let stores_names = config.console.customer_names;
    WebhookInbox::open(
        store.clone(),
        connections.clone(),
        is_live,
        accounts,
        stores_names,
        config.stripe_version,
    )
}

/// Creates the sender of emails, if there is a mail server.
fn mailer(settings: &RequestSettings) -> anyhow::Result<Option<Mailer>> {
    settings.mail.clone().map(|mail| Mailer::new(mail, settings.logo.clone())).transpose()
}

/// Creates the sender of the merchant's webhooks, if there is an address for them.
fn merchant_webhooks(
    config: &Config,
    store: &Store,
    connections: &ConnectionRecorder,
    metrics: &Metrics,
    traces: &Traces,
) -> anyhow::Result<Option<Arc<MerchantWebhooks>>> {
    let Some(webhook) = config.merchant_webhook.clone() else { return Ok(None) };
    let messages = connections.messages().clone();
    let webhooks = MerchantWebhooks::new(webhook, store.clone(), messages, metrics.clone())?;
    Ok(Some(Arc::new(webhooks.with_traces(traces.clone()))))
}

impl AppState {
    /// Returns the headers of every response.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns a Stripe client for one request of this caller. The request counts against the caller's rate limit, and
    /// its calls are queued fairly among those of other clients.
    pub(crate) fn stripe_for(&self, caller: &Caller) -> Result<Stripe, TooManyTries> {
        let client = caller.client();
        self.limits.take_for_stripe(&client, crate::clock::now())?;
        Ok(self.stripe.for_client(&client))
    }

    /// Delivers all merchant events that are due at `now`, and returns their number. For tests and drills; a running
    /// server does this by itself.
    pub async fn tell_merchant(&self, now: Timestamp) -> usize {
        match &self.merchant_webhooks {
            Some(webhooks) => webhooks.deliver_due(now).await,
            None => 0,
        }
    }

    /// Sends the spans that have ended. Waits for the collector.
    pub async fn flush_traces(&self) {
        let traces = self.traces.clone();
        // The thread that sends the spans waits for this runtime, so this must not occupy it.
        if let Err(error) = tokio::task::spawn_blocking(move || traces.flush()).await {
            tracing::warn!(%error, "traces can't be flushed: {error}");
        }
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

/// Corrects stored times that are ahead of the clock.
async fn correct_times(store: &Store, now: Timestamp) -> anyhow::Result<()> {
    let corrected = store.correct_times(now).await?;
    if corrected > 0 {
        tracing::warn!(
            rows = corrected,
            "corrected stored times that were ahead of the clock (rows: {corrected})"
        );
    }
    Ok(())
}
