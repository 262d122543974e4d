//! Saying why an account can't be repaired.

use relink_protocol::Choice;
use relink_protocol::stripe::Cause;

use crate::step::Step;
use crate::{Action, Event, Explaining, Stage, Target};

/// Knows the account, and why it is beyond repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrepairable {
    /// The account.
    pub target: Target,
    /// Why it broke.
    pub cause: Cause,
}

impl Unrepairable {
    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Pressed(Action::AnotherBank) if self.target.overview.allows_another => {
                Explaining::enter(self.target.but(Choice::AnotherBank))
            }
            Event::Pressed(Action::Leave) => Step::Enter(self.target.back()),
            _ => Step::Stay(Stage::Unrepairable(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::Overview;

    use super::*;
    use crate::example::{Walk, closed, overview};
    use crate::{Answer, Request};

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
    fn where_no_other_account_is_allowed_none_can_take_its_place() {
        let mut walk = Walk::start();
        walk.answer(Answer::Accounts(Ok(Overview { allows_another: false, ..overview() })));
        walk.press(Action::Choose(closed().name.id));
        walk.press(Action::AnotherBank);
        assert!(matches!(walk.stage(), Stage::Unrepairable(_)));
    }
}
