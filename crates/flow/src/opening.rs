//! Asking for the customer's accounts.

use crate::step::Step;
use crate::{Again, Answer, Browsing, Checking, Event, Failed, Request, Stage, Target};

/// Knows nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Whether an interrupted attempt is taken up. Not by a customer who has just left it.
    pub(crate) takes_up: bool,
}

impl Opening {
    pub(crate) fn enter(self) -> Step {
        Step::Ask(Stage::Opening(self), Request::LoadAccounts)
    }

    pub(crate) fn step(self, event: Event) -> Step {
        let Event::Answered(_, Answer::Accounts(answer)) = event else {
            return Step::Stay(Stage::Opening(self));
        };
        let mut overview = match answer {
            Ok(overview) => overview,
            Err(failure) => return Failed::enter(failure, Again::LoadAccounts),
        };
        let interrupted = overview
            .unfinished
            .take()
            .filter(|_| self.takes_up)
            .and_then(|unfinished| Some((Target::choose(&overview, &unfinished.account)?, unfinished)));
        match interrupted {
            Some((target, unfinished)) => Checking::resume(target, unfinished),
            None => Step::Enter(Stage::Browsing(Browsing { overview })),
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{Reported, UnfinishedRelink};

    use super::*;
    use crate::Reason;
    use crate::example::{Walk, broken, failure, overview, session};

    #[test]
    fn the_accounts_are_shown_when_they_come() {
        let mut walk = Walk::start();
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
        walk.answer(Answer::Accounts(Ok(overview())));
        assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview() }));
    }

    #[test]
    fn an_interrupted_attempt_is_taken_up_where_it_was_left() {
        let mut walk = Walk::start();
        let unfinished =
            UnfinishedRelink { session: session(), account: broken().id, reported: Reported::Finished };
        walk.answer(Answer::Accounts(Ok(relink_protocol::Overview {
            unfinished: Some(unfinished),
            ..overview()
        })));
        let expected = Request::ReadOutcome { session: session(), reported: Reported::Finished, after: 0 };
        assert_eq!(walk.request(), Some(expected));
    }

    #[test]
    fn an_interrupted_attempt_on_an_account_that_is_gone_is_forgotten() {
        let mut walk = Walk::start();
        let account = "fca_gone".parse().unwrap();
        let unfinished = UnfinishedRelink { session: session(), account, reported: Reported::Unknown };
        walk.answer(Answer::Accounts(Ok(relink_protocol::Overview {
            unfinished: Some(unfinished),
            ..overview()
        })));
        assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview() }));
    }

    #[test]
    fn a_failure_to_load_can_be_tried_again() {
        let mut walk = Walk::start();
        walk.answer(Answer::Accounts(Err(failure(Reason::ServerUnreachable))));
        assert!(matches!(walk.stage(), Stage::Failed(_)));
        walk.press(crate::Action::TryAgain);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
    }
}
