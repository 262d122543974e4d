//! Status of banks: read from Stripe when it matters, stored for all servers, and told to the merchant when it changes.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use relink_protocol::stripe::{Account, Institution, Permission};
use relink_protocol::{BankTrouble, InstitutionId, Purpose};
use tracing::Instrument;

use crate::domain::bank_status::{self, FRESH, USABLE, is_within, message, notice};
use crate::domain::policy::Terms;
use crate::state::AppState;
use crate::store::institutions::{self, StoredInstitution};
use crate::store::job_queue::{JobKind, NewJob, Urgency, mark};
use crate::store::{StoreError, merchant_events};
use crate::stripe::{Stripe, StripeError};
use crate::traces::InTrace;

/// Longest time for which a customer's page waits for a bank's status.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reason for which a bank's status is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BankError {
    #[error(transparent)]
    Stripe(#[from] StripeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A bank as read from Stripe, and its trouble with what the merchant uses accounts for first.
#[derive(Debug)]
pub(crate) struct BankNow {
    institution: Institution,
    pub(crate) trouble: Option<BankTrouble>,
}

/// Reads the bank from Stripe and stores it. If its trouble has changed, the merchant is told. With `queues`, a job reads a
/// bank in trouble again until it works.
pub(crate) async fn read(
    app: &AppState,
    stripe: &Stripe,
    id: &InstitutionId,
    queues: bool,
) -> Result<BankNow, BankError> {
    let institution = stripe.institution(id).await?;
    let now = crate::clock::now();
    let trouble = merchants_trouble(app, &institution);
    let mut change = app.store.change().await?;
    let before = institutions::for_update(&app.store, &mut change, id).await?;
    let told = before.as_ref().and_then(|before| before.told.as_deref());
    let (event, tells) = notice(told, trouble);
    let told = tells.map(str::to_owned);
    let stored = StoredInstitution { institution: institution.clone(), read_at: now, told };
    institutions::save(&mut change, &stored).await?;
    if trouble.is_some() && queues {
        let due = now + bank_status::NEXT_LOOK;
        let (kind, subject) = (JobKind::Institution, id.to_string());
        let look = NewJob { kind, subject, urgency: Urgency::Routine, created: None, due };
        mark(&mut change, &[look], now).await?;
    }
    if let Some(event) = event {
        tracing::warn!(institution = %id, ?trouble, "bank {}: {}", institution.name, event.as_str());
        if app.config.merchant_webhook.is_some() {
            let (id, payload) = message(event, &institution, trouble, crate::clock::new_id(), now);
            let subject = institution.id.as_str();
            merchant_events::enter(&mut change, &id, event.as_str(), subject, &payload, now).await?;
        }
    }
    change.commit().await.map_err(StoreError::from)?;
    app.connections.messages().notify_one();
    Ok(BankNow { institution, trouble })
}

/// Returns the trouble of an account's bank, by a reading that is at most minutes old. A bank that Stripe can't describe
/// counts as working, because a wrong warning keeps customers away.
pub(crate) async fn trouble_of(
    app: &AppState,
    stripe: &Stripe,
    account: &Account,
    purpose: Purpose,
    permissions: Option<&[Permission]>,
) -> Option<BankTrouble> {
    let id = account.institution.as_ref()?;
    let bank = match known(app, id, FRESH).await {
        Some(bank) => bank,
        None => look(app, stripe, id).await?,
    };
    bank_status::trouble(&bank, purpose, permissions)
}

/// Returns the trouble of a bank for a customer's page. A reading of the last minutes is shown as it is and renewed in the
/// background; without one the page waits briefly, and the reading goes on for the next request. With `may_ask` false,
/// Stripe is not asked.
pub(crate) async fn trouble_for_page(
    app: &Arc<AppState>,
    stripe: &Stripe,
    id: &InstitutionId,
    terms: &Terms,
    may_ask: bool,
) -> Option<BankTrouble> {
    let trouble =
        |bank: &Institution| bank_status::trouble(bank, terms.purpose, terms.permissions.as_deref());
    if let Some(bank) = known(app, id, FRESH).await {
        return trouble(&bank);
    }
    let older = known(app, id, USABLE).await;
    if !may_ask {
        return older.as_ref().and_then(trouble);
    }
    let (app, stripe, id) = (app.clone(), stripe.clone(), id.clone());
    let looking =
        tokio::spawn(async move { look(&app, &stripe, &id).await }.in_current_span().with_current_context());
    let bank = match older {
        Some(older) => older,
        None => tokio::time::timeout(PATIENCE, looking).await.ok()?.ok()??,
    };
    trouble(&bank)
}

/// Returns the bank as read from Stripe; `None` if that fails.
async fn look(app: &AppState, stripe: &Stripe, id: &InstitutionId) -> Option<Institution> {
    match read(app, stripe, id, true).await {
        Ok(bank) => Some(bank.institution),
        Err(error) => {
            tracing::info!(%error, institution = %id, "a bank's status is not known: {error}");
            None
        }
    }
}

/// Returns the bank's trouble with what the merchant uses accounts for first.
fn merchants_trouble(app: &AppState, bank: &Institution) -> Option<BankTrouble> {
    let purpose = app.config.policy.purposes.first().copied().unwrap_or(Purpose::Payments);
    bank_status::trouble(bank, purpose, app.config.policy.permissions.as_deref())
}

/// Returns the stored bank if its reading is not older than this.
async fn known(app: &AppState, id: &InstitutionId, oldest: SignedDuration) -> Option<Institution> {
    let stored = app.store.institution(id).await.unwrap_or_else(|error| {
        tracing::error!(%error, "failed to read a bank: {error}");
        None
    })?;
    is_within(stored.read_at, oldest, crate::clock::now()).then_some(stored.institution)
}
