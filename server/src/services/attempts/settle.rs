//! Turns Stripe's verdict into the outcome that the customer sees, and stores it.

use jiff::Timestamp;
use relink_protocol::stripe::{Account, Accounts};
use relink_protocol::{AccountId, AccountName, KnownAccount, OutcomeInput, Replacement, SessionResult};
use serde_json::json;

use super::{AttemptError, Verdict};
use crate::domain::attempt::Attempt;
use crate::domain::audit::{AuditAction, AuditSource, Entry};
use crate::domain::connection::{ReadReason, Reading, StoredAccount};
use crate::domain::follow_up::{FollowUp, needed};
use crate::domain::mandate::Creditor;
use crate::domain::merchant_event::MerchantEvent;
use crate::domain::merchant_event_payload::relink_failed;
use crate::domain::outcome::{AccountsAfter, Offer, Settled, Words, replaced, settled};
use crate::services::merchant_names;
use crate::state::AppState;
use crate::store::job_queue::mark;
use crate::store::{StoreError, Transaction, attempts, audit, follow_ups, merchant_events};
use crate::stripe::Stripe;
use crate::traces::{self, InTrace, SpanKind};

/// Most accounts that are read one by one: a token names no more.
const MAX_UNLISTED: usize = 20;

/// Returns the outcome of the attempt; `None` while it is undecided. The first call that settles the attempt also
/// enters the merchant event, the audit entry (attributed to `source`) and the follow-ups of the accounts that work
/// again.
///
/// What follows belongs to the trace in which the customer began, whoever asks for the outcome.
pub(crate) async fn conclude(
    app: &AppState,
    stripe: &Stripe,
    attempt: &Attempt,
    verdict: Verdict,
    source: AuditSource,
) -> Result<Option<Settled>, AttemptError> {
    if !app.traces.are_on() {
        return conclude_in_trace(app, stripe, attempt, verdict, source).await;
    }
    let trace = app.store.trace_of_attempt(&attempt.session).await?;
    let parent = trace.as_deref().and_then(traces::parse);
    let span = app.traces.begin(SpanKind::Internal, "settle attempt", parent);
    span.link_current();
    let concluding = conclude_in_trace(app, stripe, attempt, verdict, source);
    let concluded = concluding.with_context(span.context()).await;
    match &concluded {
        Ok(settled) => {
            let outcome = settled.as_ref().map_or("pending", |settled| settled.outcome.name());
            span.set("relink.outcome", outcome);
        }
        Err(_) => span.fail(),
    }
    span.end();
    concluded
}

async fn conclude_in_trace(
    app: &AppState,
    stripe: &Stripe,
    attempt: &Attempt,
    verdict: Verdict,
    source: AuditSource,
) -> Result<Option<Settled>, AttemptError> {
    let (achieved, by_stripe, accounts, as_of) = match verdict {
        Verdict::Stays(settled) => return Ok(Some(settled)),
        Verdict::Decided { achieved, by_stripe, accounts, as_of } => (achieved, by_stripe, accounts, as_of),
    };
    let after = match achieved {
        SessionResult::Pending => return Ok(None),
        SessionResult::Linked | SessionResult::NewAuthorization => {
            look_around(app, stripe, attempt, accounts, as_of).await?
        }
        SessionResult::NoAccount
        | SessionResult::NoAuthorization
        | SessionResult::Failed
        | SessionResult::Cancelled => AccountsAfter::default(),
    };
    let Attempt { purpose, requested, before, language, .. } = attempt;
    let offer = offer(app, attempt);
    // Read where the customer agrees to something, because it is stored as it is shown.
    let merchant = match &offer {
        Some(_) => merchant_names::current(app, stripe, attempt.customer.stripe_account().as_ref()).await?,
        None => app.config.merchant_name.clone(),
    };
    let creditor = Creditor { name: &merchant, help: app.config.help_url.as_deref() };
    let words = Words { offer, language: *language, creditor };
    let now = after.conditions(app.config.condition_rules(), crate::clock::now().as_second());
    let input = OutcomeInput { purpose: *purpose, requested, before, linked: &after.linked, now: &now };
    let (outcome, replaced) =
        (settled(achieved, input, &after, words), replaced(achieved, input, after.now.is_some()));
    let linked = after.linked.iter().map(|account| account.id.clone()).collect();
    let settled = Settled { outcome, linked, by_stripe, pairs: None };
    let end = Conclusion { settled, replaced, after, source };
    Ok(Some(settle(app, attempt, end).await?))
}

