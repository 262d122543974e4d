//! How long Stripe is asked, and whose word stands.

use std::cell::Cell;
use std::future::ready;

use relink_protocol::{Choice, Purpose, Requested};
use serde_json::json;
use tokio::time::Instant;

use super::*;
use crate::attempts::Paying;

fn verdict(achieved: Achieved) -> Verdict {
    Verdict::Decided { achieved, by_stripe: true, accounts: Accounts::Array(Vec::new()) }
}

/// Pending so many times, then over. Gives whether it is over, the number of questions and the seconds it took.
async fn asked(pending: usize) -> (bool, usize, f64) {
    let (questions, started) = (Cell::new(0), Instant::now());
    let ask = || {
        questions.set(questions.get() + 1);
        ready(Ok(verdict(if questions.get() > pending { Achieved::Cancelled } else { Achieved::Pending })))
    };
    let verdict = while_pending(&ASK_AGAIN_AFTER, ask).await.unwrap();
    (!verdict.is_pending(), questions.get(), started.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn stripe_is_asked_again_for_three_seconds_and_not_longer_than_needed() {
    for (pending, is_over, questions, seconds) in
        [(0, true, 1, 0.0), (2, true, 3, 0.75), (4, true, 5, 3.0), (9, false, 5, 3.0)]
    {
        let (decided, asked, took) = asked(pending).await;
        assert_eq!((decided, asked), (is_over, questions), "{pending}");
        assert!((took - seconds).abs() < 0.05, "{pending}: {took}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_question_that_stripe_does_not_answer_leaves_it_pending() {
    let questions = Cell::new(0);
    let ask = || {
        questions.set(questions.get() + 1);
        ready(if questions.get() == 1 { Ok(verdict(Achieved::Pending)) } else { Err(Failure::RateLimited) })
    };
    assert!(while_pending(&ASK_AGAIN_AFTER, ask).await.unwrap().is_pending());
    assert_eq!(questions.get(), 2);
}

#[test]
fn a_hint_settles_once_and_stripe_may_still_correct_it() {
    let session = |result: serde_json::Value| -> Session {
        serde_json::from_value(json!({"id": "fcsess_1", "accounts": [], "relink_result": result})).unwrap()
    };
    let silent = || session(json!(null));
    let repaired = session(json!({"authorization": "fcauth_1", "account": "fca_1", "failure_reason": null}));
    let requested =
        Requested::Account { account: "fca_1".parse().unwrap(), authorization: "fcauth_1".parse().unwrap() };
    let attempt = |outcome: Option<RelinkOutcome>| Attempt {
        session: "fcsess_1".parse().unwrap(),
        customer: "cus_1".parse().unwrap(),
        sign_in: None,
        account: "fca_1".parse().unwrap(),
        choice: Choice::Repair,
        purpose: Purpose::Payments,
        requested: requested.clone(),
        before: Arc::default(),
        started_at: jiff::Timestamp::UNIX_EPOCH,
        reported: Reported::Unknown,
        settled: outcome.map(|outcome| Settled { outcome, linked: Vec::new(), by_stripe: false }),
        paying: Paying::default(),
    };
    let hinted = Some(RelinkOutcome::Cancelled);
    assert!(judge(&attempt(None), &silent(), Reported::Finished).is_pending());
    assert!(matches!(
        judge(&attempt(None), &silent(), Reported::Closed),
        Verdict::Decided { achieved: Achieved::Cancelled, by_stripe: false, .. }
    ));
    assert!(matches!(
        judge(&attempt(hinted.clone()), &silent(), Reported::Finished),
        Verdict::Stays(Settled { outcome: RelinkOutcome::Cancelled, .. })
    ));
    assert!(matches!(
        judge(&attempt(hinted), &repaired, Reported::Closed),
        Verdict::Decided { achieved: Achieved::Linked, by_stripe: true, .. }
    ));
}
