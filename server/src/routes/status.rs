//! `GET /api/status`: metrics of the server, for the merchant's back end and its alerts.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::event::is_known;
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::openapi::errors::{ByBackEnd, Errors};
use crate::services::progress::{Progress, progress};
use crate::state::AppState;
use crate::store::merchant_events::Totals;

/// Period for which events are counted.
const COUNTED: SignedDuration = SignedDuration::from_hours(24);

/// Body of the response. Times are in seconds since 1970.
#[derive(Serialize, ToSchema)]
struct Status {
    events: Events,
    inbox: Inbox,
    work: Work,
    deliveries: Totals,
    #[serde(flatten)]
    progress: Progress,
    /// Number of unfinished emails by state; `unknown` and `failed` need an operator.
    mails: BTreeMap<String, i64>,
    /// Seconds by which the clock that this server uses is ahead of Stripe's.
    clock_skew: i64,
    clock: Clock,
    live_streams: usize,
}

/// Differences between clocks.
#[derive(Serialize, ToSchema)]
struct Clock {
    /// Clock that this server uses: `database` if several servers share a PostgreSQL, otherwise `machine`.
    source: &'static str,
    /// Milliseconds by which this machine's clock is ahead of the database's.
    machine_ahead_of_database_ms: Option<i64>,
    /// Seconds by which the clock that this server uses is ahead of Stripe's; `None` before the first call to Stripe.
    ahead_of_stripe: Option<i64>,
}

fn clock(app: &AppState, now: Timestamp) -> Clock {
    let ahead = crate::clock::ahead_of_database();
    Clock {
        source: if ahead.is_some() { "database" } else { "machine" },
        machine_ahead_of_database_ms: ahead.and_then(|ahead| i64::try_from(ahead.as_millis()).ok()),
        ahead_of_stripe: app.stripe.skew().measured(now),
    }
}

/// Events of the last 24 hours.
#[derive(Serialize, ToSchema)]
struct Events {
    since: i64,
    received: i64,
    by_type: BTreeMap<String, i64>,
    /// Events of types that relink does not know.
    unknown_types: BTreeMap<String, i64>,
    /// Events in an API version other than `STRIPE_VERSION`; those without a version have an empty name.
    other_versions: BTreeMap<String, i64>,
}

/// Webhook inbox of this server only.
#[derive(Serialize, ToSchema)]
struct Inbox {
    /// Number of events in the queue, which are not stored yet.
    waiting: usize,
}

/// Job queue.
#[derive(Serialize, ToSchema)]
struct Work {
    /// Number of jobs that are due.
    due: i64,
    oldest_due: Option<i64>,
    /// Number of jobs in progress.
    leased: i64,
    /// Number of jobs that have failed and are retried.
    failing: i64,
    /// Number of jobs that were given up; see `GET /api/work?state=parked`.
    parked: i64,
}

/// Returns the current metrics.
#[utoipa::path(
    get,
    path = "/api/status",
    operation_id = "read_status",
    tag = "operations",
    summary = "Read the metrics of the server",
    security(("api_key" = ["operations:read"])),
    responses(
        (status = 200, description = "Current metrics", body = Status),
        Errors<ByBackEnd>,
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::OperationsRead>,
) -> Result<impl IntoResponse, ApiError> {
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
            failing: app.store.failing_jobs().await?,
            parked: backlog.parked,
        },
        progress: progress(&app, now).await?,
        deliveries: app.store.delivery_totals(now).await?,
        mails: app.store.unsent_email_counts().await?,
        clock_skew: app.stripe.skew().seconds(now),
        clock: clock(&app, now),
        live_streams: app.live.streams(),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(status)))
}