/// Returns what the customer is offered to do with an account that was added.
fn offer<'a>(app: &'a AppState, attempt: &Attempt) -> Option<Offer<'a>> {
    if attempt.pays() {
        return Some(Offer::Pay(&app.config.mandate));
    }
    // The token is looked for when the customer has agreed: Stripe may report the result before it makes one.
    let gets_paid = app.config.adds_external_accounts && attempt.payee().is_some();
    gets_paid.then_some(Offer::GetPaid)
}

/// End of an attempt, which is stored unless an earlier one stands.
struct Conclusion {
    settled: Settled,
    replaced: Vec<Replacement>,
    after: AccountsAfter,
    source: AuditSource,
}

/// Stores the outcome with all its consequences in one transaction, once for all servers. Returns the outcome that
/// stands.
async fn settle(app: &AppState, attempt: &Attempt, end: Conclusion) -> Result<Settled, StoreError> {
    let known = app.store.account(&attempt.account).await?;
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    let before = attempts::lock_outcome(&app.store, &mut change, &attempt.session).await?;
    if let Some(stands) = before.clone().filter(|before| !end.settled.corrects(before)) {
        change.rollback().await?;
        return Ok(stands);
    }
    attempts::settle(&mut change, &attempt.session, &end.settled, now).await?;
    if app.config.merchant_webhook.is_some() {
        tell(&mut change, attempt, before.as_ref(), &end.settled, known.as_ref(), now).await?;
    }
    let mut marks = Vec::new();
    for (account, needed) in follow_up(app, &end) {
        marks.extend(follow_ups::begin(&mut change, &account, &needed, now).await?);
    }
    mark(&mut change, &marks, now).await?;
    let mut entries = consequences(app, &mut change, &end, now).await?;
    let source = end.source;
    entries.push(attempt.entry(source, AuditAction::RelinkSettled, &attempt.account, told(&end.settled)));
    audit::append_all(&mut change, &entries, now).await?;
    change.commit().await?;
    app.metrics.session_settled(end.settled.outcome.name(), end.settled.by_stripe);
    app.connections.messages().notify_one();
    app.connections.ring(!end.replaced.is_empty());
    Ok(end.settled)
}

/// Completes the requests of the accounts that work again because of Stripe's result, and replaces those that came back
/// under other identifiers. Returns the audit entries.
async fn consequences(
    app: &AppState,
    change: &mut Transaction,
    end: &Conclusion,
    now: Timestamp,
) -> Result<Vec<Entry>, StoreError> {
    let restored = end.settled.outcome.connected().filter(|_| end.settled.by_stripe);
    let restored = restored.map(|connected| connected.restored.as_slice()).unwrap_or_default();
    let ids: Vec<AccountId> = restored.iter().map(|name: &AccountName| name.id.clone()).collect();
    // All accounts at once, because each transaction locks them in the same order.
    let pairs = end.replaced.iter().flat_map(|pair| [&pair.old, &pair.new]);
    app.connections.locked(change, ids.iter().chain(pairs).collect()).await?;
    let mut entries = app.connections.relinked_in(change, &ids, now).await?;
    entries.extend(app.connections.replace_in(change, &end.replaced, &end.source, now).await?);
    Ok(entries)
}

/// Enters the merchant event about a failure, once per attempt, even if Stripe later gives another reason than the
/// browser did.
async fn tell(
    change: &mut Transaction,
    attempt: &Attempt,
    before: Option<&Settled>,
    settled: &Settled,
    known: Option<&StoredAccount>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(reason) = settled.failure().filter(|_| before.and_then(Settled::failure).is_none()) else {
        return Ok(());
    };
    let Attempt { session, customer, account, choice, .. } = attempt;
    let about = json!({"id": account, "customer": customer});
    let failed = json!({"session": session, "reason": reason, "choice": choice});
    let (id, payload) = relink_failed(account, known, about, failed, crate::clock::new_id(), now);
    merchant_events::enter(change, &id, MerchantEvent::RelinkFailed.as_str(), account.as_str(), &payload, now)
        .await
}

