//! Names that customers know a merchant by: the setting, or for customers of a platform's connected account the name of that
//! account's business, as Stripe has it. Whoever charges directly is the creditor, and not the platform.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use relink_protocol::StripeAccountId;
use tracing::Instrument;

use crate::infra::response_cache::Unread;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::merchant_names::StoredName;
use crate::stripe::{Stripe, StripeError};
use crate::traces::InTrace;

/// Age up to which a name is used without another look.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// The same where no name is known: Stripe had none, or the key may not read it.
const FRESH_WITHOUT_NAME: SignedDuration = SignedDuration::from_hours(1);
/// Longest time for which a customer's page waits for a name.
const PATIENCE: Duration = Duration::from_secs(1);
/// Longest name in characters, far above any that Stripe takes.
const LONGEST: usize = 200;

/// Reason for which a name is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NameError {
    #[error(transparent)]
    Stripe(#[from] StripeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Returns the name for customers of this connected account, or of the merchant's own, by a reading that is at most a day
/// old. Fails where Stripe does not answer or accepts no key, because a customer agrees to what has this name. It is the
/// setting's if Stripe has no name, or the key never had the permission to read it.
pub(crate) async fn current(
    app: &AppState,
    stripe: &Stripe,
    account: Option<&StripeAccountId>,
) -> Result<String, NameError> {
    let Some(account) = account else { return Ok(app.config.merchant_name.clone()) };
    let stored = app.store.merchant_name(account).await?;
    let stored = match stored.filter(is_fresh) {
        Some(stored) => stored,
        None => renew(app, stripe, account).await?,
    };
    Ok(named(app, Some(stored)))
}

/// Returns the name for a customer's page. One that is known is shown as it is, and renewed in the background if it is old;
/// without one the page waits briefly, and the reading goes on for the next request. Pages share one reading, and for a minute
/// after a failure there is no other.
pub(crate) async fn for_page(
    app: &Arc<AppState>,
    stripe: &Stripe,
    account: Option<&StripeAccountId>,
) -> Result<String, StoreError> {
    let Some(account) = account else { return Ok(app.config.merchant_name.clone()) };
    let stored = app.store.merchant_name(account).await?;
    if stored.as_ref().is_some_and(is_fresh) {
        return Ok(named(app, stored));
    }
    let reading = read_once(app.clone(), stripe.clone(), account.clone());
    let reading = tokio::spawn(reading.in_current_span().with_current_context());
    if stored.as_ref().is_some_and(|stored| stored.name.is_some()) {
        return Ok(named(app, stored));
    }
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(Ok(name))) => Ok(name),
        Ok(Ok(Err(Unread)) | Err(_)) | Err(_) => Ok(named(app, stored)),
    }
}

/// Reads the name, or waits for who does, and logs a failure once.
async fn read_once(app: Arc<AppState>, stripe: Stripe, account: StripeAccountId) -> Result<String, Unread> {
    let reading = async {
        match current(&app, &stripe, Some(&account)).await {
            // Nothing to keep, because the name is in the database: those who waited read it there.
            Ok(name) => Err(name),
            Err(error) => {
                tracing::warn!(%error, %account, "the name of the connected account {account} can't be read: {error}");
                Ok(Unread)
            }
        }
    };
    match app.recent.unread_names.get_or_call(account.clone(), reading).await {
        Ok(unread) => Err(unread),
        Err(name) => Ok(name),
    }
}

/// Returns the name without asking Stripe: the one that is stored, of whatever age, or else the setting's.
pub(crate) async fn known(app: &AppState, account: Option<&StripeAccountId>) -> Result<String, StoreError> {
    let stored = match account {
        Some(account) => app.store.merchant_name(account).await?,
        None => None,
    };
    Ok(named(app, stored))
}

/// Returns the name that was read, or else the setting's.
fn named(app: &AppState, stored: Option<StoredName>) -> String {
    stored.and_then(|stored| stored.name).unwrap_or_else(|| app.config.merchant_name.clone())
}

/// True if the name is used without another look.
fn is_fresh(stored: &StoredName) -> bool {
    let fresh = if stored.name.is_some() { FRESH } else { FRESH_WITHOUT_NAME };
    (0..fresh.as_secs()).contains(&(crate::clock::now().as_second() - stored.read_at))
}

/// Reads the name from Stripe and stores it. Where Stripe denies it, or has no such connected account any more, the one that
/// was read before stays. Fails where Stripe does not answer, or does not accept the key at all.
async fn renew(app: &AppState, stripe: &Stripe, account: &StripeAccountId) -> Result<StoredName, NameError> {
    let name = match stripe.business_name(account).await {
        Err(error) if error.is_denial() || matches!(error, StripeError::NotFound(_)) => {
            tracing::warn!(%error, %account, "the name of the connected account {account} can't be read: {error}");
            app.store.merchant_name(account).await?.and_then(|stored| stored.name)
        }
        read => read?.and_then(|name| tidy(&name)),
    };
    let stored = StoredName { name, read_at: crate::clock::now().as_second() };
    app.store.save_merchant_name(account, &stored).await?;
    Ok(stored)
}

/// Returns the name on one line and of a limited length; `None` if nothing is left of it.
fn tidy(name: &str) -> Option<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(name.chars().take(LONGEST).collect::<String>()).filter(|name| !name.is_empty())
}
