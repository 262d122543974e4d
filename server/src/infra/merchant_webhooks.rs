//! Merchant webhooks: signs waiting messages by the Standard Webhooks specification, and sends them until they are
//! delivered.

mod delivery_result;
mod resolver;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::delivery_result::{Fault, verdict};
use self::resolver::PublicResolver;
use crate::config::settings::MerchantWebhook;
use crate::domain::public_address::is_public;
use crate::metrics::{DeliveryOutcome, Metrics};
use crate::store::Store;
use crate::store::job_queue::Lease;
use crate::store::merchant_events::{Message, Sent};
use crate::traces::{self, Span, SpanKind, Traces};

/// Maximum number of concurrent deliveries, so that a slow response delays no other message.
const MAX_CONCURRENT: usize = 8;
const LONGEST_ANSWER: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Lease of a message: longer than a delivery takes. Afterwards another server may take over.
const LEASE: SignedDuration = SignedDuration::from_secs(40);
/// Interval between polls, for messages that another process has queued.
const LOOK: Duration = Duration::from_secs(1);
/// Maximum size of a response that is read, so that its connection can be reused. The content is discarded.
const MAX_RESPONSE: usize = 16 * 1024;

/// Delivers the merchant events of the store to the merchant's webhook endpoint.
#[derive(Debug)]
pub(crate) struct MerchantWebhooks {
    http: reqwest::Client,
    webhook: ArcSwap<MerchantWebhook>,
    store: Store,
    /// Notified when an event may be waiting.
    waiting: Arc<Notify>,
    metrics: Metrics,
    traces: Traces,
}

impl MerchantWebhooks {
    /// Makes a span of each delivery, and names its trace to the back end.
    pub(crate) fn with_traces(self, traces: Traces) -> Self {
        Self { traces, ..self }
    }

