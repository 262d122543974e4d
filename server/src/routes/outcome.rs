//! `POST /api/sessions/{id}/outcome`: what an attempt achieved. Stripe decides; the browser's report is a hint.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::{Account, Accounts, Session};
use relink_protocol::{Achieved, KnownAccount, ReadOutcome, RelinkOutcome, Reported, decide};

use crate::app::App;
use crate::attempts::Attempt;
use crate::domain::after::{After, Settled, Words, settled, summary};
use crate::domain::caller::Caller;
use crate::domain::follow_up::needed;
use crate::domain::plan::is_as_requested;
use crate::extract::{Body, SessionPath};
use crate::failure::Failure;
use crate::stripe::StripeError;

/// When Stripe is asked again while it does not know yet, though the customer is through: three seconds in all.
const ASK_AGAIN_AFTER: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(1250),
];

/// A token names no more accounts.
const MOST_UNLISTED: usize = 20;

/// The outcome of an attempt that was begun by this caller in this sign-in session. Once Stripe has decided it stays.
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    SessionPath(session): SessionPath,
    Body(ReadOutcome { reported }): Body<ReadOutcome>,
) -> Result<impl IntoResponse, Failure> {
    let attempt = app.attempts.find(&caller, &session).ok_or(Failure::NotFound)?;
    app.attempts.report(&session, reported);
    let outcome = match &attempt.settled {
        Some(settled) if settled.by_stripe => settled.visible_to(&caller),
        Some(_) | None => {
            let schedule: &[Duration] = if reported == Reported::Finished { &ASK_AGAIN_AFTER } else { &[] };
            let verdict = while_pending(schedule, || ask(&app, &attempt, reported)).await?;
            conclude(&app, &caller, &attempt, verdict).await?
        }
    };
    let (name, [restored, added, still_broken]) = summary(&outcome);
    let Attempt { account, customer, .. } = attempt;
    tracing::info!(
        %session, %account, %customer, outcome = name, restored, added, still_broken, ?reported, "relink outcome"
    );
    Ok(([(CACHE_CONTROL, "no-store")], Json(outcome)))
}

/// What one question to Stripe tells.
#[derive(Debug)]
enum Verdict {
    /// What was said before stays.
    Stays(Settled),
    /// This, which may be that it is not decided, by Stripe's word or else by the browser's.
    Decided { achieved: Achieved, by_stripe: bool, accounts: Accounts },
}

impl Verdict {
    fn is_pending(&self) -> bool {
        matches!(self, Self::Decided { achieved: Achieved::Pending, .. })
    }
}

/// Asks once, and again on schedule for as long as the outcome is pending. That a later question fails changes nothing:
/// then it is still pending.
async fn while_pending<Asking: Future<Output = Result<Verdict, Failure>>>(
    schedule: &[Duration],
    ask: impl Fn() -> Asking,
) -> Result<Verdict, Failure> {
    let mut verdict = ask().await?;
    for wait in schedule {
        if !verdict.is_pending() {
            break;
        }
        tokio::time::sleep(*wait).await;
        match ask().await {
            Ok(next) => verdict = next,
            Err(Failure::StripeUnavailable | Failure::RateLimited) => break,
            Err(failure) => return Err(failure),
        }
    }
    Ok(verdict)
}

async fn ask(app: &App, attempt: &Attempt, reported: Reported) -> Result<Verdict, Failure> {
    let session = app.stripe.session(&attempt.session).await?;
    if session.id != attempt.session || !is_as_requested(&session, &attempt.requested)? {
        tracing::error!(session = %attempt.session, account = %attempt.account, "Stripe has something else in this session");
        return Err(Failure::Internal);
    }
    Ok(judge(attempt, &session, reported))
}

