//! Stage that shows the outcome of an attempt.

use relink_protocol::{AccountId, AccountName, Choice, RelinkOutcome, SessionId};

use crate::step::Step;
use crate::{Action, Browsing, Checking, Event, Explaining, Opening, Paying, Preparing, Stage, Target};

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

    /// True if the customer may choose another account in place of this one. One that works needs no other.
    pub fn offers_another(&self) -> bool {
        let is_missed = self.outcome == RelinkOutcome::NoAccount && !self.target.account.updatable;
        is_missed && self.target.overview.allows_another
    }

    /// Returns the mandate that the customer accepts by paying from an added account.
    pub fn mandate(&self) -> Option<&str> {
        self.outcome.connected()?.mandate.as_deref()
    }

    /// Returns the added account with this identifier, if the customer can accept a mandate for it.
    fn payable(&self, id: &AccountId) -> Option<AccountName> {
        let connected = self.outcome.connected().filter(|connected| connected.mandate.is_some())?;
        connected.added.iter().find(|account| account.id == *id).cloned()
    }

    pub(crate) fn step(self, event: Event) -> Step {
        let Event::Action(action) = event else { return Step::Unchanged(Stage::Finished(self)) };
        match action {
            Action::Pair(pairs) if self.outcome.is_question() => {
                Checking::answer(self.target, self.session, pairs)
            }
            _ if self.outcome.is_question() => Step::Unchanged(Stage::Finished(self)),
            // A new attempt is a new session; the explanation given before still applies.
            Action::TryAgain if self.can_try_again() => Preparing::enter(self.target),
            Action::AnotherAccount if self.offers_another() => {
                Preparing::enter(self.target.with_choice(Choice::AnotherAccount))
            }
            Action::AnotherBank if self.offers_another() => {
                Explaining::enter(self.target.with_choice(Choice::AnotherBank))
            }
            Action::Pay(id) => match self.payable(&id) {
                Some(account) => Paying { finished: self, account }.enter(),
                None => Step::Unchanged(Stage::Finished(self)),
            },
            // An account of the same login that is still broken.
            Action::Choose(_) if self.outcome.connected().is_some() => {
                match (Browsing { overview: self.target.overview.clone(), notice: None })
                    .step(Event::Action(action))
                {
                    Step::Unchanged(_) => Step::Unchanged(Stage::Finished(self)),
                    step => step,
                }
            }
            Action::Leave if self.mandate().is_some() => Opening::after_keeping(self.session),
            // Reads the accounts again, because one relink may have changed several.
            Action::Leave => Opening::reload_accounts(),
            _ => Step::Unchanged(Stage::Finished(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{
        Harness, added, broken, expiring, failure, healthy, new_account, outcomes, overview, pair, question,
        relinked, session, target, updatable,
    };
    use crate::{Answer, Reason, Request};
    use relink_protocol::{Connected, Overview, Problem, ProblemCode, Reported};

    #[test]
    fn done_reads_the_accounts_again() {
        let mut harness = Harness::finished(relinked());
        harness.press(Action::Leave);
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn a_question_comes_before_everything_else_and_its_answer_leads_to_the_outcome() {
        let mut harness = Harness::finished(question());
        for action in
            [Action::Leave, Action::Pay(added().id), Action::TryAgain, Action::Choose(broken().name.id)]
        {
            harness.press(action);
            assert_eq!(harness.request(), None);
        }
        let pairs = vec![pair()];
        let mut lost = harness.clone();
        harness.press(Action::Pair(pairs.clone()));
        assert_eq!(harness.request(), Some(Request::Pair { session: session(), pairs: pairs.clone() }));
        harness.answer(Answer::Outcome(Ok(relinked())));
        assert!(matches!(harness.stage(), Stage::Finished(finished) if finished.outcome == relinked()));
        harness.press(Action::Pair(pairs));
        assert_eq!(harness.request(), None, "nothing was asked");
        lost.press(Action::Pair(Vec::new()));
        lost.answer(Answer::Outcome(Err(failure(Reason::ServerUnreachable))));
        lost.press(Action::TryAgain);
        let expected = Request::ReadOutcome { session: session(), reported: Reported::Finished, after: 0 };
        assert_eq!(lost.request(), Some(expected));
    }

    #[test]
    fn an_answer_that_comes_too_late_leads_to_the_accounts() {
        let mut harness = Harness::finished(question());
        harness.press(Action::Pair(vec![pair()]));
        let problem = Problem { code: ProblemCode::AlreadyAnswered, title: String::new(), request_id: None };
        harness.answer(Answer::Outcome(Err(problem.into())));
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn everything_but_success_can_be_tried_again_with_a_new_session() {
        for outcome in outcomes() {
            let is_success = outcome.connected().is_some();
            let mut harness = Harness::finished(outcome.clone());
            harness.press(Action::TryAgain);
            assert_eq!(
                matches!(harness.request(), Some(Request::LoadStripe { .. })),
                !is_success,
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn an_account_that_was_not_shared_can_give_way_to_another_at_the_same_bank_or_elsewhere() {
        let mut harness = Harness::finished(RelinkOutcome::NoAccount);
        let mut elsewhere = harness.clone();
        harness.press(Action::AnotherAccount);
        harness.answer(Answer::Stripe(Ok(())));
        let (account, choice) = (broken().name.id, Choice::AnotherAccount);
        assert_eq!(harness.request(), Some(Request::StartSession { account, choice }));
        elsewhere.press(Action::AnotherBank);
        let Stage::Explaining(explaining) = elsewhere.stage() else { panic!("{:?}", elsewhere.stage()) };
        assert_eq!(explaining.target.choice, Choice::AnotherBank);
    }

    #[test]
    fn no_other_outcome_and_no_link_leads_to_another_account() {
        for action in [Action::AnotherAccount, Action::AnotherBank] {
            for outcome in outcomes().into_iter().filter(|outcome| *outcome != RelinkOutcome::NoAccount) {
                let mut harness = Harness::finished(outcome);
                harness.press(action.clone());
                assert!(matches!(harness.stage(), Stage::Finished(_)));
            }
            let mut harness = Harness::finished_in(
                Overview { allows_another: false, ..overview() },
                RelinkOutcome::NoAccount,
            );
            harness.press(action);
            assert!(matches!(harness.stage(), Stage::Finished(_)));
        }
    }

    #[test]
    fn an_account_that_works_gives_way_to_no_other() {
        let finished = |account| Finished {
            target: target(account),
            session: session(),
            outcome: RelinkOutcome::NoAccount,
        };
        assert!(finished(broken()).offers_another());
        assert!(!finished(updatable()).offers_another() && finished(updatable()).can_try_again());
    }

    #[test]
    fn only_an_added_account_can_be_paid_from_and_only_with_a_mandate() {
        let mut harness = Harness::finished(new_account());
        harness.press(Action::Pay(healthy().name.id));
        assert_eq!(harness.request(), None);
        harness.press(Action::Pay(added().id));
        assert_eq!(harness.request(), Some(Request::Pay { session: session(), account: added().id }));
        let without = Connected { added: vec![added()], ..Connected::default() };
        let mut harness = Harness::finished(RelinkOutcome::NewAccount(without));
        harness.press(Action::Pay(added().id));
        assert_eq!(harness.request(), None);
    }

    #[test]
    fn of_several_mandates_only_the_one_of_the_chosen_account_is_accepted() {
        let other = AccountName { id: "fca_other".parse().unwrap(), ..added() };
        for (mandate, accepted) in
            [("For one.\n\nFor the other.", "For the other."), ("For all.", "For all.")]
        {
            let connected = Connected {
                added: vec![added(), other.clone()],
                mandate: Some(mandate.to_owned()),
                ..Connected::default()
            };
            let mut harness = Harness::finished(RelinkOutcome::NewAuthorization(connected));
            harness.press(Action::Pay(other.id.clone()));
            harness.answer(Answer::Paid(Ok(())));
            let Stage::Paid(paid) = harness.stage() else { panic!("{:?}", harness.stage()) };
            assert_eq!((&paid.account.id, paid.mandate()), (&other.id, accepted));
        }
    }

    #[test]
    fn declining_is_reported_before_accounts_are_loaded() {
        let mut harness = Harness::finished(new_account());
        harness.press(Action::Leave);
        assert_eq!(harness.request(), Some(Request::KeepPayments { session: session() }));
        harness.answer(Answer::Kept);
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn still_broken_accounts_can_be_chosen() {
        let mut harness = Harness::finished(relinked());
        harness.press(Action::Choose(healthy().name.id));
        assert!(matches!(harness.stage(), Stage::Finished(_)), "nothing to repair there");
        harness.press(Action::Choose(expiring().name.id));
        let Stage::Explaining(explaining) = harness.stage() else { panic!("{:?}", harness.stage()) };
        assert_eq!((&explaining.target.account, explaining.target.choice), (&expiring(), Choice::Repair));
        let mut harness = Harness::finished(RelinkOutcome::Failed);
        harness.press(Action::Choose(expiring().name.id));
        assert!(matches!(harness.stage(), Stage::Finished(_)));
    }
}
