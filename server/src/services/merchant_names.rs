//! Names that customers know a merchant by: the setting, or for customers of a platform's connected account the name of that
//! account's business, as Stripe has it. Whoever charges directly is the creditor, and not the platform.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use relink_protocol::StripeAccountId;
use tracing::Instrument;

use crate::state::AppState;
use crate::store::StoreError;
use crate::store::merchant_names::StoredName;
use crate::stripe::{Stripe, StripeError};
use crate::traces::InTrace;

/// Age up to which a name is used without another look.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// The same where Stripe had no name, or did not tell it.
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
/// old. Fails where Stripe does not answer, because a customer agrees to what has this name. It is the setting's if Stripe
/// has no name, or the key may not read it.
pub(crate) async fn current(
    app: &AppState,
    stripe: &Stripe,
    account: Option<&StripeAccountId>,
) -> Result<String, NameError> {
    let Some(account) = account else { return Ok(app.config.merchant_name.clone()) };
    let now = crate::clock::now().as_second();
    let stored = app.store.merchant_name(account).await?;
    let is_fresh = |stored: &StoredName| {
        let fresh = if stored.name.is_some() { FRESH } else { FRESH_WITHOUT_NAME };
        (0..fresh.as_secs()).contains(&(now - stored.read_at))
    };
    let stored = if let Some(stored) = stored.filter(is_fresh) {
        stored
    } else {
        let stored = StoredName { name: read(stripe, account).await?, read_at: now };
        app.store.save_merchant_name(account, &stored).await?;
        stored
    };
    Ok(stored.name.unwrap_or_else(|| app.config.merchant_name.clone()))
}

/// Returns the name for a customer's page, which waits for it briefly: without an answer it is the one that is stored, and
/// the reading goes on for the next request.
pub(crate) async fn for_page(
    app: &Arc<AppState>,
    stripe: &Stripe,
    account: Option<&StripeAccountId>,
) -> Result<String, StoreError> {
    let Some(id) = account.cloned() else { return Ok(app.config.merchant_name.clone()) };
    let (state, stripe) = (app.clone(), stripe.clone());
    let reading = async move { current(&state, &stripe, Some(&id)).await };
    let reading = tokio::spawn(reading.in_current_span().with_current_context());
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(Ok(name))) => Ok(name),
        Ok(Ok(Err(NameError::Store(error)))) => Err(error),
        Ok(Ok(Err(NameError::Stripe(_))) | Err(_)) | Err(_) => known(app, account).await,
    }
}

/// Returns the name without asking Stripe: the one that is stored, of whatever age, or else the setting's.
pub(crate) async fn known(app: &AppState, account: Option<&StripeAccountId>) -> Result<String, StoreError> {
    let stored = match account {
        Some(account) => app.store.merchant_name(account).await?,
        None => None,
    };
    let name = stored.and_then(|stored| stored.name);
    Ok(name.unwrap_or_else(|| app.config.merchant_name.clone()))
}

/// Reads the name from Stripe.
async fn read(stripe: &Stripe, account: &StripeAccountId) -> Result<Option<String>, StripeError> {
    let name = match stripe.business_name(account).await {
        Err(error @ (StripeError::KeyRefused(_) | StripeError::NotFound(_))) => {
            tracing::warn!(%error, %account, "the name of the connected account {account} can't be read: {error}");
            None
        }
        read => read?,
    };
    let name = name.map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
    let name = name.map(|name| name.chars().take(LONGEST).collect::<String>());
    Ok(name.filter(|name| !name.is_empty()))
}
