//! State that all routes and background tasks share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use axum::http::HeaderMap;
use tokio_util::sync::CancellationToken;
use tower_http::cors::CorsLayer;

use crate::config::settings::{Config, Mode};
use crate::http::csp;
use crate::http::security_headers;
use crate::infra::customer_tokens::{DemoTokenIssuer, TokenVerifier};
use crate::infra::live_updates::LiveUpdates;
use crate::infra::mailer::Mailer;
use crate::infra::merchant_webhooks::MerchantWebhooks;
use crate::infra::rate_limits::RateLimits;
use crate::infra::response_cache::ResponseCache;
use crate::infra::uptime;
use crate::infra::uptime::Uptime;
use crate::records::connections::ConnectionRecorder;
use crate::records::webhook_inbox::WebhookInbox;
use crate::routes::own_page::OwnPage;
use crate::services::audit_log::RefusalThrottles;
use crate::services::relink_requests::Requests;
use crate::shutdown::Shutdown;
use crate::store::{Engine, Store};
use crate::stripe::{RateLimiter, Stripe};

/// State that all routes and background tasks share.
#[derive(Debug)]
pub struct AppState {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) watch: Arc<Uptime>,
    pub(crate) connections: ConnectionRecorder,
    pub(crate) inbox: WebhookInbox,
    pub(crate) requests: Requests,
    /// Sends emails; `None` if no mail server is configured.
    pub(crate) mailer: Option<Mailer>,
    /// Rate limits for opening links and for requests that call Stripe.
    pub(crate) limits: RateLimits,
    /// Limits how many refused API keys and failed sign-ins are written to the audit trail.
    pub(crate) refusals: RefusalThrottles,
    /// Recent responses from Stripe, shared by identical requests.
    pub(crate) recent: ResponseCache,
    /// Delivers webhooks to the merchant; `None` if none is configured.
    pub(crate) outgoing: Option<MerchantWebhooks>,
    pub(crate) stripe: Stripe,
    pub(crate) live: Arc<LiveUpdates>,
    pub(crate) verifier: TokenVerifier,
    pub(crate) issuer: Option<DemoTokenIssuer>,
    /// Cancelled when streams and background work have to end.
    pub(crate) stop: CancellationToken,
    /// Progress of the shutdown; `stop` is its last step.
    pub(crate) shutdown: Shutdown,
    /// True once the warning about an untrusted proxy has been logged.
    pub(crate) has_warned_of_proxies: AtomicBool,
    /// This server's own page, `/`.
    pub(crate) own_page: OwnPage,
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
        let corrected = store.correct_times(now).await?;
        if corrected > 0 {
            tracing::warn!(corrected, "{corrected} rows were dated ahead of the clock and are corrected");
        }
        let watch = Arc::new(uptime::begin(&store, config.keys.mode, now).await?);
        let budget = RateLimiter::new(&store, config.stripe_rate, config.limits.background_share);
        let connections = ConnectionRecorder::new(
            store.clone(),
            watch.clone(),
            config.merchant_webhook.is_some(),
            config.requests.reminders.is_on(),
            config.condition_rules(),
        );
        let is_live = config.keys.mode == Mode::Live;
        let shutdown = Shutdown::default();
        Ok(Arc::new(Self {
            stripe: Stripe::new(addresses.api.clone(), &config.keys.secret, config.stripe_version, budget)?,
            inbox: WebhookInbox::open(store.clone(), connections.clone(), is_live, config.stripe_version),
            requests: Requests::new(store.clone(), config.merchant_webhook.is_some()),
            mailer: config.requests.mail.clone().map(Mailer::new).transpose()?,
            limits: RateLimits::new(config.limits.customer_rate),
            refusals: RefusalThrottles::default(),
            recent: ResponseCache::default(),
            outgoing: config.merchant_webhook.clone().map(MerchantWebhooks::new).transpose()?,
            connections,
            store,
            watch,
            stop: shutdown.token(),
            shutdown,
            has_warned_of_proxies: AtomicBool::new(false),
            live: Arc::default(),
            verifier: TokenVerifier::new(config.token.clone()),
            issuer: config
                .demo
                .as_ref()
                .map(|demo| DemoTokenIssuer::new(demo, config.token.audience.clone())),
            headers: security_headers::every_answers(
                &csp::policy(&addresses.js, &addresses.api, &[]),
                config.network.hsts,
            )?,
            own_page: OwnPage::new(&config, &index),
            cors: security_headers::cors(&config.origins)?,
            config,
        }))
    }
}

impl AppState {
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
