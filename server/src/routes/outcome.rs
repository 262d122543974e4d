//! `POST /api/sessions/{id}/outcome`: what an attempt achieved. Stripe is asked each time; the browser's report is a
//! hint.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::Session;
use relink_protocol::{ReadOutcome, RelinkOutcome, Reported, decide};

use crate::app::App;
use crate::attempts::Attempt;
use crate::domain::caller::Caller;
use crate::domain::session::is_for;
use crate::extract::{Body, SessionPath};
use crate::failure::Failure;

/// When Stripe is asked again while it does not know yet, though the customer is through: three seconds in all.
const ASK_AGAIN_AFTER: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(1250),
];

/// The outcome of an attempt that was begun by this caller in this sign-in session.
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    SessionPath(session): SessionPath,
    Body(ReadOutcome { reported }): Body<ReadOutcome>,
) -> Result<impl IntoResponse, Failure> {
    let attempt = app.attempts.find(&caller, &session).ok_or(Failure::NotFound)?;
    app.attempts.report(&session, reported);
    let schedule: &[Duration] = if reported == Reported::Finished { &ASK_AGAIN_AFTER } else { &[] };
    let outcome = while_pending(schedule, || ask(&app, &attempt, reported)).await?;
    if outcome != RelinkOutcome::Pending {
        app.attempts.settle(&session, outcome);
    }
    let Attempt { account, customer, .. } = attempt;
    tracing::info!(%session, %account, %customer, ?outcome, ?reported, "relink outcome");
    Ok(([(CACHE_CONTROL, "no-store")], Json(outcome)))
}

/// Asks once, and again on schedule for as long as the outcome is pending. That a later question fails changes nothing:
/// then it is still pending.
async fn while_pending<Asking: Future<Output = Result<RelinkOutcome, Failure>>>(
    schedule: &[Duration],
    ask: impl Fn() -> Asking,
) -> Result<RelinkOutcome, Failure> {
    let mut outcome = ask().await?;
    for wait in schedule {
        if outcome != RelinkOutcome::Pending {
            break;
        }
        tokio::time::sleep(*wait).await;
        match ask().await {
            Ok(next) => outcome = next,
            Err(Failure::StripeUnavailable | Failure::RateLimited) => break,
            Err(failure) => return Err(failure),
        }
    }
    Ok(outcome)
}

async fn ask(app: &App, attempt: &Attempt, reported: Reported) -> Result<RelinkOutcome, Failure> {
    let session = app.stripe.session(&attempt.session).await?;
    if session.id != attempt.session || !is_for(&session, &attempt.account)? {
        tracing::error!(session = %attempt.session, account = %attempt.account, "Stripe has another account in this session");
        return Err(Failure::Internal);
    }
    Ok(settle(attempt, &session, reported))
}

/// What Stripe has decided stands. What only the browser's report decided stays as it was first answered, until Stripe
/// says otherwise.
fn settle(attempt: &Attempt, session: &Session, reported: Reported) -> RelinkOutcome {
    match (decide(&attempt.account, session, Reported::Unknown), attempt.settled) {
        (RelinkOutcome::Pending, Some(settled)) => settled,
        (RelinkOutcome::Pending, None) => decide(&attempt.account, session, reported),
        (decided, _) => decided,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::ready;

    use serde_json::json;
    use tokio::time::Instant;

    use super::*;

    /// Pending so many times, then repaired. Gives what came out, the number of questions and the seconds it took.
    async fn asked(pending: usize) -> (RelinkOutcome, usize, f64) {
        let (questions, started) = (Cell::new(0), Instant::now());
        let ask = || {
            questions.set(questions.get() + 1);
            let decided = questions.get() > pending;
            ready(Ok(if decided { RelinkOutcome::Relinked } else { RelinkOutcome::Pending }))
        };
        let outcome = while_pending(&ASK_AGAIN_AFTER, ask).await.unwrap();
        (outcome, questions.get(), started.elapsed().as_secs_f64())
    }

    #[tokio::test(start_paused = true)]
    async fn stripe_is_asked_again_for_three_seconds_and_not_longer_than_needed() {
        for (pending, outcome, questions, seconds) in [
            (0, RelinkOutcome::Relinked, 1, 0.0),
            (2, RelinkOutcome::Relinked, 3, 0.75),
            (4, RelinkOutcome::Relinked, 5, 3.0),
            (9, RelinkOutcome::Pending, 5, 3.0),
        ] {
            let (decided, asked, took) = asked(pending).await;
            assert_eq!((decided, asked), (outcome, questions), "{pending}");
            assert!((took - seconds).abs() < 0.05, "{pending}: {took}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_question_that_stripe_does_not_answer_leaves_it_pending() {
        let questions = Cell::new(0);
        let ask = || {
            questions.set(questions.get() + 1);
            ready(if questions.get() == 1 { Ok(RelinkOutcome::Pending) } else { Err(Failure::RateLimited) })
        };
        assert_eq!(while_pending(&ASK_AGAIN_AFTER, ask).await, Ok(RelinkOutcome::Pending));
        assert_eq!(questions.get(), 2);
    }

    #[test]
    fn a_hint_settles_once_and_stripe_may_still_correct_it() {
        use RelinkOutcome::{Cancelled, Pending, Relinked};
        let session = |result: serde_json::Value| -> Session {
            serde_json::from_value(json!({"id": "fcsess_1", "accounts": [], "relink_result": result}))
                .unwrap()
        };
        let silent = session(json!(null));
        let repaired =
            session(json!({"authorization": "fcauth_1", "account": "fca_1", "failure_reason": null}));
        let attempt = |settled| Attempt {
            session: "fcsess_1".parse().unwrap(),
            customer: "cus_1".parse().unwrap(),
            sign_in: None,
            account: "fca_1".parse().unwrap(),
            started_at: jiff::Timestamp::UNIX_EPOCH,
            reported: Reported::Unknown,
            settled,
        };
        assert_eq!(settle(&attempt(None), &silent, Reported::Finished), Pending);
        assert_eq!(settle(&attempt(None), &silent, Reported::Closed), Cancelled);
        assert_eq!(settle(&attempt(Some(Cancelled)), &silent, Reported::Finished), Cancelled);
        assert_eq!(settle(&attempt(Some(Cancelled)), &repaired, Reported::Closed), Relinked);
    }
}
