//! Deletes expired data, unless the clock is plainly wrong: deleted rows can't be restored.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::schedule::Schedule;
use super::worker::{JobError, JobResult};
use crate::domain::sign_in::{self, Operator};
use crate::state::AppState;
use crate::store::job_queue::Urgency;

/// Early while no answer of Stripe's has shown the time.
pub(super) const SCHEDULE: Schedule = Schedule {
    every: SignedDuration::from_hours(6),
    early: SignedDuration::from_mins(1),
    urgency: Urgency::News,
};

pub(super) async fn prune(app: &Arc<AppState>) -> Result<JobResult, JobError> {
    forget(app, crate::clock::now()).await
}

/// Deletes what is too old at this time, which is checked against Stripe's clock.
pub(super) async fn forget(app: &AppState, now: Timestamp) -> Result<JobResult, JobError> {
    match app.stripe.skew().measured(now) {
        None => return Ok(SCHEDULE.early(now)),
        Some(_) if app.stripe.skew().is_far_ahead(now) => {
            tracing::warn!("nothing is forgotten, because the clock is far ahead of Stripe's");
            return Ok(SCHEDULE.next(now));
        }
        Some(_) => (),
    }
    app.store.correct_times(now).await?;
    let over = |operator: &Operator, end| sign_in::ended(operator.actor().into(), end);
    let sessions = app.store.end_old_sessions(over, now).await?;
    let names = app.store.forget_names_without_accounts().await?;
    let rows = app.store.forget_old(&app.config.retention, now).await? + sessions + names;
    tracing::info!(rows, "deleted old rows");
    Ok(SCHEDULE.next(now))
}
