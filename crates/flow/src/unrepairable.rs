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
        Step::Request(Stage::Unrepairable(Self { target, cause }), request)
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Action(Action::AnotherBank) if self.target.overview.allows_another => {
                Explaining::enter(self.target.with_choice(Choice::AnotherBank))
            }
            Event::Action(Action::Leave) => self.target.back(),
            Event::Answered(_, Answer::Changed(overview)) => match self.target.updated(overview) {
                Ok((target, _)) => {
                    let cause = match &target.account.condition {
                        Condition::Unrepairable { cause } => cause.clone(),
                        _ => self.cause,
                    };
                    Self::enter(target, cause)
                }
                Err(step) => step,
            },
            _ => Step::Unchanged(Stage::Unrepairable(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{AccountSummary, Overview};

    use super::*;
    use crate::test_support::{Harness, changed, closed, overview};
    use crate::{Browsing, Notice, Request};

    #[test]
    fn unrepairable_account_only_leads_back() {
        let mut harness = Harness::unrepairable();
        for action in [Action::Continue, Action::TryAgain, Action::AnotherAccount] {
            harness.press(action);
            assert!(matches!(harness.stage(), Stage::Unrepairable(_)));
        }
        harness.press(Action::Leave);
        assert!(matches!(harness.stage(), Stage::Browsing(_)));
    }

    #[test]
    fn another_bank_can_take_its_place_once_that_is_explained() {
        let mut harness = Harness::unrepairable();
        harness.press(Action::AnotherBank);
        assert!(
            matches!(harness.stage(), Stage::Explaining(explaining) if explaining.target.choice == Choice::AnotherBank)
        );
        harness.press(Action::Continue);
        harness.answer(Answer::Stripe(Ok(())));
        let expected = Request::StartSession { account: closed().name.id, choice: Choice::AnotherBank };
        assert_eq!(harness.request(), Some(expected));
    }

    #[test]
    fn updates_cause_and_leaves_when_obsolete() {
        let mut harness = Harness::unrepairable();
        let condition = Condition::Unrepairable { cause: Cause::AccessDenied };
        harness.answer(Answer::Changed(changed(vec![AccountSummary { condition, ..closed() }])));
        assert!(matches!(harness.stage(), Stage::Unrepairable(new) if new.cause == Cause::AccessDenied));
        let mended = AccountSummary { condition: Condition::Healthy, ..closed() };
        for accounts in [vec![mended], vec![]] {
            let mut harness = harness.clone();
            harness.answer(Answer::Changed(changed(accounts.clone())));
            let expected =
                Browsing { overview: changed(accounts), notice: Some(Notice::Superseded(closed().name)) };
            assert_eq!(*harness.stage(), Stage::Browsing(expected));
        }
    }

    #[test]
    fn where_no_other_account_is_allowed_none_can_take_its_place() {
        let mut harness = Harness::start();
        harness.answer(Answer::Accounts(Ok(Overview { allows_another: false, ..overview() })));
        harness.press(Action::Choose(closed().name.id));
        harness.press(Action::AnotherBank);
        assert!(matches!(harness.stage(), Stage::Unrepairable(_)));
    }
}
