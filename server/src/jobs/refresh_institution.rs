//! Reads a bank that was in trouble, until it works.

use std::sync::Arc;

use relink_protocol::InstitutionId;

use super::worker::{JobError, JobResult};
use crate::domain::bank_status::NEXT_LOOK;
use crate::services::banks::{self, BankError};
use crate::state::AppState;
use crate::store::job_queue::Job;
use crate::stripe::StripeError;

/// Reads the bank once. The next reading is due while it is in trouble.
pub(super) async fn read(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Ok(id) = job.subject.parse::<InstitutionId>() else { return Ok(JobResult::Finished) };
    match banks::read(app, &app.stripe.in_background(), &id, false).await {
        Ok(bank) if bank.trouble.is_some() => Ok(JobResult::Again(crate::clock::now() + NEXT_LOOK)),
        Ok(_) | Err(BankError::Stripe(StripeError::NotFound(_))) => Ok(JobResult::Finished),
        Err(BankError::Stripe(error)) => Err(error.into()),
        Err(BankError::Store(error)) => Err(error.into()),
    }
}
