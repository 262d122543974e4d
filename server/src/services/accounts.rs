//! Account look-ups: from the store if it is up to date, otherwise from Stripe, which also updates the store.

use jiff::SignedDuration;
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, AuthorizationId, HolderId};

use crate::domain::connection::{ReadReason, Reading, StoredAccount};
use crate::domain::shared_login::can_be_repaired;
use crate::http::error::ApiError;
use crate::records::connections::StoreReadingError;
use crate::state::AppState;
use crate::store::job_queue::{JobKind, NewJob, Urgency};
use crate::store::{StoreError, accounts};
use crate::stripe::Stripe;

/// Maximum age of a list that counts as fresh. An older one is still shown, and queued to be read again; an open page
/// is notified if something has changed.
const FRESH: SignedDuration = SignedDuration::from_secs(60);

/// Maximum age of a list for which an attempt begins. Events keep the list up to date in the meantime, and few customers
/// read an explanation for longer, so that their press waits for one call to Stripe instead of two.
const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// Accounts of a customer, with their version.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) accounts: Vec<Account>,
    pub(crate) version: String,
}

/// Returns the customer's accounts from the store. Reads them from Stripe first if events may have been missed.
pub(crate) async fn known_accounts_of(
    app: &AppState,
    stripe: &Stripe,
    customer: &HolderId,
) -> Result<Known, ApiError> {
    let listed_at = app.store.listed_at(customer).await?;
    if let Some(listed_at) = listed_at.filter(|at| *at >= app.watch.without_gap_since()) {
        // A time in the future, from a clock that was ahead, says nothing about the age, so it counts as old.
        if crate::clock::now().duration_since(listed_at).abs() > FRESH {
            queue_listing(app, customer);
        }
    } else {
        let accounts = read_accounts_of(app, stripe, customer).await?;
        // A failed write was tolerated: the store is empty or older than what was read.
        if app.store.listed_at(customer).await? == listed_at {
            return Ok(Known { accounts, version: accounts::version(0, 0) });
        }
    }
    let mut kept = stored_accounts_of(app, customer).await?;
    let all = kept.len();
    let changes = kept.iter().map(|kept| kept.revision).sum();
    let version = accounts::version(i64::try_from(all).unwrap_or(i64::MAX), changes);
    kept.retain(|kept| kept.replaced_by.is_none());
    Ok(Known { accounts: kept.into_iter().map(|kept| kept.account).collect(), version })
}

/// Returns all accounts of the customer from the store, including those that another one has replaced, if they were read
/// from Stripe in the last minutes and no event has been missed since.
pub(crate) async fn recent_accounts_of(
    app: &AppState,
    customer: &HolderId,
) -> Result<Option<Vec<Account>>, StoreError> {
    let (since, now) = (app.watch.without_gap_since(), crate::clock::now());
    let listed_at = app.store.listed_at(customer).await?;
    if !listed_at.is_some_and(|at| at >= since && now.duration_since(at).abs() <= RECENT) {
        return Ok(None);
    }
    let kept = stored_accounts_of(app, customer).await?;
    Ok(Some(kept.into_iter().map(|kept| kept.account).collect()))
}

/// Returns the customer's accounts from the store, in Stripe's order: the newest first.
async fn stored_accounts_of(app: &AppState, customer: &HolderId) -> Result<Vec<StoredAccount>, StoreError> {
    let mut kept = app.store.accounts_of(customer).await?;
    kept.sort_by(|a, b| b.account.created.cmp(&a.account.created).then(a.account.id.cmp(&b.account.id)));
    Ok(kept)
}

/// Queues a listing of the customer's accounts in the background. A failure is harmless: the next request queues it
/// again.
fn queue_listing(app: &AppState, customer: &HolderId) {
    let now = crate::clock::now();
    let (store, connections) = (app.store.clone(), app.connections.clone());
    let again = NewJob {
        kind: JobKind::Customer,
        subject: customer.to_string(),
        urgency: Urgency::Routine,
        created: None,
        due: now,
    };
    tokio::spawn(async move {
        match store.mark(&[again], now).await {
            Ok(()) => connections.work().notify_one(),
            Err(error) => tracing::warn!(%error, "failed to queue a listing: {error}"),
        }
    });
}

