//! Reads accounts from Stripe after an event or another sign that they may have changed.

use std::sync::Arc;

use jiff::Timestamp;
use relink_protocol::{AccountId, AuthorizationId, Condition, HolderId, Purpose};

use super::worker::{JobError, JobResult};
use crate::domain::connection::{ReadReason, StoredAccount};
use crate::domain::filter::{Filter, Identifier};
use crate::state::AppState;
use crate::store::bank_logins::forget;
use crate::store::connection_search::Order;
use crate::store::job_queue::{Job, JobKind, NewJob, Urgency, mark};
use crate::stripe::StripeError;

/// Reads one account, unless it was read since the change that the job is about.
pub(super) async fn read(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Ok(id) = job.subject.parse::<AccountId>() else { return Ok(JobResult::Finished) };
    if let Some(newest) = job.newest
        && app
            .store
            .account(&id)
            .await?
            .is_some_and(|kept| newest < kept.as_of_by(crate::clock::now()) && !is_untold(&kept))
    {
        return Ok(JobResult::Finished);
    }
    match app.stripe.in_background().account(&id).await {
        Ok(reading) => {
            let holder = reading.account.holder().cloned();
            app.connections.keep(vec![reading], occasion(app, job)).await?;
            introduce(app, holder).await?;
        }
        Err(error) if error.is_not_served() => return Err(error.into()),
        Err(StripeError::NotFound(_)) => {
            tracing::info!(account = %id, "Stripe does not know this account, or not with this key");
            app.connections.forget(&id).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(JobResult::Finished)
}

/// True if the merchant may still need an event: the backfill has found the account in a state that is worth one.
fn is_untold(kept: &StoredAccount) -> bool {
    kept.told.is_none() && kept.condition != Condition::Healthy
}

/// Returns the occasion of a read. A change from before this store began is not news.
fn occasion(app: &AppState, job: &Job) -> ReadReason {
    match job.newest {
        Some(created) if created >= app.watch.began_at().as_second() => ReadReason::Event,
        Some(_) | None => ReadReason::Look,
    }
}

/// Queues a first listing of all accounts of a customer who is not known yet, at low urgency.
async fn introduce(app: &AppState, customer: Option<HolderId>) -> Result<(), JobError> {
    let Some(customer) = customer else { return Ok(()) };
    if app.store.listed_at(&customer).await?.is_some() {
        return Ok(());
    }
    let now = crate::clock::now();
    let list = NewJob {
        kind: JobKind::Customer,
        subject: customer.to_string(),
        urgency: Urgency::Sweep,
        created: None,
        due: now,
    };
    Ok(app.store.mark(&[list], now).await?)
}

/// Lists all accounts of a customer.
pub(super) async fn list(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Ok(customer) = job.subject.parse::<HolderId>() else { return Ok(JobResult::Finished) };
    match app.stripe.in_background().accounts_of(&customer).await {
        Ok(read) => app.connections.keep_all_of(&customer, read.value, read.as_of, ReadReason::Look).await?,
        Err(error) if error.is_not_served() => return Err(error.into()),
        Err(StripeError::NotFound(_)) => {
            tracing::info!(%customer, "Stripe does not know this customer; their accounts are asked for one by one");
            app.connections.keep_all_of(&customer, Vec::new(), 0, ReadReason::Look).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(JobResult::Finished)
}

/// A bank login has changed: discards what is stored of it and queues reads of its accounts.
pub(super) async fn of_login(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Ok(login) = job.subject.parse::<AuthorizationId>() else { return Ok(JobResult::Finished) };
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    let accounts = forget(&mut change, &login).await?;
    mark(&mut change, &reads(accounts, job, now), now).await?;
    change.commit().await.map_err(crate::store::StoreError::from)?;
    app.connections.work().notify_one();
    Ok(JobResult::Finished)
}

/// Most accounts that are read again for one event about a bank account.
const SAME_DIGITS: i64 = 50;

/// A bank account that is paid out to has changed. Stripe's object does not name the linked account, so those with its last
/// digits are read again, if their number can be paid out to: what Stripe says of each of them counts, and the event
/// itself says nothing of any.
pub(super) async fn of_digits(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    if !app.config.policy.purposes.contains(&Purpose::Payouts) {
        return Ok(JobResult::Finished);
    }
    let who = Some(Identifier::LastDigits(job.subject.clone()));
    let filter = Filter { who, ..Filter::default() };
    let same = app.store.table(&filter, Order::NewestFirst, None, SAME_DIGITS).await?;
    let same = same.into_iter().map(|row| row.kept.account.id.to_string()).collect();
    let now = crate::clock::now();
    app.store.mark(&reads(same, job, now), now).await?;
    app.connections.work().notify_one();
    Ok(JobResult::Finished)
}

/// Returns the jobs that read these accounts.
fn reads(accounts: Vec<String>, job: &Job, now: Timestamp) -> Vec<NewJob> {
    let read = |subject| NewJob {
        kind: JobKind::Account,
        subject,
        urgency: Urgency::News,
        created: job.newest,
        due: now,
    };
    accounts.into_iter().map(read).collect()
}
