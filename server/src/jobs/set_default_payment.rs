//! Makes a new payment method the default of the customer and of subscriptions that the replaced account paid for, if the
//! merchant has set that.

use std::sync::Arc;

use relink_protocol::{AccountId, PaymentMethodId};
use serde_json::json;

use super::worker::{JobError, JobResult};
use crate::domain::attempt::Attempt;
use crate::domain::audit::{Actor, AuditAction};
use crate::domain::backoff;
use crate::domain::default_payment_method::{Payer, parse_job_subject, plan};
use crate::domain::payment_message::made_default;
use crate::state::AppState;
use crate::store::job_queue::Job;
use crate::store::{StoreError, Transaction, audit, merchant_events, payments};
use crate::stripe::{Stripe, StripeError};

/// Changes what is outdated, and stores the result. A retry finds what an earlier run has changed.
pub(super) async fn perform(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Some((session, account)) = parse_job_subject(&job.subject) else { return Ok(JobResult::Finished) };
    let Some(method) = app.store.awaiting_default(&session, &account).await? else {
        return Ok(JobResult::Finished);
    };
    let Some(attempt) = app.store.attempt(&session).await? else { return Ok(JobResult::Finished) };
    let mut payers = Vec::new();
    let stripe = app.stripe.in_background();
    let error = match make_default(&stripe, &attempt, &method, &mut payers).await {
        Ok(()) => None,
        // A rate limit delays it without counting as a failed try.
        Err(error @ (StripeError::RateLimited(_) | StripeError::OverBudget)) => return Err(error.into()),
        Err(error) if error.may_pass() && !backoff::is_over(job.tries) => return Err(error.into()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(error) = &error {
        tracing::error!(%session, %account, %method, "the new payment method is not the default: {error}");
    }
    let mut change = app.store.change().await?;
    let now = crate::clock::now();
    if payments::end_default(&mut change, &session, &account, now).await? {
        let result = DefaultResult { method: &method, payers: &payers, error: error.as_deref() };
        result.store(app, &mut change, &attempt, &account).await?;
    }
    change.commit().await.map_err(StoreError::from)?;
    app.connections.messages().notify_one();
    Ok(JobResult::Finished)
}

/// Result of the job.
struct DefaultResult<'a> {
    method: &'a PaymentMethodId,
    payers: &'a [Payer],
    error: Option<&'a str>,
}

impl DefaultResult<'_> {
    /// Enters the merchant event and the audit entry. Nothing is told where the replaced account was no default.
    async fn store(
        self,
        app: &AppState,
        change: &mut Transaction,
        attempt: &Attempt,
        account: &AccountId,
    ) -> Result<(), StoreError> {
        let Self { method, payers, error } = self;
        if payers.is_empty() && error.is_none() {
            return Ok(());
        }
        let (id, now) = (crate::clock::new_id(), crate::clock::now());
        if app.config.merchant_webhook.is_some() {
            let (kind, (message, payload)) = made_default(attempt, method, payers, error, id, now);
            merchant_events::enter(change, &message, kind.as_str(), account.as_str(), &payload, now).await?;
        }
        let subscriptions: Vec<&str> = payers.iter().filter_map(Payer::subscription).collect();
        let detail = json!({
            "payment_method": method, "is_customers_default": payers.contains(&Payer::Customer),
            "subscriptions": subscriptions, "error": error,
        });
        let entry =
            attempt.entry(Actor::Server.into(), AuditAction::PaymentMethodMadeDefault, account, detail);
        audit::enter(change, &entry, crate::clock::new_id(), now).await
    }
}

/// Makes the payment method the default where one of the replaced account's is, and adds each such object to `payers`.
async fn make_default(
    stripe: &Stripe,
    Attempt { customer, account: replaced, .. }: &Attempt,
    method: &PaymentMethodId,
    payers: &mut Vec<Payer>,
) -> Result<(), StripeError> {
    let default = stripe.default_of_customer(customer).await?;
    let subscriptions = stripe.subscriptions(customer).await?;
    let methods = stripe.bank_payment_methods(customer).await?;
    let plan = plan(default.as_deref(), &subscriptions, &methods, replaced, method);
    payers.extend(plan.current);
    for payer in plan.outdated {
        match &payer {
            Payer::Customer => stripe.set_default_of_customer(customer, method).await?,
            Payer::Subscription(id) => stripe.set_default_of_subscription(id, method).await?,
        };
        tracing::info!(%customer, %method, ?payer, "the new payment method is the default");
        payers.push(payer);
    }
    Ok(())
}
