//! Counts accounts for the console.

use std::sync::Arc;

use jiff::SignedDuration;

use super::worker::{JobError, JobResult};
use crate::state::AppState;

/// Largest number of accounts at which they are counted often.
const FEW: i64 = 20_000;
const OFTEN: SignedDuration = SignedDuration::from_mins(1);
const SELDOM: SignedDuration = SignedDuration::from_mins(15);

pub(super) async fn tally(app: &Arc<AppState>) -> Result<JobResult, JobError> {
    let now = crate::clock::now();
    let accounts = app.store.count(now).await?;
    app.store.count_classes().await?;
    Ok(JobResult::Again(now + if accounts <= FEW { OFTEN } else { SELDOM }))
}
