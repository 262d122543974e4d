//! Stage that makes the payment method that the customer agreed to.

use relink_protocol::AccountName;

use crate::step::Step;
use crate::{Answer, Event, Failed, Finished, Paid, Request, RetryAction, Stage};

/// Makes a payment method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paying {
    /// Attempt that added the account, with the mandate that the customer accepted.
    pub finished: Finished,
    /// Account to pay from.
    pub account: AccountName,
}

impl Paying {
    /// Requests the payment method. Idempotent: the server makes one for each account of a session.
    pub(crate) fn enter(self) -> Step {
        let (session, account) = (self.finished.session.clone(), self.account.id.clone());
        let request = Request::Pay { session, account };
        Step::Request(Stage::Paying(self), request)
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Answered(_, Answer::Paid(Ok(()))) => {
                let Self { finished, account } = self;
                Step::Goto(Stage::Paid(Paid { finished, account }))
            }
            Event::Answered(_, Answer::Paid(Err(failure))) => {
                Failed::enter(failure, RetryAction::Pay(Box::new(self)))
            }
            _ => Step::Unchanged(Stage::Paying(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{Harness, added, failure, session};
    use crate::{Action, Reason};

    #[test]
    fn pressing_twice_asks_once() {
        let mut harness = Harness::paying();
        harness.press(Action::Pay(added().id));
        harness.press(Action::Leave);
        assert_eq!(harness.request(), None);
        assert!(matches!(harness.stage(), Stage::Paying(_)), "what is under way can't be called back");
        harness.answer(Answer::Paid(Ok(())));
        assert!(
            matches!(harness.stage(), Stage::Paid(paid) if paid.account == added() && paid.mandate() == "You allow it.")
        );
    }

    #[test]
    fn a_lost_answer_is_asked_for_again() {
        for reason in [Reason::ServerUnreachable, Reason::StripeUnavailable, Reason::Offline] {
            let mut harness = Harness::paying();
            harness.answer(Answer::Paid(Err(failure(reason))));
            harness.press(Action::TryAgain);
            let expected = Request::Pay { session: session(), account: added().id };
            assert_eq!(harness.request(), Some(expected), "{reason:?}");
        }
    }

    #[test]
    fn a_refused_account_leads_back_to_the_others() {
        let mut harness = Harness::paying();
        harness.answer(Answer::Paid(Err(failure(Reason::PaymentRefused))));
        harness.press(Action::TryAgain);
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
    }
}
