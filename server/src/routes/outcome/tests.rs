//! Polling Stripe for an outcome.

use std::cell::Cell;
use std::future::ready;

use relink_protocol::SessionResult;
use relink_protocol::stripe::Accounts;
use tokio::time::Instant;

use super::*;
use crate::stripe::StripeError;

fn verdict(achieved: SessionResult) -> Verdict {
    Verdict::Decided { achieved, by_stripe: true, accounts: Accounts::Array(Vec::new()), as_of: 0 }
}

/// Polls an outcome that is pending for `pending` calls. Returns whether it was decided, the number of calls and the
/// seconds.
async fn asked(pending: usize) -> (bool, usize, f64) {
    let (questions, started) = (Cell::new(0), Instant::now());
    let ask = || {
        questions.set(questions.get() + 1);
        ready(Ok(verdict(if questions.get() > pending {
            SessionResult::Cancelled
        } else {
            SessionResult::Pending
        })))
    };
    let verdict = poll_while_pending(&POLL_DELAYS, ask).await.unwrap();
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
        let down = StripeError::Unreachable("down".to_owned());
        ready(if questions.get() == 1 { Ok(verdict(SessionResult::Pending)) } else { Err(down.into()) })
    };
    assert!(poll_while_pending(&POLL_DELAYS, ask).await.unwrap().is_pending());
    assert_eq!(questions.get(), 2);
}
