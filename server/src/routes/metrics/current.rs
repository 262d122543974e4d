//! Metrics that are read at each scrape.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use strum::IntoEnumIterator;

use crate::config::database::Engine;
use crate::domain::filter;
use crate::metrics::PREFIX;
use crate::state::AppState;
use crate::store::emails::MailState;
use crate::store::job_queue::Backlog;
use crate::store::merchant_events::list::Totals;
use crate::store::{PoolUsage, StoreError};

/// Time limit for the database. Prometheus gives up a scrape after 10 seconds.
const LONGEST: Duration = Duration::from_secs(5);

type Decimal = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabels {
    pool: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AgainstLabels {
    against: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
    stripe_version: String,
    database: &'static str,
}

/// Numbers from the database.
struct Stored {
    backlog: Backlog,
    failing: i64,
    deliveries: Totals,
    emails: BTreeMap<String, i64>,
    connections: BTreeMap<String, i64>,
    oldest_reading: Option<Timestamp>,
}

/// Reads all that is not counted as it happens.
pub(super) async fn registry(app: &AppState, now: Timestamp) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    process(app, now, &mut registry);
    pools(app, &mut registry);
    let stored = tokio::time::timeout(LONGEST, stored(app, now)).await;
    let stored = match stored {
        Ok(Ok(stored)) => Some(stored),
        Ok(Err(error)) => {
            tracing::warn!(%error, "metrics of the database can't be read: {error}");
            None
        }
        Err(_) => {
            tracing::warn!("metrics of the database can't be read in time");
            None
        }
    };
    gauge(
        &mut registry,
        "database_readable",
        "1 if the numbers of this scrape could be read",
        stored.is_some(),
    );
    if let Some(stored) = stored {
        work(&stored, now, &mut registry);
        messages(&stored, now, &mut registry);
        connections(&stored, now, &mut registry);
    }
    registry
}

async fn stored(app: &AppState, now: Timestamp) -> Result<Stored, StoreError> {
    let mut connections = BTreeMap::new();
    for ((_, state), accounts) in app.store.tally().await?.accounts {
        *connections.entry(state).or_default() += accounts;
    }
    Ok(Stored {
        backlog: app.store.backlog(now).await?,
        failing: app.store.failing_jobs().await?,
        deliveries: app.store.delivery_totals(now).await?,
        emails: app.store.unsent_email_counts().await?,
        connections,
        oldest_reading: app.store.oldest_reading().await?,
    })
}

fn process(app: &AppState, now: Timestamp, registry: &mut Registry) {
    let labels = BuildLabels {
        version: env!("CARGO_PKG_VERSION"),
        stripe_version: app.config.stripe_version.to_string(),
        database: match app.store.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        },
    };
    registry.register(
        "build",
        "Version of the program, of Stripe's API, and kind of database",
        Info::new(labels),
    );
    seconds(registry, "uptime", "Time since the start", now.duration_since(app.started_at).as_secs_f64());
    gauge(
        registry,
        "draining",
        "1 while the server shuts down and wants no new requests",
        app.shutdown.is_draining(),
    );
    let clocks = Family::<AgainstLabels, Decimal>::default();
    if let Some(ahead) = crate::clock::ahead_of_database() {
        clocks.get_or_create(&AgainstLabels { against: "database" }).set(ahead.as_secs_f64());
    }
    if let Some(ahead) = app.stripe.skew().measured(now) {
        clocks.get_or_create(&AgainstLabels { against: "stripe" }).set(whole(ahead));
    }
    let help = "Time by which the clock is ahead of the database's and of Stripe's; missing until compared";
    registry.register_with_unit("clock_skew", help, Unit::Seconds, clocks);
    gauge(
        registry,
        "stripe_events_waiting",
        "Webhooks that are being stored; 1024 at most",
        app.inbox.waiting(),
    );
    gauge(registry, "open_pages", "Pages that receive live updates from this server", app.live.streams());
    let most = app.config.network.max_open_pages;
    gauge(registry, "open_pages_limit", "`RELINK_MAX_OPEN_PAGES` of this server", most);
}

fn pools(app: &AppState, registry: &mut Registry) {
    let family = Family::<PoolLabels, Gauge>::default();
    for (pool, PoolUsage { open, idle, limit }) in app.store.pools() {
        for (state, number) in [("used", open.saturating_sub(idle)), ("idle", idle), ("limit", limit)] {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            family.get_or_create(&PoolLabels { pool, state }).set(number);
        }
    }
    registry.register(
        "database_connections",
        "Connections to the database, and how many there may be",
        family,
    );
}

fn work(stored: &Stored, now: Timestamp, registry: &mut Registry) {
    let Backlog { due, oldest_due, leased, parked } = stored.backlog;
    let states = [("due", due), ("running", leased), ("failing", stored.failing), ("parked", parked)];
    let help = "Background jobs of all servers; `failing` are retried, `parked` were given up";
    by_state(registry, "work", help, states);
    let age = oldest_due.map_or(0.0, |due| whole(now.as_millisecond().saturating_sub(due).max(0)) / 1000.0);
    seconds(registry, "work_oldest_due_age", "Time for which the oldest due job has waited", age);
}

fn messages(stored: &Stored, now: Timestamp, registry: &mut Registry) {
    let Totals { pending, due, oldest_pending, failed } = stored.deliveries;
    let help = "Webhooks to the merchant that are not delivered; `failed` were given up";
    by_state(
        registry,
        "merchant_webhooks_queued",
        help,
        [("pending", pending), ("due", due), ("failed", failed)],
    );
    let age = oldest_pending.map_or(0.0, |since| whole(now.as_second().saturating_sub(since).max(0)));
    seconds(registry, "merchant_webhook_oldest_age", "Age of the oldest undelivered webhook", age);
    let states = [MailState::Waiting, MailState::Sending, MailState::Failed, MailState::Unknown];
    let count = |state: MailState| stored.emails.get(state.as_str()).copied().unwrap_or_default();
    let help = "Emails that did not go; `unknown` may have";
    by_state(registry, "emails_unsent", help, states.map(|state| (state.as_str(), count(state))));
}

fn connections(stored: &Stored, now: Timestamp, registry: &mut Registry) {
    let count = |state: filter::State| stored.connections.get(state.as_str()).copied().unwrap_or_default();
    let states = filter::State::iter().map(|state| (state.as_str(), count(state)));
    let help = "Bank connections by state, as counted last, at least every 15 minutes";
    by_state(registry, "connections", help, states);
    let age = stored.oldest_reading.map_or(0.0, |at| now.duration_since(at).as_secs_f64());
    seconds(registry, "oldest_reading_age", "Age of the oldest reading of an account", age);
}

fn by_state(
    registry: &mut Registry,
    name: &str,
    help: &str,
    numbers: impl IntoIterator<Item = (&'static str, i64)>,
) {
    let family = Family::<StateLabels, Gauge>::default();
    for (state, number) in numbers {
        family.get_or_create(&StateLabels { state }).set(number);
    }
    registry.register(name, help, family);
}

fn gauge(registry: &mut Registry, name: &str, help: &str, number: impl TryInto<i64>) {
    registry.register(name, help, ConstGauge::new(number.try_into().unwrap_or(i64::MAX)));
}

fn seconds(registry: &mut Registry, name: &str, help: &str, seconds: f64) {
    registry.register_with_unit(name, help, Unit::Seconds, ConstGauge::new(seconds));
}

/// Numbers of seconds and milliseconds here are far below 2^53, where this would lose digits.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn whole(number: i64) -> f64 {
    number as f64
}
