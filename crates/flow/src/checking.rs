//! Stage that polls the server for the outcome of an attempt until it is final.

use relink_protocol::{AccountPair, RelinkOutcome, Reported, SessionId, UnfinishedRelink};

use crate::step::Step;
use crate::{Action, Answer, Event, Failed, Finished, Opening, Reason, Request, RetryAction, Stage, Target};

/// Seconds to wait before each request. For each request, the server itself polls Stripe for a few seconds.
const POLL_PAUSES_SECONDS: [u16; 14] = [0, 1, 2, 5, 5, 10, 10, 20, 20, 30, 30, 60, 60, 60];

/// Number of requests after which the page says that it takes longer than usual.
const PROMPT_REQUESTS: usize = 3;

/// Polls the server for the outcome of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checking {
    /// Account to repair or replace.
    pub target: Target,
    /// Session of the attempt.
    pub session: SessionId,
    /// Report of Stripe.js to the page.
    pub reported: Reported,
    /// Number of requests so far, including the current one.
    pub(crate) requests: usize,
}

impl Checking {
    pub(crate) fn enter(target: Target, session: SessionId, reported: Reported) -> Step {
        Self { target, session, reported, requests: 0 }.poll()
    }

    /// Resumes an attempt that a reload interrupted.
    pub(crate) fn resume(target: Target, unfinished: UnfinishedRelink) -> Step {
        Self::enter(target, unfinished.session, unfinished.reported)
    }

    /// Sends the customer's answer, to which the server responds with the outcome that follows. A retry reads the outcome,
    /// which is the question again if the answer got lost.
    pub(crate) fn answer(target: Target, session: SessionId, pairs: Vec<AccountPair>) -> Step {
        let request = Request::Pair { session: session.clone(), pairs };
        let reported = Reported::Finished;
        Step::Request(Stage::Checking(Self { target, session, reported, requests: 1 }), request)
    }

    /// True if it takes so long that the customer should know they can leave.
    pub fn takes_long(&self) -> bool {
        self.requests > PROMPT_REQUESTS
    }

    /// True if the page has stopped polling.
    pub fn has_stopped(&self) -> bool {
        self.requests > POLL_PAUSES_SECONDS.len()
    }

