//! Stage that shows the customer's accounts.

use relink_protocol::{AccountId, AccountName, Choice, Condition, Overview};

use crate::step::Step;
use crate::{Action, Answer, Doubt, Event, Explaining, Failed, Request, Stage, Target, Unrepairable, news};

/// Shows the customer's accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browsing {
    /// Accounts as last read.
    pub overview: Overview,
    /// Account whose screen was replaced by this list because a change made it obsolete, until the customer leaves the
    /// list.
    pub overtaken: Option<AccountName>,
}

impl Browsing {
    /// Shows the accounts and listens for changes since they were read, which may be a while ago.
    pub(crate) fn enter(overview: Overview) -> Step {
        Self { overview, overtaken: None }.listen(Vec::new())
    }

    /// Replaces the screen about this account with the list.
    pub(crate) fn overtake(overview: Overview, name: AccountName) -> Step {
        Self { overview, overtaken: Some(name) }.listen(Vec::new())
    }

    fn listen(mut self, news: Vec<AccountName>) -> Step {
        // Already resumed, or in progress in another tab.
        self.overview.unfinished = None;
        let request = Request::AwaitChange { since: self.overview.version.clone() };
        Step::Tell(Stage::Browsing(self), request, news)
    }

    /// Handles every event except a choice and a change.
    pub(crate) fn step_early(self, event: Event) -> Result<Step, (Stage, Event)> {
        match event {
            Event::Pressed(Action::Choose(_)) | Event::Answered(_, Answer::Changed(_)) => {
                Err((Stage::Browsing(self), event))
            }
            Event::Incomplete(failure) => Ok(Failed::incomplete(failure, Doubt::None)),
            _ => Ok(Step::Stay(Stage::Browsing(self))),
        }
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Pressed(Action::Choose(id)) => self.choose(&id),
            Event::Answered(_, Answer::Changed(overview)) => {
                let news = news::between(&self.overview, &overview);
                Self { overview, ..self }.listen(news)
            }
            _ => self.step_early(event).unwrap_or_else(|(stage, _)| Step::Stay(stage)),
        }
    }

    pub(crate) fn choose(self, id: &AccountId) -> Step {
        let Some(target) = Target::choose(&self.overview, id, Choice::Repair) else {
            return Step::Stay(Stage::Browsing(self));
        };
        match target.account.condition.clone() {
            Condition::Broken { .. } | Condition::Expiring { .. } | Condition::NumberExpired => {
                Explaining::enter(target)
            }
            Condition::Unrepairable { cause } => Unrepairable::enter(target, cause),
            Condition::Healthy | Condition::Disconnected | Condition::Unrecognized => {
                Step::Stay(Stage::Browsing(self))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::stripe::Cause;
    use relink_protocol::{AccountSummary, Reported};

    use super::*;
    use crate::example::{
        Walk, broken, changed, closed, expiring, healthy, numberless, overview, target, unfinished,
    };

    #[test]
    fn a_broken_or_expiring_account_is_explained_while_stripe_js_loads() {
        for account in [broken(), expiring(), numberless()] {
            let mut walk = Walk::browsing();
            walk.press(Action::Choose(account.name.id.clone()));
            assert_eq!(*walk.stage(), Stage::Explaining(Explaining { target: target(account) }));
            assert_eq!(walk.request(), Some(Request::LoadStripe { url: overview().stripe_js }));
        }
    }

    #[test]
    fn an_account_that_no_relink_can_repair_says_why() {
        let mut walk = Walk::browsing();
        walk.press(Action::Choose(closed().name.id));
        let expected = Unrepairable { target: target(closed()), cause: Cause::AccountClosed };
        assert_eq!(*walk.stage(), Stage::Unrepairable(expected));
    }

    #[test]
    fn a_healthy_or_unknown_account_opens_nothing() {
        for id in [healthy().name.id, "fca_unknown".parse().unwrap()] {
            let mut walk = Walk::browsing();
            walk.press(Action::Choose(id));
            assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview(), overtaken: None }));
            assert_eq!(walk.request(), None);
        }
    }

    #[test]
    fn what_changes_elsewhere_is_shown_and_told_once() {
        let mut walk = Walk::browsing();
        assert_eq!(walk.request(), Some(Request::AwaitChange { since: overview().version }));
        let repaired = AccountSummary { condition: Condition::Healthy, ..broken() };
        let after = Overview { unfinished: Some(unfinished(Reported::Unknown)), ..changed(vec![repaired]) };
        walk.answer(Answer::Changed(after.clone()));
        let overview = Overview { unfinished: None, ..after };
        assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview.clone(), overtaken: None }));
        assert!(walk.state().news.contains(&broken().name));
        assert_eq!(walk.request(), Some(Request::AwaitChange { since: overview.version.clone() }));
        walk.answer(Answer::Changed(Overview { version: "3".to_owned(), ..overview }));
        assert_eq!(walk.state().news, [], "nothing that can be seen");
    }
}
