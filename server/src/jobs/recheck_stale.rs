//! Finds accounts that were not read for long, to catch changes that no event announced.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::schedule::Schedule;
use super::worker::{JobError, JobResult};
use crate::domain::recheck::{self, Candidate, Class};
use crate::services::{customer_names, relink_requests};
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::job_queue::{JobKind, NewJob, Urgency, mark};

/// Names of customers may take one in so many of a sweep's readings, because they seldom change.
const NAMES_SHARE: i64 = 4;

/// Never early.
pub(super) const SCHEDULE: Schedule = Schedule {
    every: SignedDuration::from_mins(1),
    early: SignedDuration::from_mins(1),
    urgency: Urgency::News,
};

/// Enqueues reads of accounts that time alone may have changed, and of the most overdue accounts: as many as the
/// recheck share of the rate limit allows until the next sweep, less those that still wait.
pub(super) async fn sweep(app: &Arc<AppState>) -> Result<JobResult, JobError> {
    let now = crate::clock::now();
    if !app.stripe.skew().is_far_ahead(now) {
        relink_requests::expire_overdue(app, now).await?;
    }
    let most = recheck::calls_in(SCHEDULE.every, app.config.stripe_rate);
    let due = app.store.accounts_to_recheck(now, most).await?;
    let overdue = overdue(app, now, most - app.store.pending_rechecks().await?).await?;
    let due = due.into_iter().map(|account| (JobKind::Account, account, Urgency::News));
    let overdue = overdue.into_iter().map(|one| match one.customer {
        Some(customer) => (JobKind::Customer, customer, Urgency::Sweep),
        None => (JobKind::Account, one.account, Urgency::Sweep),
    });
    let names = customer_names::due(app, now, most / NAMES_SHARE).await?;
    let marks: Vec<NewJob> = due
        .chain(overdue)
        .map(|(kind, subject, urgency)| NewJob { kind, subject, urgency, created: None, due: now })
        .chain(names)
        .collect();
    let mut change = app.store.change().await?;
    mark(&mut change, &marks, now).await?;
    change.commit().await.map_err(StoreError::from)?;
    if !marks.is_empty() {
        app.connections.work().notify_one();
    }
    Ok(SCHEDULE.next(now))
}

/// Returns the most overdue accounts of all classes.
async fn overdue(app: &AppState, now: Timestamp, most: i64) -> Result<Vec<Candidate>, StoreError> {
    let most = most.max(0);
    let every = app.config.recheck_every;
    // Readings from before a gap in the heartbeat may be out of date. Where Stripe lists all accounts, and the backfill
    // leaves none out, it renews them.
    let renews_all = app.store.backfill().await?.is_some_and(|backfill| backfill.renews_all());
    let gap = if renews_all { Timestamp::MIN } else { app.watch.without_gap_since() };
    let mut candidates = app.store.accounts_read_in_future(now, most).await?;
    for class in Class::ALL {
        let read_before = (now - class.interval(every)).max(gap);
        candidates.extend(app.store.overdue(class, read_before, now - every, most).await?);
    }
    Ok(recheck::most_overdue(candidates, every, now, usize::try_from(most).unwrap_or(usize::MAX)))
}