    fn poll(self) -> Step {
        let pause = POLL_PAUSES_SECONDS.get(self.requests).copied();
        let checking = Self { requests: self.requests + 1, ..self };
        match pause {
            Some(after) => {
                let (session, reported) = (checking.session.clone(), checking.reported);
                Step::Request(Stage::Checking(checking), Request::ReadOutcome { session, reported, after })
            }
            None => Step::Goto(Stage::Checking(checking)),
        }
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Answered(_, Answer::Outcome(Ok(outcome))) => self.handle_outcome(outcome),
            // The question was answered elsewhere, or the accounts have changed: they show what became of it.
            Event::Answered(_, Answer::Outcome(Err(failure))) if failure.reason == Reason::NotRepairable => {
                Opening { resumes_attempt: false }.enter()
            }
            Event::Answered(_, Answer::Outcome(Err(failure))) => {
                let (session, reported) = (self.session, self.reported);
                Failed::enter(failure, RetryAction::Check { target: self.target, session, reported })
            }
            Event::Action(Action::TryAgain) if self.has_stopped() => {
                Self { requests: PROMPT_REQUESTS, ..self }.poll()
            }
            // The accounts that were read before the attempt may be out of date.
            Event::Action(Action::Leave) if self.takes_long() => Opening { resumes_attempt: false }.enter(),
            _ => Step::Unchanged(Stage::Checking(self)),
        }
    }

    fn handle_outcome(self, outcome: RelinkOutcome) -> Step {
        let was_left_at_the_bank = self.reported == Reported::Unknown;
        match outcome {
            // A reload closed the bank window: the customer knows, and can start again at any time.
            RelinkOutcome::Pending | RelinkOutcome::Cancelled if was_left_at_the_bank => self.target.back(),
            RelinkOutcome::Pending => self.poll(),
            RelinkOutcome::Relinked(_)
            | RelinkOutcome::NewAccount(_)
            | RelinkOutcome::NewAuthorization(_)
            | RelinkOutcome::NoAccount
            | RelinkOutcome::NoAuthorization
            | RelinkOutcome::Failed
            | RelinkOutcome::Cancelled => {
                let Self { target, session, .. } = self;
                Step::Goto(Stage::Finished(Finished { target, session, outcome }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Browsing;
    use crate::test_support::{Harness, failure, outcomes, overview, relinked, session, unfinished};
    use relink_protocol::Overview;

    fn is_checking(stage: &Stage, test: impl Fn(&Checking) -> bool) -> bool {
        matches!(stage, Stage::Checking(checking) if test(checking))
    }

    #[test]
    fn each_outcome_is_shown() {
        for outcome in outcomes() {
            let mut harness = Harness::checking();
            harness.answer(Answer::Outcome(Ok(outcome.clone())));
            assert!(matches!(harness.stage(), Stage::Finished(finished) if finished.outcome == outcome));
        }
    }

    #[test]
    fn polling_backs_off_and_stops() {
        let mut harness = Harness::checking();
        let mut pauses = Vec::new();
        while let Some(Request::ReadOutcome { after, .. }) = harness.request() {
            pauses.push(after);
            assert!(is_checking(harness.stage(), |checking| !checking.has_stopped()));
            harness.answer(Answer::Outcome(Ok(RelinkOutcome::Pending)));
        }
        assert_eq!(pauses, POLL_PAUSES_SECONDS);
        assert!(is_checking(harness.stage(), Checking::has_stopped));
        harness.press(Action::TryAgain);
        assert!(matches!(harness.request(), Some(Request::ReadOutcome { .. })));
    }

    #[test]
    fn customer_can_leave_a_long_check() {
        let mut harness = Harness::checking();
        harness.press(Action::Leave);
        assert!(is_checking(harness.stage(), |checking| !checking.takes_long()), "it takes a moment only");
        harness.press(Action::TryAgain);
        assert_eq!(harness.request(), None, "it asks by itself");
        for _ in 0..PROMPT_REQUESTS {
            assert!(is_checking(harness.stage(), |checking| !checking.takes_long()));
            harness.answer(Answer::Outcome(Ok(RelinkOutcome::Pending)));
        }
        assert!(is_checking(harness.stage(), Checking::takes_long));
        harness.press(Action::Leave);
        assert_eq!(harness.request(), Some(Request::LoadAccounts), "the bank may have changed something");
        let unfinished = Some(unfinished(Reported::Finished));
        harness.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        assert_eq!(
            *harness.stage(),
            Stage::Browsing(Browsing { overview: overview(), notice: None }),
            "the attempt is not resumed"
        );
    }

    #[test]
    fn retry_reads_the_outcome_of_the_same_session() {
        let mut harness = Harness::checking();
        harness.answer(Answer::Outcome(Err(failure(Reason::ServerUnreachable))));
        harness.press(Action::TryAgain);
        let expected = Request::ReadOutcome { session: session(), reported: Reported::Finished, after: 0 };
        assert_eq!(harness.request(), Some(expected));
    }

    #[test]
    fn reload_at_bank_drops_pending_and_shows_final_outcomes() {
        for outcome in [RelinkOutcome::Pending, RelinkOutcome::Cancelled] {
            let mut harness = Harness::resumed(Reported::Unknown);
            harness.answer(Answer::Outcome(Ok(outcome.clone())));
            assert!(matches!(harness.stage(), Stage::Browsing(_)), "{outcome:?}");
        }
        let mut harness = Harness::resumed(Reported::Unknown);
        harness.answer(Answer::Outcome(Ok(relinked())));
        assert!(matches!(harness.stage(), Stage::Finished(_)));
        let mut harness = Harness::resumed(Reported::Finished);
        harness.answer(Answer::Outcome(Ok(RelinkOutcome::Pending)));
        assert!(matches!(harness.stage(), Stage::Checking(_)), "the customer was done: worth waiting for");
    }
}