/// What Stripe has decided stands. What only the browser's report decided stays as it was first answered, until Stripe
/// says otherwise.
fn judge(attempt: &Attempt, session: &Session, reported: Reported) -> Verdict {
    let by_stripe = decide(&attempt.requested, session, Reported::Unknown);
    let is_silent = by_stripe == Achieved::Pending;
    match &attempt.settled {
        Some(settled) if is_silent => Verdict::Stays(settled.clone()),
        Some(_) | None => {
            let achieved = if is_silent { decide(&attempt.requested, session, reported) } else { by_stripe };
            let accounts = session.accounts.clone();
            Verdict::Decided { achieved, by_stripe: !is_silent, accounts }
        }
    }
}

/// From what Stripe says to what the customer is told, remembered from then on.
async fn conclude(
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    verdict: Verdict,
) -> Result<RelinkOutcome, Failure> {
    let (achieved, by_stripe, accounts) = match verdict {
        Verdict::Stays(settled) => return Ok(settled.visible_to(caller)),
        Verdict::Decided { achieved, by_stripe, accounts } => (achieved, by_stripe, accounts),
    };
    let after = match achieved {
        Achieved::Pending => return Ok(RelinkOutcome::Pending),
        Achieved::Linked | Achieved::NewAuthorization => look_around(app, attempt, accounts).await?,
        Achieved::NoAccount | Achieved::NoAuthorization | Achieved::Failed | Achieved::Cancelled => {
            After::default()
        }
    };
    let words = Words { mandate: &app.config.mandate, merchant: &app.config.merchant_name };
    let Attempt { purpose, requested, before, .. } = attempt;
    let outcome = settled(achieved, *purpose, requested, before, &after, words);
    let linked = after.linked.iter().map(|account| account.id.clone()).collect();
    let (settled, is_first) = app.attempts.settle(&attempt.session, Settled { outcome, linked, by_stripe });
    if is_first {
        follow_up(app, &settled, &after);
    }
    Ok(settled.visible_to(caller))
}

/// Once for what works again or is new. Begun here, done in the background.
fn follow_up(app: &App, settled: &Settled, after: &After) {
    for id in settled.works() {
        // What the customer has now is newer than what the session lists.
        let mut accounts = after.now.iter().flatten().chain(&after.linked);
        if let Some(account) = accounts.find(|account| account.id == *id) {
            app.follow_ups.begin(&app.stripe, id, needed(account, &app.config.follow_up));
        } else {
            tracing::warn!(account = %id, "not followed up, because Stripe did not tell what it shares");
        }
    }
}

/// What the session linked, and what the customer has now. Only the first must be known.
async fn look_around(app: &App, attempt: &Attempt, accounts: Accounts) -> Result<After, Failure> {
    let (linked, now) = tokio::join!(linked(app, attempt, accounts), accounts_now(app, attempt));
    let now = now.inspect_err(|error| {
        tracing::warn!(%error, customer = %attempt.customer, "what else was repaired is not known: {error}");
    });
    Ok(After { linked: linked?, now: now.ok() })
}

async fn linked(app: &App, attempt: &Attempt, accounts: Accounts) -> Result<Vec<Account>, StripeError> {
    match accounts {
        Accounts::Array(accounts) | Accounts::List { data: accounts, has_more: false } => Ok(accounts),
        Accounts::List { data, has_more: true } => {
            let mut linked = app.stripe.accounts_linked_in(&attempt.session).await?;
            for account in data {
                if !linked.iter().any(|other| other.id == account.id) {
                    linked.push(account);
                }
            }
            Ok(linked)
        }
    }
}

/// The customer's accounts, and those of before that no list of the customer's has, because they have no holder.
async fn accounts_now(app: &App, attempt: &Attempt) -> Result<Vec<Account>, StripeError> {
    let mut accounts = app.stripe.accounts_of(&attempt.customer).await?;
    let is_listed = |known: &&KnownAccount| accounts.iter().any(|account| account.id == known.name.id);
    let unlisted: Vec<_> =
        attempt.before.iter().filter(|known| !is_listed(known)).take(MOST_UNLISTED).collect();
    for known in unlisted {
        accounts.push(app.stripe.account(&known.name.id).await?);
    }
    Ok(accounts)
}

#[cfg(test)]
mod tests;
