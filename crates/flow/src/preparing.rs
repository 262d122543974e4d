//! Stage that fetches what the bank window needs: first Stripe.js, then the session, so that none is made in vain.

use crate::step::Step;
use crate::{Action, Answer, AtBank, Event, Failed, Request, RetryAction, Stage, Target};

/// Fetches what the bank window needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preparing {
    /// Account to repair or replace.
    pub target: Target,
    /// Prerequisite that is being fetched.
    pub waiting_for: Preparation,
}

/// Prerequisite of the bank window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preparation {
    /// Stripe.js.
    Stripe,
    /// A session for this one attempt.
    Session,
}

impl Preparing {
    /// Only ever called after a gesture of the customer.
    pub(crate) fn enter(target: Target) -> Step {
        let url = target.overview.stripe_js.clone();
        let preparing = Self { target, waiting_for: Preparation::Stripe };
        Step::Request(Stage::Preparing(preparing), Request::LoadStripe { url })
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match (self.waiting_for, event) {
            (_, Event::Action(Action::Leave)) => self.target.back(),
            (Preparation::Stripe, Event::Answered(_, Answer::Stripe(answer))) => match answer {
                Ok(()) => {
                    let (account, choice) = (self.target.account.name.id.clone(), self.target.choice);
                    let preparing = Self { waiting_for: Preparation::Session, ..self };
                    Step::Request(Stage::Preparing(preparing), Request::StartSession { account, choice })
                }
                Err(failure) => Failed::enter(failure, RetryAction::Prepare(self.target)),
            },
            (Preparation::Session, Event::Answered(_, Answer::Session(answer))) => match answer {
                Ok(started) => AtBank::enter(self.target, started),
                Err(failure) => Failed::enter(failure, RetryAction::Prepare(self.target)),
            },
            _ => Step::Unchanged(Stage::Preparing(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::Choice;

    use super::*;
    use crate::test_support::{Harness, broken, failure, overview, session, started};
    use crate::{Browsing, Reason};

    #[test]
    fn a_session_is_made_only_once_stripe_js_is_there() {
        let mut harness = Harness::explaining();
        harness.press(Action::Continue);
        assert_eq!(harness.request(), Some(Request::LoadStripe { url: overview().stripe_js }));
        harness.answer(Answer::Stripe(Ok(())));
        let expected = Request::StartSession { account: broken().name.id, choice: Choice::Repair };
        assert_eq!(harness.request(), Some(expected));
        harness.answer(Answer::Session(Ok(started())));
        let url = overview().stripe_js;
        assert_eq!(harness.request(), Some(Request::OpenBank { url, started: started() }));
    }

    #[test]
    fn pressing_twice_starts_one_attempt() {
        let mut harness = Harness::explaining();
        harness.press(Action::Continue);
        harness.press(Action::Continue);
        assert_eq!(harness.request(), None, "the second press asks for nothing");
        let mut harness = Harness::preparing();
        harness.press(Action::Continue);
        harness.press(Action::TryAgain);
        assert_eq!(harness.request(), None);
    }

    #[test]
    fn a_session_that_comes_after_the_customer_left_opens_no_window() {
        let mut harness = Harness::preparing();
        harness.answer(Answer::Stripe(Ok(())));
        let late = harness.ticket();
        harness.press(Action::Leave);
        harness.event(Event::Answered(late, Answer::Session(Ok(started()))));
        assert_eq!(*harness.stage(), Stage::Browsing(Browsing { overview: overview(), notice: None }));
        assert_eq!(harness.request(), None, "the answer is late");
    }

    #[test]
    fn blocked_stripe_js_is_a_failure_that_a_new_press_tries_again() {
        let mut harness = Harness::preparing();
        harness.answer(Answer::Stripe(Err(failure(Reason::StripeBlocked))));
        assert!(
            matches!(harness.stage(), Stage::Failed(failed) if failed.failure.reason == Reason::StripeBlocked)
        );
        harness.press(Action::TryAgain);
        assert_eq!(harness.request(), Some(Request::LoadStripe { url: overview().stripe_js }));
    }

    #[test]
    fn the_window_knows_its_session() {
        let mut harness = Harness::at_bank();
        assert!(matches!(harness.stage(), Stage::AtBank(at_bank) if at_bank.session == session()));
        harness.press(Action::Continue);
        assert_eq!(harness.request(), None);
    }
}
