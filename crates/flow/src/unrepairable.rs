//! Stage that explains why an account can't be repaired.

use relink_protocol::stripe::Cause;
use relink_protocol::{Choice, Condition};

use crate::step::Step;
use crate::{Action, Answer, Event, Explaining, Stage, Target};

/// Explains why an account can't be repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrepairable {
    /// Account that can't be repaired.
    pub target: Target,
    /// Reason for the break.
    pub cause: Cause,
}

impl Unrepairable {
    pub(crate) fn enter(target: Target, cause: Cause) -> Step {
        let request = target.await_change();
        Step::Ask(Stage::Unrepairable(Self { target, cause }), request)
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Pressed(Action::AnotherBank) if self.target.overview.allows_another => {
                Explaining::enter(self.target.but(Choice::AnotherBank))
            }
            Event::Pressed(Action::Leave) => self.target.back(),
            Event::Answered(_, Answer::Changed(overview)) => match self.target.renewed(overview) {
                Ok((target, _)) => {
                    let cause = match &target.account.condition {
                        Condition::Unrepairable { cause } => cause.clone(),
                        _ => self.cause,
                    };
                    Self::enter(target, cause)
                }
                Err(step) => step,
            },
            _ => Step::Stay(Stage::Unrepairable(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{AccountSummary, Overview};

    use super::*;
    use crate::example::{Walk, changed, closed, overview};
    use crate::{Browsing, Request};

    #[test]
    fn there_is_a_way_back_and_no_way_to_its_bank() {
        let mut walk = Walk::unrepairable();
        for action in [Action::Continue, Action::TryAgain, Action::AnotherAccount] {
            walk.press(action);
            assert!(matches!(walk.stage(), Stage::Unrepairable(_)));
        }
        walk.press(Action::Leave);
        assert!(matches!(walk.stage(), Stage::Browsing(_)));
    }

    #[test]
    fn another_bank_can_take_its_place_once_that_is_explained() {
        let mut walk = Walk::unrepairable();
        walk.press(Action::AnotherBank);
        assert!(
            matches!(walk.stage(), Stage::Explaining(explaining) if explaining.target.choice == Choice::AnotherBank)
        );
        walk.press(Action::Continue);
        walk.answer(Answer::Stripe(Ok(())));
        let expected = Request::StartSession { account: closed().name.id, choice: Choice::AnotherBank };
        assert_eq!(walk.request(), Some(expected));
    }

    #[test]
    fn it_stays_for_another_reason_and_gives_way_when_it_no_longer_holds() {
        let mut walk = Walk::unrepairable();
        let condition = Condition::Unrepairable { cause: Cause::AccessDenied };
        walk.answer(Answer::Changed(changed(vec![AccountSummary { condition, ..closed() }])));
        assert!(matches!(walk.stage(), Stage::Unrepairable(new) if new.cause == Cause::AccessDenied));
        let mended = AccountSummary { condition: Condition::Healthy, ..closed() };
        for accounts in [vec![mended], vec![]] {
            let mut walk = walk.clone();
            walk.answer(Answer::Changed(changed(accounts.clone())));
            let expected = Browsing { overview: changed(accounts), overtaken: Some(closed().name) };
            assert_eq!(*walk.stage(), Stage::Browsing(expected));
        }
    }

    #[test]
    fn where_no_other_account_is_allowed_none_can_take_its_place() {
        let mut walk = Walk::start();
        walk.answer(Answer::Accounts(Ok(Overview { allows_another: false, ..overview() })));
        walk.press(Action::Choose(closed().name.id));
        walk.press(Action::AnotherBank);
        assert!(matches!(walk.stage(), Stage::Unrepairable(_)));
    }
}