/// Returns the account from the store. Reads it from Stripe first if events may have been missed.
pub(crate) async fn known_account(
    app: &AppState,
    stripe: &Stripe,
    id: &AccountId,
) -> Result<Account, ApiError> {
    let since = app.watch.without_gap_since();
    match app.store.account(id).await?.filter(|kept| kept.read_at >= since) {
        Some(kept) => Ok(kept.account),
        None => read_account(app, stripe, id).await,
    }
}

/// Returns the account as read from Stripe.
pub(crate) async fn read_account(
    app: &AppState,
    stripe: &Stripe,
    id: &AccountId,
) -> Result<Account, ApiError> {
    let reading = stripe.account(id).await?;
    let mut account = reading.account.clone();
    keep(app, vec![reading]).await?;
    add_blocks(app, std::slice::from_mut(&mut account)).await;
    Ok(account)
}

/// Returns the customer's accounts as read from Stripe, without those that another one has replaced.
pub(crate) async fn read_accounts_of(
    app: &AppState,
    stripe: &Stripe,
    customer: &HolderId,
) -> Result<Vec<Account>, ApiError> {
    let mut accounts = read_all_accounts_of(app, stripe, customer).await?;
    drop_replaced(app, &mut accounts).await;
    Ok(accounts)
}

/// Drops the accounts that another one has replaced. A failure of the database drops none, because a customer's request
/// must not fail for it.
pub(crate) async fn drop_replaced(app: &AppState, accounts: &mut Vec<Account>) {
    let replaced = app.store.replaced_among(accounts).await.unwrap_or_else(|error| {
        tracing::error!(%error, "failed to read which accounts are replaced: {error}");
        Vec::new()
    });
    accounts.retain(|account| !replaced.contains(&account.id));
}

/// Adds what Stripe's accounts do not say: the block of an account's payment method. A failure of the database adds none,
/// because a customer's request must not fail for it.
pub(crate) async fn add_blocks(app: &AppState, accounts: &mut [Account]) {
    let blocks = app.store.blocks_among(accounts).await.unwrap_or_else(|error| {
        tracing::error!(%error, "failed to read which payment methods are blocked: {error}");
        Vec::new()
    });
    for (id, block) in blocks {
        if let Some(account) = accounts.iter_mut().find(|account| account.id == id) {
            account.payment_block = Some(block);
        }
    }
}

/// Returns all accounts of the customer as read from Stripe.
pub(crate) async fn read_all_accounts_of(
    app: &AppState,
    stripe: &Stripe,
    customer: &HolderId,
) -> Result<Vec<Account>, ApiError> {
    let read = stripe.accounts_of(customer).await?;
    let kept = app.connections.keep_all_of(customer, read.value.clone(), read.as_of, ReadReason::Look).await;
    tolerate(kept)?;
    let mut accounts = read.value;
    add_blocks(app, &mut accounts).await;
    Ok(accounts)
}

async fn keep(app: &AppState, readings: Vec<Reading>) -> Result<(), ApiError> {
    tolerate(app.connections.keep(readings, ReadReason::Look).await)
}

/// True if a relink repairs the bank login. Asks Stripe, unless it was asked after the last change of the login's
/// accounts.
pub(crate) async fn is_repairable_login(
    app: &AppState,
    stripe: &Stripe,
    login: &AuthorizationId,
) -> Result<bool, ApiError> {
    if let Some(known) = app.store.is_repairable(login).await? {
        return Ok(known);
    }
    let read_at = crate::clock::now();
    let is_repairable = can_be_repaired(&stripe.authorization(login).await?);
    app.store.save_login(login, is_repairable, read_at).await?;
    Ok(is_repairable)
}

/// Turns a failed write into a log line: a customer's request must not fail because the store does.
fn tolerate(kept: Result<(), StoreReadingError>) -> Result<(), ApiError> {
    match kept {
        Ok(()) => Ok(()),
        Err(StoreReadingError::Version(error)) => Err(error.into()),
        Err(StoreReadingError::Store(error)) => {
            tracing::error!(%error, "failed to store accounts: {error}");
            Ok(())
        }
    }
}
