//! Stage that shows the outcome of an attempt.

use relink_protocol::{AccountName, Choice, RelinkOutcome, SessionId};

use crate::step::Step;
use crate::{Action, Browsing, Event, Explaining, Opening, Paying, Preparing, Stage, Target};

/// Shows the outcome that the server decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Account that was to be repaired or replaced, as it was before.
    pub target: Target,
    /// Session of the attempt.
    pub session: SessionId,
    /// Outcome of the attempt. Never `Pending`.
    pub outcome: RelinkOutcome,
}

impl Finished {
    /// True if the customer can try again.
    pub fn can_try_again(&self) -> bool {
        self.outcome.connected().is_none()
    }

    /// True if the customer may choose another account in place of this one.
    pub fn offers_another(&self) -> bool {
        self.outcome == RelinkOutcome::NoAccount && self.target.overview.allows_another
    }

    /// Returns the mandate that the customer accepts by paying from an added account.
    pub fn mandate(&self) -> Option<&str> {
        self.outcome.connected()?.mandate.as_deref()
    }

    fn added(&self, id: &relink_protocol::AccountId) -> Option<AccountName> {
        self.mandate()?;
        self.outcome.connected()?.added.iter().find(|account| account.id == *id).cloned()
    }

    pub(crate) fn step(self, event: Event) -> Step {
        let Event::Pressed(action) = event else { return Step::Stay(Stage::Finished(self)) };
        match action {
            // A new attempt is a new session; the explanation given before still applies.
            Action::TryAgain if self.can_try_again() => Preparing::enter(self.target),
            Action::AnotherAccount if self.offers_another() => {
                Preparing::enter(self.target.but(Choice::AnotherAccount))
            }
            Action::AnotherBank if self.offers_another() => {
                Explaining::enter(self.target.but(Choice::AnotherBank))
            }
            Action::Pay(id) => match self.added(&id) {
                Some(account) => Paying::enter(self.target, self.session, account),
                None => Step::Stay(Stage::Finished(self)),
            },
            // An account of the same login that is still broken.
            Action::Choose(_) if self.outcome.connected().is_some() => {
                match (Browsing { overview: self.target.overview.clone(), overtaken: None })
                    .step(Event::Pressed(action))
                {
                    Step::Stay(_) => Step::Stay(Stage::Finished(self)),
                    step => step,
                }
            }
            Action::Leave if self.mandate().is_some() => Opening::after_keeping(self.session),
            // Reads the accounts again, because one relink may have changed several.
            Action::Leave => Opening::again(),
            _ => Step::Stay(Stage::Finished(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{
        Walk, added, broken, expiring, healthy, new_account, outcomes, overview, relinked, session,
    };
    use crate::{Answer, Request};
    use relink_protocol::{Connected, Overview};

    #[test]
    fn done_reads_the_accounts_again() {
        let mut walk = Walk::finished(relinked());
        walk.press(Action::Leave);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn everything_but_success_can_be_tried_again_with_a_new_session() {
        for outcome in outcomes() {
            let is_success = outcome.connected().is_some();
            let mut walk = Walk::finished(outcome.clone());
            walk.press(Action::TryAgain);
            assert_eq!(
                matches!(walk.request(), Some(Request::LoadStripe { .. })),
                !is_success,
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn an_account_that_was_not_shared_can_give_way_to_another_at_the_same_bank_or_elsewhere() {
        let mut walk = Walk::finished(RelinkOutcome::NoAccount);
        let mut elsewhere = walk.clone();
        walk.press(Action::AnotherAccount);
        walk.answer(Answer::Stripe(Ok(())));
        let (account, choice) = (broken().name.id, Choice::AnotherAccount);
        assert_eq!(walk.request(), Some(Request::StartSession { account, choice }));
        elsewhere.press(Action::AnotherBank);
        let Stage::Explaining(explaining) = elsewhere.stage() else { panic!("{:?}", elsewhere.stage()) };
        assert_eq!(explaining.target.choice, Choice::AnotherBank);
    }

    #[test]
    fn no_other_outcome_and_no_link_leads_to_another_account() {
        for action in [Action::AnotherAccount, Action::AnotherBank] {
            for outcome in outcomes().into_iter().filter(|outcome| *outcome != RelinkOutcome::NoAccount) {
                let mut walk = Walk::finished(outcome);
                walk.press(action.clone());
                assert!(matches!(walk.stage(), Stage::Finished(_)));
            }
            let mut walk =
                Walk::finished_in(Overview { allows_another: false, ..overview() }, RelinkOutcome::NoAccount);
            walk.press(action);
            assert!(matches!(walk.stage(), Stage::Finished(_)));
        }
    }

    #[test]
    fn only_an_added_account_can_be_paid_from_and_only_with_a_mandate() {
        let mut walk = Walk::finished(new_account());
        walk.press(Action::Pay(healthy().name.id));
        assert_eq!(walk.request(), None);
        walk.press(Action::Pay(added().id));
        assert_eq!(walk.request(), Some(Request::Pay { session: session(), account: added().id }));
        let without = Connected { added: vec![added()], ..Connected::default() };
        let mut walk = Walk::finished(RelinkOutcome::NewAccount(without));
        walk.press(Action::Pay(added().id));
        assert_eq!(walk.request(), None);
    }

    #[test]
    fn keeping_payments_as_they_are_is_told_to_the_server_before_the_accounts_are_read() {
        let mut walk = Walk::finished(new_account());
        walk.press(Action::Leave);
        assert_eq!(walk.request(), Some(Request::KeepPayments { session: session() }));
        walk.answer(Answer::Kept);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn what_is_still_broken_can_be_repaired_next() {
        let mut walk = Walk::finished(relinked());
        walk.press(Action::Choose(healthy().name.id));
        assert!(matches!(walk.stage(), Stage::Finished(_)), "nothing to repair there");
        walk.press(Action::Choose(expiring().name.id));
        let Stage::Explaining(explaining) = walk.stage() else { panic!("{:?}", walk.stage()) };
        assert_eq!((&explaining.target.account, explaining.target.choice), (&expiring(), Choice::Repair));
        let mut walk = Walk::finished(RelinkOutcome::Failed);
        walk.press(Action::Choose(expiring().name.id));
        assert!(matches!(walk.stage(), Stage::Finished(_)));
    }
}
