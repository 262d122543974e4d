//! Reads a payment method after an event, to learn if Stripe still debits its bank account.

use std::sync::Arc;

use relink_protocol::PaymentMethodId;
use relink_protocol::stripe::PaymentMethod;

use super::worker::{JobError, JobResult};
use crate::domain::connection::ReadReason;
use crate::state::AppState;
use crate::store::job_queue::Job;
use crate::stripe::StripeError;

/// Stores or removes the block of the payment method's account. Payment methods without a linked account have none.
pub(super) async fn read(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Ok(id) = job.subject.parse::<PaymentMethodId>() else { return Ok(JobResult::Finished) };
    if !app.config.condition_rules().moves_money {
        return Ok(JobResult::Finished);
    }
    match app.stripe.in_background().payment_method(&id).await {
        Ok(method) => keep(app, &method).await?,
        Err(StripeError::NotFound(_)) => {
            tracing::info!(payment_method = %id, "Stripe does not know this payment method, or not with this key");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(JobResult::Finished)
}

async fn keep(app: &AppState, method: &PaymentMethod) -> Result<(), JobError> {
    let linked = method.us_bank_account.as_ref().and_then(|bank| bank.financial_connections_account.as_ref());
    let Some(account) = linked else { return Ok(()) };
    let block = method.block();
    if block.is_some() && app.store.account(account).await?.is_none() {
        match app.stripe.in_background().account(account).await {
            Ok(reading) => app.connections.keep(vec![reading], ReadReason::Look).await?,
            Err(StripeError::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(app.connections.keep_block(account, &method.id, block).await?)
}
