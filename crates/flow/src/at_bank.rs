//! Stage while the bank window is open.

use relink_protocol::{Reported, SessionId, StartedSession};

use crate::step::Step;
use crate::{Action, Answer, Checking, Event, Request, Stage, Target};

/// The bank window is open. Does not keep the client secret, which only the window needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtBank {
    /// Account to repair or replace.
    pub target: Target,
    /// Session of the attempt.
    pub session: SessionId,
}

impl AtBank {
    pub(crate) fn enter(target: Target, started: StartedSession) -> Step {
        let session = started.session.clone();
        let url = target.overview.stripe_js.clone();
        Step::Request(Stage::AtBank(Self { target, session }), Request::OpenBank { url, started })
    }

    /// Asks the server for the result when the window closes or the customer stops waiting: only the server knows it.
    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Answered(_, Answer::Bank(reported)) => {
                Checking::enter(self.target, self.session, reported)
            }
            Event::Action(Action::Leave) => Checking::enter(self.target, self.session, Reported::Closed),
            _ => Step::Unchanged(Stage::AtBank(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{Harness, session};

    #[test]
    fn every_browser_report_leads_to_an_outcome_request() {
        for reported in [Reported::Finished, Reported::Closed, Reported::Error] {
            let mut harness = Harness::at_bank();
            harness.answer(Answer::Bank(reported));
            let expected = Request::ReadOutcome { session: session(), reported, after: 0 };
            assert_eq!(harness.request(), Some(expected));
        }
    }

    #[test]
    fn leaving_the_bank_window_requests_the_outcome() {
        let mut harness = Harness::at_bank();
        let late = harness.ticket();
        harness.press(Action::Leave);
        let expected = Request::ReadOutcome { session: session(), reported: Reported::Closed, after: 0 };
        assert_eq!(harness.request(), Some(expected));
        harness.event(Event::Answered(late, Answer::Bank(Reported::Finished)));
        assert_eq!(harness.request(), None, "the window's own answer is late now");
    }
}