    pub(crate) fn new(
        webhook: MerchantWebhook,
        store: Store,
        waiting: Arc<Notify>,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("relink-server/", env!("CARGO_PKG_VERSION")))
            // A redirect could lead anywhere, into a private network too.
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would resolve the name itself, without the check for private addresses.
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(LONGEST_ANSWER);
        let http = if webhook.allow_private { http } else { http.dns_resolver(Arc::new(PublicResolver)) };
        let http = http.build().context("messages to RELINK_WEBHOOK_URL can't be sent")?;
        let webhook = ArcSwap::from_pointee(webhook);
        Ok(Self { http, webhook, store, waiting, metrics, traces: Traces::default() })
    }

    /// Signs with other secrets from now on.
    pub(crate) fn replace(&self, webhook: MerchantWebhook) {
        self.webhook.store(Arc::new(webhook));
    }

    /// Delivers messages until `stop`, then waits for deliveries in progress.
    pub(crate) async fn run(self: &Arc<Self>, stop: &CancellationToken) {
        let mut on_their_way = InFlight::new();
        while !stop.is_cancelled() {
            if on_their_way.fill(self, crate::clock::now()).await == 0 {
                tokio::select! {
                    () = stop.cancelled() => (),
                    () = self.waiting.notified() => (),
                    Some(_) = on_their_way.tasks.join_next() => (),
                    () = tokio::time::sleep(LOOK.mul_f64(crate::clock::jitter())) => (),
                }
            }
        }
        while on_their_way.tasks.join_next().await.is_some() {}
    }

    /// Delivers all messages that are due at `now`, and returns their number.
    pub(crate) async fn deliver_due(self: &Arc<Self>, now: Timestamp) -> usize {
        let (mut on_their_way, mut told) = (InFlight::new(), 0);
        loop {
            let sent = on_their_way.fill(self, now).await;
            told += sent;
            if sent == 0 && on_their_way.tasks.join_next().await.is_none() {
                return told;
            }
        }
    }

    /// Attempts one delivery and stores the result. If storing fails, the lease expires and the message is sent again.
    async fn deliver(&self, message: &Message, now: Timestamp) {
        let began = Instant::now();
        let parent = message.trace.as_deref().and_then(traces::parse);
        let span = self.traces.begin(SpanKind::Producer, "merchant webhook", parent);
        let answer = self.send(message, &span, now).await;
        let took = began.elapsed();
        let status = answer.as_ref().ok().map(StatusCode::as_u16);
        if let Some(status) = status {
            span.set("http.response.status_code", i64::from(status));
        }
        let (sent, error) = verdict(answer, message.failures, now, crate::clock::jitter());
        self.metrics.merchant_webhook(outcome(&sent), took);
        let id = message.id.as_str();
        span.set("relink.message", id.to_owned());
        if error.is_some() {
            span.fail();
        }
        span.end();
        match (&sent, &error) {
            (Sent::Failed, Some(error)) => {
                tracing::error!(
                    message = id,
                    "the merchant is not told of {id}, and that is given up: {error}"
                );
            }
            (_, Some(error)) => tracing::warn!(message = id, "the merchant is not told of {id} yet: {error}"),
            (_, None) => tracing::debug!(message = id, "the merchant is told of {id}"),
        }
        if let Err(error) = self.store.record_delivery(message, &sent, status, error.as_deref(), now).await {
            tracing::warn!(%error, message = id, "that {id} was sent is not kept: {error}");
        }
    }

    /// Attempts one delivery.
    async fn send(&self, message: &Message, span: &Span, now: Timestamp) -> Result<StatusCode, Fault> {
        let payload = message.payload.as_deref().ok_or(Fault::Undecryptable)?;
        // IP addresses don't pass through the resolver, so check them here.
        let webhook = self.webhook.load_full();
        let host = webhook.url.host_str().unwrap_or_default();
        let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if number.is_ok_and(|number| !webhook.allow_private && !is_public(number)) {
            return Err(Fault::Private);
        }
        let seconds = now.as_second();
        let signatures: Result<Vec<String>, _> = webhook
            .signers
            .iter()
            .map(|signer| signer.sign(&message.id, seconds, payload.as_bytes()))
            .collect();
        let signatures = signatures.map_err(|_| Fault::Unsigned)?.join(" ");
        let request = self
            .http
            .post(webhook.url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(HEADER_WEBHOOK_ID, &message.id)
            .header(HEADER_WEBHOOK_TIMESTAMP, seconds)
            .header(HEADER_WEBHOOK_SIGNATURE, signatures)
            .body(payload.to_owned());
        let request = match self.traces.header(span) {
            Some(trace) => request.header(traces::HEADER, trace),
            None => request,
        };
        let mut response = request.send().await.map_err(|error| Fault::of(&error))?;
        let mut length = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            length += chunk.len();
            if length > MAX_RESPONSE {
                break;
            }
        }
        Ok(response.status())
    }
}

fn outcome(sent: &Sent) -> DeliveryOutcome {
    match sent {
        Sent::Delivered => DeliveryOutcome::Delivered,
        Sent::Again(_) => DeliveryOutcome::Later,
        Sent::Failed => DeliveryOutcome::GivenUp,
    }
}

/// Claimed messages that are being sent.
struct InFlight {
    holder: String,
    tasks: JoinSet<()>,
}

impl InFlight {
    fn new() -> Self {
        Self { holder: crate::clock::new_id().to_string(), tasks: JoinSet::new() }
    }

    /// Claims and sends due messages while there is capacity. Returns the number of claimed messages.
    async fn fill(&mut self, webhooks: &Arc<MerchantWebhooks>, now: Timestamp) -> usize {
        while self.tasks.try_join_next().is_some() {}
        let places = MAX_CONCURRENT.saturating_sub(self.tasks.len());
        if places == 0 {
            return 0;
        }
        let lease = Lease { holder: self.holder.clone(), until: now + LEASE };
        let claimed = match webhooks.store.claim_merchant_events(&lease, places, now).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "failed to claim merchant events: {error}");
                Vec::new()
            }
        };
        let count = claimed.len();
        for message in claimed {
            let webhooks = webhooks.clone();
            self.tasks.spawn(async move { webhooks.deliver(&message, now).await });
        }
        count
    }
}
