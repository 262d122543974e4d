//! Stage that loads the customer's accounts.

use relink_protocol::{Overview, SessionId};

use crate::step::Step;
use crate::{Answer, Browsing, Checking, Event, Failed, Request, RetryAction, Stage, Target};

/// Loads the customer's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// True if an interrupted attempt is resumed; false after the customer has just left one.
    pub(crate) resumes_attempt: bool,
}

impl Opening {
    pub(crate) fn enter(self) -> Step {
        Step::Request(Stage::Opening(self), Request::LoadAccounts)
    }

    /// Starts over.
    pub(crate) fn reload_accounts() -> Step {
        Self { resumes_attempt: true }.enter()
    }

    /// Reports to the server first that the customer declined, so that payments stay unchanged.
    pub(crate) fn after_keeping(session: SessionId) -> Step {
        Step::Request(Stage::Opening(Self { resumes_attempt: false }), Request::KeepPayments { session })
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Answered(_, Answer::Accounts(Ok(overview))) if self.resumes_attempt => {
                resume_attempt(overview)
            }
            Event::Answered(_, Answer::Accounts(Ok(overview))) => Browsing::enter(overview),
            Event::Answered(_, Answer::Accounts(Err(failure))) => {
                Failed::enter(failure, RetryAction::LoadAccounts)
            }
            Event::Answered(_, Answer::Kept) => self.enter(),
            _ => Step::Unchanged(Stage::Opening(self)),
        }
    }
}

/// Resumes an interrupted attempt, if there is one and its account is still there.
fn resume_attempt(mut overview: Overview) -> Step {
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
    use crate::test_support::{Harness, failure, overview, session, unfinished};

    #[test]
    fn the_accounts_are_shown_when_they_come() {
        let mut harness = Harness::start();
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
        harness.answer(Answer::Accounts(Ok(overview())));
        assert_eq!(*harness.stage(), Stage::Browsing(Browsing { overview: overview(), notice: None }));
    }

    #[test]
    fn an_interrupted_attempt_is_taken_up_where_it_was_left() {
        let mut harness = Harness::start();
        let unfinished =
            Some(UnfinishedRelink { choice: Choice::AnotherBank, ..unfinished(Reported::Finished) });
        harness.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        assert!(
            matches!(harness.stage(), Stage::Checking(checking) if checking.target.choice == Choice::AnotherBank)
        );
        let expected = Request::ReadOutcome { session: session(), reported: Reported::Finished, after: 0 };
        assert_eq!(harness.request(), Some(expected));
    }

    #[test]
    fn an_interrupted_attempt_on_an_account_that_is_gone_is_forgotten() {
        let mut harness = Harness::start();
        let account = "fca_gone".parse().unwrap();
        let unfinished = Some(UnfinishedRelink { account, ..unfinished(Reported::Unknown) });
        harness.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        assert_eq!(*harness.stage(), Stage::Browsing(Browsing { overview: overview(), notice: None }));
    }

    #[test]
    fn a_failure_to_load_can_be_tried_again() {
        let mut harness = Harness::start();
        harness.answer(Answer::Accounts(Err(failure(Reason::ServerUnreachable))));
        assert!(matches!(harness.stage(), Stage::Failed(_)));
        harness.press(crate::Action::TryAgain);
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
    }
}