/// Returns the settled outcome as the detail of an audit entry.
fn told(settled: &Settled) -> serde_json::Value {
    let ids =
        |names: &[AccountName]| -> Vec<String> { names.iter().map(|name| name.id.to_string()).collect() };
    let connected = settled.outcome.connected();
    json!({
        "outcome": settled.outcome.name(),
        "by_stripe": settled.by_stripe,
        "linked": settled.linked,
        "restored": connected.map(|connected| ids(&connected.restored)),
        "added": connected.map(|connected| ids(&connected.added)),
        "still_broken": connected.map(|connected| ids(&connected.still_broken)),
        "is_question": settled.outcome.is_question(),
    })
}

/// Returns the follow-ups that each restored or new account needs.
fn follow_up(app: &AppState, end: &Conclusion) -> Vec<(AccountId, Vec<FollowUp>)> {
    let mut all = Vec::new();
    for id in end.settled.works() {
        // The customer's current list is newer than the session's.
        let mut accounts = end.after.now.iter().flatten().chain(&end.after.linked);
        if let Some(account) = accounts.find(|account| account.id == *id) {
            all.push((id.clone(), needed(account, &app.config.follow_up)));
        } else {
            tracing::warn!(account = %id, "not followed up, because Stripe did not tell what it shares");
        }
    }
    // All servers lock rows in the same order, which rules out deadlocks.
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

/// Reads the accounts that the session linked and those that the customer has now, and stores all of them. Only the
/// first read must succeed.
async fn look_around(
    app: &AppState,
    stripe: &Stripe,
    attempt: &Attempt,
    accounts: Accounts,
    as_of: i64,
) -> Result<AccountsAfter, AttemptError> {
    let (linked, now) =
        tokio::join!(linked(stripe, attempt, accounts, as_of), accounts_now(app, stripe, attempt));
    let (linked, now) = (linked?, known(attempt, now)?);
    // The customer's current list is newer, and already stored.
    let is_listed = |id: &AccountId| now.iter().flatten().any(|account| account.id == *id);
    let unlisted = linked.iter().filter(|reading| !is_listed(&reading.account.id)).cloned().collect();
    app.connections.keep(unlisted, ReadReason::Look).await?;
    Ok(AccountsAfter { linked: linked.into_iter().map(|reading| reading.account).collect(), now })
}

/// Turns a failure of Stripe into `None`. A failure of the database stays an error, because the attempt could not be
/// stored either.
fn known(
    attempt: &Attempt,
    now: Result<Vec<Account>, AttemptError>,
) -> Result<Option<Vec<Account>>, StoreError> {
    match now {
        Ok(now) => Ok(Some(now)),
        Err(AttemptError::Store(error)) => Err(error),
        Err(error) => {
            tracing::warn!(%error, customer = %attempt.customer, "failed to read the customer's other accounts: {error}");
            Ok(None)
        }
    }
}

async fn linked(
    stripe: &Stripe,
    attempt: &Attempt,
    accounts: Accounts,
    as_of: i64,
) -> Result<Vec<Reading>, AttemptError> {
    let reading = |as_of| move |account| Reading { account, as_of };
    match accounts {
        Accounts::Array(accounts) | Accounts::List { data: accounts, has_more: false } => {
            Ok(accounts.into_iter().map(reading(as_of)).collect())
        }
        Accounts::List { data, has_more: true } => {
            let all = stripe.accounts_linked_in(&attempt.session).await?;
            let mut linked: Vec<Reading> = all.value.into_iter().map(reading(all.as_of)).collect();
            for account in data {
                if !linked.iter().any(|other| other.account.id == account.id) {
                    linked.push(Reading { account, as_of });
                }
            }
            Ok(linked)
        }
    }
}

/// Returns the customer's current accounts, and earlier ones that no list by customer contains because they have no
/// holder.
async fn accounts_now(
    app: &AppState,
    stripe: &Stripe,
    attempt: &Attempt,
) -> Result<Vec<Account>, AttemptError> {
    let read = stripe.accounts_of(&attempt.customer).await?;
    let mut accounts = read.value;
    app.connections.keep_all_of(&attempt.customer, accounts.clone(), read.as_of, ReadReason::Look).await?;
    let is_listed = |known: &&KnownAccount| accounts.iter().any(|account| account.id == known.name.id);
    let unlisted: Vec<_> =
        attempt.before.iter().filter(|known| !is_listed(known)).take(MAX_UNLISTED).collect();
    for known in unlisted {
        let reading = stripe.account(&known.name.id).await?;
        accounts.push(reading.account.clone());
        app.connections.keep(vec![reading], ReadReason::Look).await?;
    }
    Ok(accounts)
}
