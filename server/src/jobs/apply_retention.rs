//! Deletes expired data, unless the clock is plainly wrong: deleted rows can't be restored.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::worker::{JobError, JobResult};
use crate::domain::sign_in::{self, Operator};
use crate::state::AppState;

const EVERY: SignedDuration = SignedDuration::from_hours(6);
const SOON: SignedDuration = SignedDuration::from_mins(1);

pub(super) async fn prune(app: &Arc<AppState>) -> Result<JobResult, JobError> {
    forget(app, crate::clock::now()).await
}

/// Deletes what is too old at this time, which is checked against Stripe's clock.
pub(super) async fn forget(app: &AppState, now: Timestamp) -> Result<JobResult, JobError> {
    match app.stripe.skew().measured(now) {
        // No answer of Stripe's has shown the time yet.
        None => return Ok(JobResult::Again(now + SOON)),
        Some(_) if app.stripe.skew().is_far_ahead(now) => {
            tracing::warn!("nothing is forgotten, because the clock is far ahead of Stripe's");
            return Ok(JobResult::Again(now + EVERY));
        }
        Some(_) => (),
    }
    app.store.correct_times(now).await?;
    let over = |operator: &Operator, end| sign_in::ended(operator.actor().into(), end);
    let sessions = app.store.end_old_sessions(over, now).await?;
    let rows = app.store.forget_old(now).await? + sessions;
    tracing::info!(rows, "deleted old rows");
    Ok(JobResult::Again(now + EVERY))
}
