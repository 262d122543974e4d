//! Counts accounts for the console.

use std::sync::Arc;

use jiff::SignedDuration;

use super::schedule::Schedule;
use super::worker::{JobError, JobResult};
use crate::state::AppState;
use crate::store::job_queue::Urgency;

/// Largest number of accounts at which they are counted often.
const FEW: i64 = 20_000;
/// Early while there are few accounts, because counting them costs little.
pub(super) const SCHEDULE: Schedule = Schedule {
    every: SignedDuration::from_mins(15),
    early: SignedDuration::from_mins(1),
    urgency: Urgency::News,
};

pub(super) async fn tally(app: &Arc<AppState>) -> Result<JobResult, JobError> {
    let now = crate::clock::now();
    let accounts = app.store.count(now).await?;
    app.store.count_classes().await?;
    Ok(if accounts <= FEW { SCHEDULE.early(now) } else { SCHEDULE.next(now) })
}
