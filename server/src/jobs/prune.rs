//! Forgets what is old.

use std::sync::Arc;

use jiff::SignedDuration;

use super::worker::{Done, JobError};
use crate::app::App;

const EVERY: SignedDuration = SignedDuration::from_hours(6);

pub(super) async fn prune(app: &Arc<App>) -> Result<Done, JobError> {
    let now = crate::clock::now();
    let rows = app.store.forget_old(now).await?;
    tracing::info!(rows, "forgot what is old");
    Ok(Done::Again(now + EVERY))
}
