//! Stage that explains what will happen and what will be shared, before any window opens.

use relink_protocol::AccountName;

use crate::step::Step;
use crate::{Action, Answer, Event, Preparing, Request, Stage, Target};

/// Explains a relink before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explaining {
    /// Account to repair or replace.
    pub target: Target,
}

impl Explaining {
    /// Loads Stripe.js while the customer reads; the result matters only once they continue.
    pub(crate) fn enter(target: Target) -> Step {
        let url = target.overview.stripe_js.clone();
        Step::Request(Stage::Explaining(Self { target }), Request::LoadStripe { url })
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Action(Action::Continue) => Preparing::enter(self.target),
            Event::Action(Action::Leave) => self.target.back(),
            Event::Answered(_, Answer::Stripe(_)) => self.listen(Vec::new()),
            Event::Answered(_, Answer::Changed(overview)) => match self.target.updated(overview) {
                Ok((target, changes)) => Self { target }.listen(changes),
                Err(step) => step,
            },
            _ => Step::Unchanged(Stage::Explaining(self)),
        }
    }

    fn listen(self, changes: Vec<AccountName>) -> Step {
        let request = self.target.await_change();
        Step::Emit(Stage::Explaining(self), request, changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{
        Harness, broken, changed, closed, expiring, failure, healthy, overview, target, updatable,
    };
    use crate::{Browsing, Notice, Reason};
    use relink_protocol::{AccountSummary, Choice, Condition};

    #[test]
    fn leaving_goes_back_to_the_accounts_without_asking_for_them_again() {
        let mut harness = Harness::explaining();
        harness.press(Action::Leave);
        assert_eq!(*harness.stage(), Stage::Browsing(Browsing { overview: overview(), notice: None }));
        assert_eq!(harness.request(), Some(Request::AwaitChange { since: overview().version }));
    }

    #[test]
    fn a_blocked_script_does_not_disturb_the_reader() {
        let mut harness = Harness::explaining();
        harness.answer(Answer::Stripe(Err(failure(Reason::StripeBlocked))));
        assert_eq!(*harness.stage(), Stage::Explaining(Explaining { target: target(broken()) }));
    }

    #[test]
    fn changes_are_awaited_as_soon_as_stripe_has_loaded_or_failed() {
        for answer in [Ok(()), Err(failure(Reason::StripeBlocked))] {
            let mut harness = Harness::explaining();
            harness.answer(Answer::Stripe(answer));
            assert_eq!(harness.request(), Some(Request::AwaitChange { since: overview().version }));
        }
    }

    /// Returns the explained account with another condition.
    fn became(condition: Condition) -> AccountSummary {
        AccountSummary { condition, ..broken() }
    }

    #[test]
    fn obsolete_explanation_returns_to_accounts() {
        for condition in
            [Some(Condition::Healthy), Some(Condition::Disconnected), Some(closed().condition), None]
        {
            let accounts: Vec<_> = condition.map(became).into_iter().collect();
            let mut harness = Harness::listening(Harness::explaining());
            harness.answer(Answer::Changed(changed(accounts.clone())));
            let mut expected =
                Browsing { overview: changed(accounts), notice: Some(Notice::Superseded(broken().name)) };
            assert_eq!(*harness.stage(), Stage::Browsing(expected.clone()));
            expected.overview.accounts.push(healthy());
            harness.answer(Answer::Changed(expected.overview.clone()));
            assert_eq!(*harness.stage(), Stage::Browsing(expected), "it is still said");
        }
    }

    #[test]
    fn an_account_that_breaks_while_it_is_explained_is_explained_as_broken() {
        let mut harness = Harness::browsing();
        harness.press(Action::Choose(expiring().name.id));
        let mut harness = Harness::listening(harness);
        let account = AccountSummary { condition: broken().condition, ..expiring() };
        harness.answer(Answer::Changed(changed(vec![account.clone(), healthy()])));
        assert!(
            matches!(harness.stage(), Stage::Explaining(explaining) if explaining.target.account == account)
        );
        assert_eq!(harness.state().changes, [account.name], "of the others nothing is said");
        assert_eq!(harness.request(), Some(Request::AwaitChange { since: changed(vec![]).version }));
    }

    #[test]
    fn an_update_is_explained_until_the_account_breaks_or_shares_what_is_asked() {
        let given = AccountSummary { updatable: false, ..updatable() };
        let broken = AccountSummary { condition: broken().condition, ..given.clone() };
        let mut harness = Harness::browsing();
        harness.press(Action::Choose(updatable().name.id));
        let mut harness = Harness::listening(harness);
        harness.answer(Answer::Changed(changed(vec![updatable(), healthy()])));
        assert!(matches!(harness.stage(), Stage::Explaining(_)));
        for account in [given, broken] {
            let mut harness = harness.clone();
            harness.answer(Answer::Changed(changed(vec![account])));
            assert!(matches!(harness.stage(), Stage::Browsing(_)));
        }
    }

    #[test]
    fn another_bank_is_explained_while_the_account_is_beyond_repair() {
        let mut harness = Harness::unrepairable();
        harness.press(Action::AnotherBank);
        let mut harness = Harness::listening(harness);
        harness.answer(Answer::Changed(changed(vec![closed(), healthy()])));
        assert!(
            matches!(harness.stage(), Stage::Explaining(explaining) if explaining.target.choice == Choice::AnotherBank)
        );
        let mended = AccountSummary { condition: broken().condition, ..closed() };
        harness.answer(Answer::Changed(changed(vec![mended])));
        assert!(matches!(harness.stage(), Stage::Browsing(_)));
    }

    #[test]
    fn changes_are_ignored_after_continue() {
        let mut harness = Harness::listening(Harness::explaining());
        let late = harness.ticket();
        harness.press(Action::Continue);
        harness.event(Event::Answered(late, Answer::Changed(changed(vec![healthy()]))));
        assert!(matches!(harness.stage(), Stage::Preparing(_)));
    }
}
