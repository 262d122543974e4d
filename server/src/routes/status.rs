//! `GET /api/status`: how the server is getting on, in numbers, for the merchant's back end and its alarms.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use jiff::SignedDuration;
use serde::Serialize;

use crate::app::App;
use crate::domain::event::is_known;
use crate::extract::BackEnd;
use crate::failure::Failure;
use crate::jobs::progress::Progress;
use crate::store::deliveries::Totals;

/// So far back events are counted.
const COUNTED: SignedDuration = SignedDuration::from_hours(24);

/// All of it. Times are in seconds since 1970.
#[derive(Serialize)]
struct Status {
    events: Events,
    inbox: Inbox,
    work: Work,
    deliveries: Totals,
    #[serde(flatten)]
    progress: Progress,
    /// Mails that are not through, by how far they are; `unknown` and `failed` are for somebody to look at.
    mails: BTreeMap<String, i64>,
    /// In seconds: how far the clock that this server goes by is ahead of Stripe's.
    clock_skew: i64,
    clock: Clock,
    live_streams: usize,
}

/// How far clocks are apart.
#[derive(Serialize)]
struct Clock {
    /// Whose clock this server goes by: `database` where several share a PostgreSQL, else `machine`.
    source: &'static str,
    /// How far this machine's clock is ahead of the database's, in milliseconds.
    machine_ahead_of_database_ms: Option<i64>,
    /// How far the clock that this server goes by is ahead of Stripe's, in seconds; nothing before Stripe was asked.
    ahead_of_stripe: Option<i64>,
}

fn clock(app: &App) -> Clock {
    let ahead = crate::clock::ahead_of_database();
    Clock {
        source: if ahead.is_some() { "database" } else { "machine" },
        machine_ahead_of_database_ms: ahead.and_then(|ahead| i64::try_from(ahead.as_millis()).ok()),
        ahead_of_stripe: app.stripe.skew().measured(),
    }
}

/// Of the last day.
#[derive(Serialize)]
struct Events {
    since: i64,
    received: i64,
    by_type: BTreeMap<String, i64>,
    /// Of these types relink knows nothing.
    unknown_types: BTreeMap<String, i64>,
    /// Not in the version that the server works with; under an empty name those that said none.
    other_versions: BTreeMap<String, i64>,
}

/// Of this server alone.
#[derive(Serialize)]
struct Inbox {
    /// Events that were not answered yet.
    waiting: usize,
}

/// What is to do.
#[derive(Serialize)]
struct Work {
    /// Could be done now.
    due: i64,
    oldest_due: Option<i64>,
    /// Is being done.
    leased: i64,
    /// Has failed and is tried again.
    failing: i64,
    /// Was given up; see `GET /api/work?state=parked`.
    parked: i64,
}

/// The numbers as they are now.
pub(crate) async fn read(State(app): State<Arc<App>>, _: BackEnd) -> Result<impl IntoResponse, Failure> {
    let now = crate::clock::now();
    let since = now - COUNTED;
    let counts = app.store.event_counts(since).await?;
    let backlog = app.store.backlog(now).await?;
    let version = app.config.stripe_version.to_string();
    let without = |all: &BTreeMap<String, i64>, is_usual: &dyn Fn(&str) -> bool| {
        all.iter().filter(|(name, _)| !is_usual(name)).map(|(name, count)| (name.clone(), *count)).collect()
    };
    let status = Status {
        events: Events {
            since: since.as_second(),
            received: counts.by_type.values().sum(),
            unknown_types: without(&counts.by_type, &is_known),
            other_versions: without(&counts.by_version, &|name| name == version),
            by_type: counts.by_type,
        },
        inbox: Inbox { waiting: app.inbox.waiting() },
        work: Work {
            due: backlog.due,
            oldest_due: backlog.oldest_due.map(|due| due.div_euclid(1000)),
            leased: backlog.leased,
            failing: app.store.failing_work().await?,
            parked: backlog.parked,
        },
        progress: app.progress(now).await?,
        deliveries: app.store.delivery_totals(now).await?,
        mails: app.store.mails_not_through().await?,
        clock_skew: app.stripe.skew().seconds(),
        clock: clock(&app),
        live_streams: app.live.streams(),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(status)))
}
