//! The customer's answer to which accounts are the same, where they look alike: counts once, across all servers.

use relink_protocol::{AccountPair, RelinkOutcome, Replacement, paired};
use serde_json::json;

use crate::domain::attempt::Attempt;
use crate::domain::audit::{AuditAction, AuditSource};
use crate::domain::customer_claims::Caller;
use crate::domain::outcome::Answer;
use crate::http::error::ApiError;
use crate::state::AppState;
use crate::store::{StoreError, Transaction, attempts, audit, payments};

/// Pairs the accounts that the customer says are the same, and returns the outcome that follows. The same answer again
/// changes nothing.
///
/// # Errors
///
/// [`ApiError::NotFound`] for accounts about which this caller was not asked. [`ApiError::AlreadyAnswered`] for another
/// answer than the first one, and for a pair that has become void meanwhile, which closes the question.
pub(crate) async fn pair(
    app: &AppState,
    caller: &Caller,
    source: AuditSource,
    attempt: &Attempt,
    mut pairs: Vec<AccountPair>,
) -> Result<RelinkOutcome, ApiError> {
    pairs.sort();
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    // Read again under the lock, so that of two answers at the same time the second one finds the first.
    let settled = attempts::lock_outcome(&app.store, &mut change, &attempt.session).await?;
    let Some(settled) = settled else { return Err(ApiError::NotFound) };
    // Returning early rolls the transaction back.
    let answered = match settled.answer(caller, &pairs) {
        Answer::First(answered) => *answered,
        Answer::Repeated => return Ok(settled.visible_to(caller)),
        Answer::Different => return Err(ApiError::AlreadyAnswered),
        Answer::OutOfQuestion => return Err(ApiError::NotFound),
    };
    let replacements = paired(&attempt.before, &pairs);
    let is_void = !app.connections.can_replace(&mut change, &replacements, now).await?;
    let answered = if is_void { settled.closed() } else { answered };
    attempts::answer(&mut change, &attempt.session, &answered).await?;
    let effective = if is_void { Vec::new() } else { in_effect(attempt, &mut change, replacements).await? };
    let mut entries = app.connections.replace_in(&mut change, &effective, &source, now).await?;
    let detail = json!({"pairs": pairs, "is_void": is_void});
    entries.push(attempt.entry(source, AuditAction::AccountsPaired, &attempt.account, detail));
    audit::append_all(&mut change, &entries, now).await?;
    change.commit().await.map_err(StoreError::from)?;
    app.connections.messages().notify_one();
    app.connections.ring(!effective.is_empty());
    if is_void { Err(ApiError::AlreadyAnswered) } else { Ok(answered.visible_to(caller)) }
}

/// Returns the replacements that take effect at once. Where money moves, payment methods of the old account still point to
/// it until the customer pays from the new one.
async fn in_effect(
    attempt: &Attempt,
    change: &mut Transaction,
    replacements: Vec<Replacement>,
) -> Result<Vec<Replacement>, StoreError> {
    if !attempt.purpose.moves_money() {
        return Ok(replacements);
    }
    let mut effective = Vec::new();
    for replacement in replacements {
        if payments::is_made(change, &attempt.session, &replacement.new).await? {
            effective.push(replacement);
        }
    }
    Ok(effective)
}
