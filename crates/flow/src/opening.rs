//! Stage that loads the customer's accounts.

use relink_protocol::{Overview, SessionId};

use crate::step::Step;
use crate::{Again, Answer, Browsing, Checking, Doubt, Event, Failed, Request, Stage, Target};

/// Loads the customer's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// True if an interrupted attempt is resumed; false after the customer has just left one.
    pub(crate) takes_up: bool,
}

impl Opening {
    pub(crate) fn enter(self) -> Step {
        Step::Ask(Stage::Opening(self), Request::LoadAccounts)
    }

    /// Starts over.
    pub(crate) fn again() -> Step {
        Self { takes_up: true }.enter()
    }

    /// Reports to the server first that the customer declined, so that payments stay unchanged.
    pub(crate) fn after_keeping(session: SessionId) -> Step {
        Step::Ask(Stage::Opening(Self { takes_up: false }), Request::KeepPayments { session })
    }

    /// Restarts the element with the current files of the program.
    pub(crate) fn anew() -> Step {
        Step::Ask(Stage::Opening(Self { takes_up: true }), Request::LoadPage)
    }

    /// Handles every event except accounts with an interrupted attempt.
    pub(crate) fn step_early(self, event: Event) -> Result<Step, (Stage, Event)> {
        Ok(match event {
            Event::Answered(_, Answer::Accounts(Ok(ref overview)))
                if self.takes_up && overview.unfinished.is_some() =>
            {
                return Err((Stage::Opening(self), event));
            }
            Event::Answered(_, Answer::Accounts(Ok(overview))) => Browsing::enter(overview),
            Event::Answered(_, Answer::Accounts(Err(failure))) => Failed::enter(failure, Again::LoadAccounts),
            Event::Answered(_, Answer::Page(failure)) => Failed::incomplete(failure, Doubt::None),
            Event::Answered(_, Answer::Kept) => self.enter(),
            // The lazily loaded part was needed for an interrupted attempt, which may have succeeded.
            Event::Incomplete(failure) => Failed::incomplete(failure, Doubt::Relink),
            _ => Step::Stay(Stage::Opening(self)),
        })
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match self.step_early(event) {
            Ok(step) => step,
            Err((_, Event::Answered(_, Answer::Accounts(Ok(overview))))) => take_up(overview),
            Err((stage, _)) => Step::Stay(stage),
        }
    }
}

fn take_up(mut overview: Overview) -> Step {
    let interrupted = overview.unfinished.take().and_then(|unfinished| {
        let target = Target::choose(&overview, &unfinished.account, unfinished.choice)?;
        Some((target, unfinished))
    });
    match interrupted {
        Some((target, unfinished)) => Checking::resume(target, unfinished),
        None => Browsing::enter(overview),
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{Choice, Overview, Reported, UnfinishedRelink};

    use super::*;
    use crate::Reason;
    use crate::example::{Walk, failure, overview, session, unfinished};

    #[test]
    fn the_accounts_are_shown_when_they_come() {
        let mut walk = Walk::start();
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
        walk.answer(Answer::Accounts(Ok(overview())));
        assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview(), overtaken: None }));
    }

    #[test]
    fn an_interrupted_attempt_is_taken_up_where_it_was_left() {
        let mut walk = Walk::start();
        let unfinished =
            Some(UnfinishedRelink { choice: Choice::AnotherBank, ..unfinished(Reported::Finished) });
        walk.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        assert!(
            matches!(walk.stage(), Stage::Checking(checking) if checking.target.choice == Choice::AnotherBank)
        );
        let expected = Request::ReadOutcome { session: session(), reported: Reported::Finished, after: 0 };
        assert_eq!(walk.request(), Some(expected));
    }

    #[test]
    fn an_interrupted_attempt_on_an_account_that_is_gone_is_forgotten() {
        let mut walk = Walk::start();
        let account = "fca_gone".parse().unwrap();
        let unfinished = Some(UnfinishedRelink { account, ..unfinished(Reported::Unknown) });
        walk.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        assert_eq!(*walk.stage(), Stage::Browsing(Browsing { overview: overview(), overtaken: None }));
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
