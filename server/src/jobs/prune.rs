//! Forgets what is old.

use std::sync::Arc;

use jiff::SignedDuration;

use super::worker::{Done, JobError};
use crate::app::App;
use crate::domain::sign_in::{self, Operator};

const EVERY: SignedDuration = SignedDuration::from_hours(6);

pub(super) async fn prune(app: &Arc<App>) -> Result<Done, JobError> {
    let now = crate::clock::now();
    let over = |operator: &Operator, end| sign_in::ended(operator.actor().into(), end);
    let sessions = app.store.end_old_sessions(over, now).await?;
    let rows = app.store.forget_old(now).await? + sessions;
    tracing::info!(rows, "forgot what is old");
    Ok(Done::Again(now + EVERY))
}
