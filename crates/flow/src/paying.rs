//! Stage that makes the payment method that the customer agreed to.

use relink_protocol::{AccountName, SessionId};

use crate::step::Step;
use crate::{Again, Answer, Event, Failed, Paid, Request, Stage, Target};

/// Makes a payment method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paying {
    /// Account that was to be repaired or replaced.
    pub target: Target,
    /// Session that added the other account.
    pub session: SessionId,
    /// Account to pay from.
    pub account: AccountName,
}

impl Paying {
    /// Requests the payment method. Idempotent: the server makes one for each account of a session.
    pub(crate) fn enter(target: Target, session: SessionId, account: AccountName) -> Step {
        let request = Request::Pay { session: session.clone(), account: account.id.clone() };
        Step::Ask(Stage::Paying(Self { target, session, account }), request)
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Answered(_, Answer::Paid(Ok(()))) => {
                Step::Enter(Stage::Paid(Paid { target: self.target, account: self.account }))
            }
            Event::Answered(_, Answer::Paid(Err(failure))) => Failed::enter(failure, Again::Pay(self)),
            _ => Step::Stay(Stage::Paying(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Walk, added, failure, session};
    use crate::{Action, Reason};

    #[test]
    fn pressing_twice_asks_once() {
        let mut walk = Walk::paying();
        walk.press(Action::Pay(added().id));
        walk.press(Action::Leave);
        assert_eq!(walk.request(), None);
        assert!(matches!(walk.stage(), Stage::Paying(_)), "what is under way can't be called back");
        walk.answer(Answer::Paid(Ok(())));
        assert!(matches!(walk.stage(), Stage::Paid(paid) if paid.account == added()));
    }

    #[test]
    fn a_lost_answer_is_asked_for_again() {
        for reason in [Reason::ServerUnreachable, Reason::StripeUnavailable, Reason::Offline] {
            let mut walk = Walk::paying();
            walk.answer(Answer::Paid(Err(failure(reason))));
            walk.press(Action::TryAgain);
            let expected = Request::Pay { session: session(), account: added().id };
            assert_eq!(walk.request(), Some(expected), "{reason:?}");
        }
    }

    #[test]
    fn a_refused_account_leads_back_to_the_others() {
        let mut walk = Walk::paying();
        walk.answer(Answer::Paid(Err(failure(Reason::PaymentRefused))));
        walk.press(Action::TryAgain);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
    }
}
