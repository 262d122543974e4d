//! Reads a customer's name and email address from Stripe, for the console.

use std::sync::Arc;

use relink_protocol::HolderId;

use super::worker::{JobError, JobResult};
use crate::services::customer_names;
use crate::state::AppState;
use crate::store::job_queue::Job;

/// Reads them in the background's share of the calls. Does nothing if names are not stored.
pub(super) async fn read(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Ok(customer) = HolderId::try_from(job.subject.as_str()) else { return Ok(JobResult::Finished) };
    if !app.config.console.customer_names {
        return Ok(JobResult::Finished);
    }
    // Stripe sends events about all customers of the merchant, and most may have no account here.
    if !app.store.has_account(&customer).await? {
        return Ok(JobResult::Finished);
    }
    let contact = app.stripe.in_background().contact(&customer).await?;
    customer_names::note(app, &customer, contact.as_ref()).await?;
    Ok(JobResult::Finished)
}
