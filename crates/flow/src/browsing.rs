//! Stage that shows the customer's accounts.

use relink_protocol::{AccountId, AccountName, Choice, Condition, Overview};

use crate::step::Step;
use crate::{Action, Answer, Event, Explaining, Request, Stage, Target, Unrepairable, changes};

/// Shows the customer's accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browsing {
    /// Accounts as last read.
    pub overview: Overview,
    /// Shown above the accounts until the customer leaves the list.
    pub notice: Option<Notice>,
}

/// Reason for which the customer sees all accounts instead of a screen about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A change made the screen about this account obsolete.
    Superseded(AccountName),
    /// The page was opened for this account, which works.
    Connected(AccountName),
    /// The page was opened for an account that is not among the customer's.
    NotFound,
}

impl Browsing {
    /// Shows the accounts and listens for changes since they were read, which may be a while ago.
    pub(crate) fn enter(overview: Overview) -> Step {
        Self { overview, notice: None }.listen(Vec::new())
    }

    /// Replaces the screen about this account with the list.
    pub(crate) fn supersede(overview: Overview, name: AccountName) -> Step {
        Self { overview, notice: Some(Notice::Superseded(name)) }.listen(Vec::new())
    }

    fn listen(mut self, changes: Vec<AccountName>) -> Step {
        // Already resumed, or in progress in another tab.
        self.overview.unfinished = None;
        let request = Request::AwaitChange { since: self.overview.version.clone() };
        Step::Emit(Stage::Browsing(self), request, changes)
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Action(Action::Choose(id)) => self.choose(&id),
            Event::Action(Action::Replace(id)) => self.replace(&id),
            Event::Answered(_, Answer::Changed(overview)) => {
                let changes = changes::between(&self.overview, &overview);
                Self { overview, ..self }.listen(changes)
            }
            _ => Step::Unchanged(Stage::Browsing(self)),
        }
    }

    pub(crate) fn choose(self, id: &AccountId) -> Step {
        let Some(target) = Target::choose(&self.overview, id, Choice::Repair) else {
            return Step::Unchanged(Stage::Browsing(self));
        };
        match target.account.condition.clone() {
            _ if target.account.updatable => Explaining::enter(target),
            Condition::Broken { .. } | Condition::Expiring { .. } | Condition::NumberExpired => {
                Explaining::enter(target)
            }
            Condition::Unrepairable { cause } => Unrepairable::enter(target, cause),
            Condition::Healthy
            | Condition::NumberPending
            | Condition::Disconnected
            | Condition::Unrecognized => Step::Unchanged(Stage::Browsing(self)),
        }
    }

    /// Says why the account that the page was opened for has no screen.
    pub(crate) fn without(self, id: &AccountId) -> Self {
        let notice = match self.overview.account(id) {
            None => Some(Notice::NotFound),
            Some(account) if account.condition.is_connected() => {
                Some(Notice::Connected(account.name.clone()))
            }
            Some(_) => None,
        };
        Self { notice, ..self }
    }

    /// Explains how another bank takes the place of an account that no relink can repair, or that was disconnected.
    fn replace(self, id: &AccountId) -> Step {
        match Target::choose(&self.overview, id, Choice::AnotherBank) {
            Some(target)
                if target.overview.allows_another
                    && matches!(
                        target.account.condition,
                        Condition::Unrepairable { .. } | Condition::Disconnected
                    ) =>
            {
                Explaining::enter(target)
            }
            Some(_) | None => Step::Unchanged(Stage::Browsing(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::stripe::Cause;
    use relink_protocol::{AccountSummary, Purpose, Reported};

    use super::*;
    use crate::test_support::{
        Harness, broken, changed, closed, disconnected, expiring, healthy, number_expired, overview, target,
        unfinished, updatable,
    };

    #[test]
    fn a_broken_or_expiring_account_is_explained_while_stripe_js_loads() {
        for account in [broken(), expiring(), number_expired()] {
            let mut harness = Harness::browsing();
            harness.press(Action::Choose(account.name.id.clone()));
            assert_eq!(*harness.stage(), Stage::Explaining(Explaining { target: target(account) }));
            assert_eq!(harness.request(), Some(Request::LoadStripe { url: overview().stripe_js }));
        }
    }

    #[test]
    fn a_working_account_is_explained_where_the_merchant_asks_for_more() {
        let mut harness = Harness::browsing();
        harness.press(Action::Choose(updatable().name.id));
        let expected = target(updatable());
        assert!(expected.is_update() && expected.is_exact());
        assert_eq!(*harness.stage(), Stage::Explaining(Explaining { target: expected }));
    }

    #[test]
    fn only_an_update_insists_on_the_account_where_the_merchant_takes_any() {
        for (account, purpose, exact) in [
            (updatable(), Purpose::Payments, true),
            (updatable(), Purpose::Payouts, true),
            (updatable(), Purpose::Data, false),
            (broken(), Purpose::Payments, false),
        ] {
            let overview = Overview { exact: false, purpose, ..overview() };
            let target = Target { overview, ..target(account) };
            assert_eq!(target.is_exact(), exact, "{target:?}");
        }
    }

    #[test]
    fn an_account_whose_number_has_expired_works_for_data_only() {
        for (account, purpose, works) in [
            (number_expired(), Purpose::Payments, false),
            (number_expired(), Purpose::Payouts, false),
            (number_expired(), Purpose::Data, true),
            (expiring(), Purpose::Payments, true),
            (updatable(), Purpose::Payments, true),
            (broken(), Purpose::Data, false),
        ] {
            let target = Target { overview: Overview { purpose, ..overview() }, ..target(account) };
            assert_eq!(target.works(), works, "{target:?}");
        }
    }

    #[test]
    fn an_account_that_no_relink_can_repair_says_why() {
        let mut harness = Harness::browsing();
        harness.press(Action::Choose(closed().name.id));
        let expected = Unrepairable { target: target(closed()), cause: Cause::AccountClosed };
        assert_eq!(*harness.stage(), Stage::Unrepairable(expected));
    }

    #[test]
    fn another_bank_takes_the_place_of_an_account_only_where_no_relink_helps_and_the_merchant_allows_it() {
        let mut harness = Harness::browsing();
        harness.press(Action::Replace(broken().name.id));
        assert!(matches!(harness.stage(), Stage::Browsing(_)));
        for id in [closed().name.id, disconnected().name.id] {
            let mut harness = harness.clone();
            harness.press(Action::Replace(id));
            assert!(
                matches!(harness.stage(), Stage::Explaining(explaining) if explaining.target.choice == Choice::AnotherBank)
            );
        }
        let mut narrow = Harness::start();
        narrow.answer(Answer::Accounts(Ok(Overview { allows_another: false, ..overview() })));
        narrow.press(Action::Replace(closed().name.id));
        assert!(matches!(narrow.stage(), Stage::Browsing(_)));
    }

    #[test]
    fn a_healthy_or_unknown_account_opens_nothing() {
        for id in [healthy().name.id, "fca_unknown".parse().unwrap()] {
            let mut harness = Harness::browsing();
            harness.press(Action::Choose(id));
            assert_eq!(*harness.stage(), Stage::Browsing(Browsing { overview: overview(), notice: None }));
            assert_eq!(harness.request(), None);
        }
    }

    #[test]
    fn external_changes_are_shown_and_announced_once() {
        let mut harness = Harness::browsing();
        assert_eq!(harness.request(), Some(Request::AwaitChange { since: overview().version }));
        let repaired = AccountSummary { condition: Condition::Healthy, ..broken() };
        let after = Overview { unfinished: Some(unfinished(Reported::Unknown)), ..changed(vec![repaired]) };
        harness.answer(Answer::Changed(after.clone()));
        let overview = Overview { unfinished: None, ..after };
        assert_eq!(*harness.stage(), Stage::Browsing(Browsing { overview: overview.clone(), notice: None }));
        assert!(harness.state().changes.contains(&broken().name));
        assert_eq!(harness.request(), Some(Request::AwaitChange { since: overview.version.clone() }));
        harness.answer(Answer::Changed(Overview { version: "3".to_owned(), ..overview }));
        assert_eq!(harness.state().changes, [], "nothing that can be seen");
    }
}
