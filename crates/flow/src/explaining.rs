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
        Step::Ask(Stage::Explaining(Self { target }), Request::LoadStripe { url })
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Pressed(Action::Continue) => Preparing::enter(self.target),
            Event::Pressed(Action::Leave) => self.target.back(),
            Event::Answered(_, Answer::Stripe(_)) => self.listen(Vec::new()),
            Event::Answered(_, Answer::Changed(overview)) => match self.target.renewed(overview) {
                Ok((target, news)) => Self { target }.listen(news),
                Err(step) => step,
            },
            _ => Step::Stay(Stage::Explaining(self)),
        }
    }

    fn listen(self, news: Vec<AccountName>) -> Step {
        let request = self.target.await_change();
        Step::Tell(Stage::Explaining(self), request, news)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Walk, broken, changed, closed, expiring, failure, healthy, overview, target};
    use crate::{Browsing, Reason};
    use relink_protocol::{AccountSummary, Choice, Condition};

    #[test]
    fn leaving_goes_back_to_the_accounts_without_asking_for_them_again() {
        let mut walk = Walk::explaining();
        walk.press(Action::Leave);
        assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview(), overtaken: None }));
        assert_eq!(walk.request(), Some(Request::AwaitChange { since: overview().version }));
    }

    #[test]
    fn a_blocked_script_does_not_disturb_the_reader() {
        let mut walk = Walk::explaining();
        walk.answer(Answer::Stripe(Err(failure(Reason::StripeBlocked))));
        assert_eq!(*walk.stage(), Stage::Explaining(Explaining { target: target(broken()) }));
    }

    /// Returns the explained account with another condition.
    fn became(condition: Condition) -> AccountSummary {
        AccountSummary { condition, ..broken() }
    }

    #[test]
    fn an_account_that_no_longer_needs_this_leads_back_to_the_accounts_which_say_so() {
        for condition in
            [Some(Condition::Healthy), Some(Condition::Disconnected), Some(closed().condition), None]
        {
            let accounts: Vec<_> = condition.map(became).into_iter().collect();
            let mut walk = Walk::listening(Walk::explaining());
            walk.answer(Answer::Changed(changed(accounts.clone())));
            let mut expected = Browsing { overview: changed(accounts), overtaken: Some(broken().name) };
            assert_eq!(*walk.stage(), Stage::Browsing(expected.clone()));
            expected.overview.accounts.push(healthy());
            walk.answer(Answer::Changed(expected.overview.clone()));
            assert_eq!(*walk.stage(), Stage::Browsing(expected), "it is still said");
        }
    }

    #[test]
    fn an_account_that_breaks_while_it_is_explained_is_explained_as_broken() {
        let mut walk = Walk::browsing();
        walk.press(Action::Choose(expiring().name.id));
        let mut walk = Walk::listening(walk);
        let account = AccountSummary { condition: broken().condition, ..expiring() };
        walk.answer(Answer::Changed(changed(vec![account.clone(), healthy()])));
        assert!(
            matches!(walk.stage(), Stage::Explaining(explaining) if explaining.target.account == account)
        );
        assert_eq!(walk.state().news, [account.name], "of the others nothing is said");
        assert_eq!(walk.request(), Some(Request::AwaitChange { since: changed(vec![]).version }));
    }

    #[test]
    fn another_bank_is_explained_while_the_account_is_beyond_repair() {
        let mut walk = Walk::unrepairable();
        walk.press(Action::AnotherBank);
        let mut walk = Walk::listening(walk);
        walk.answer(Answer::Changed(changed(vec![closed(), healthy()])));
        assert!(
            matches!(walk.stage(), Stage::Explaining(explaining) if explaining.target.choice == Choice::AnotherBank)
        );
        let mended = AccountSummary { condition: broken().condition, ..closed() };
        walk.answer(Answer::Changed(changed(vec![mended])));
        assert!(matches!(walk.stage(), Stage::Browsing(_)));
    }

    #[test]
    fn who_goes_on_is_not_called_back() {
        let mut walk = Walk::listening(Walk::explaining());
        let late = walk.ticket();
        walk.press(Action::Continue);
        walk.event(Event::Answered(late, Answer::Changed(changed(vec![healthy()]))));
        assert!(matches!(walk.stage(), Stage::Preparing(_)));
    }
}
