//! Stage that polls the server for the outcome of an attempt until it is final.

use relink_protocol::{RelinkOutcome, Reported, SessionId, UnfinishedRelink};

use crate::step::Step;
use crate::{Action, Again, Answer, Event, Failed, Finished, Opening, Request, Stage, Target};

/// Seconds to wait before each request. For each request, the server itself polls Stripe for a few seconds.
const PAUSES: [u16; 14] = [0, 1, 2, 5, 5, 10, 10, 20, 20, 30, 30, 60, 60, 60];

/// Number of requests after which the page says that it takes longer than usual.
const PROMPT_QUESTIONS: usize = 3;

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
    pub(crate) questions: usize,
}

impl Checking {
    pub(crate) fn enter(target: Target, session: SessionId, reported: Reported) -> Step {
        Self { target, session, reported, questions: 0 }.ask()
    }

    /// Resumes an attempt that a reload interrupted.
    pub(crate) fn resume(target: Target, unfinished: UnfinishedRelink) -> Step {
        Self::enter(target, unfinished.session, unfinished.reported)
    }

    /// True if it takes so long that the customer should know they can leave.
    pub fn takes_long(&self) -> bool {
        self.questions > PROMPT_QUESTIONS
    }

    /// True if the page has stopped polling.
    pub fn has_stopped(&self) -> bool {
        self.questions > PAUSES.len()
    }

    fn ask(self) -> Step {
        let pause = PAUSES.get(self.questions).copied();
        let checking = Self { questions: self.questions + 1, ..self };
        match pause {
            Some(after) => {
                let (session, reported) = (checking.session.clone(), checking.reported);
                Step::Ask(Stage::Checking(checking), Request::ReadOutcome { session, reported, after })
            }
            None => Step::Enter(Stage::Checking(checking)),
        }
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Answered(_, Answer::Outcome(Ok(outcome))) => self.learn(outcome),
            Event::Answered(_, Answer::Outcome(Err(failure))) => {
                let (session, reported) = (self.session, self.reported);
                Failed::enter(failure, Again::Check { target: self.target, session, reported })
            }
            Event::Pressed(Action::TryAgain) if self.has_stopped() => {
                Self { questions: PROMPT_QUESTIONS, ..self }.ask()
            }
            // The accounts that were read before the attempt may be out of date.
            Event::Pressed(Action::Leave) if self.takes_long() => Opening { takes_up: false }.enter(),
            _ => Step::Stay(Stage::Checking(self)),
        }
    }

    fn learn(self, outcome: RelinkOutcome) -> Step {
        let was_left_at_the_bank = self.reported == Reported::Unknown;
        match outcome {
            // A reload closed the bank window: the customer knows, and can start again at any time.
            RelinkOutcome::Pending | RelinkOutcome::Cancelled if was_left_at_the_bank => self.target.back(),
            RelinkOutcome::Pending => self.ask(),
            RelinkOutcome::Relinked(_)
            | RelinkOutcome::NewAccount(_)
            | RelinkOutcome::NewAuthorization(_)
            | RelinkOutcome::NoAccount
            | RelinkOutcome::NoAuthorization
            | RelinkOutcome::Failed
            | RelinkOutcome::Cancelled => {
                let Self { target, session, .. } = self;
                Step::Enter(Stage::Finished(Finished { target, session, outcome }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Walk, failure, outcomes, overview, relinked, session, unfinished};
    use crate::{Browsing, Reason};
    use relink_protocol::Overview;

    fn is_checking(stage: &Stage, test: impl Fn(&Checking) -> bool) -> bool {
        matches!(stage, Stage::Checking(checking) if test(checking))
    }

    #[test]
    fn each_outcome_is_shown() {
        for outcome in outcomes() {
            let mut walk = Walk::checking();
            walk.answer(Answer::Outcome(Ok(outcome.clone())));
            assert!(matches!(walk.stage(), Stage::Finished(finished) if finished.outcome == outcome));
        }
    }

    #[test]
    fn while_stripe_is_undecided_the_page_asks_ever_more_gently_and_then_stops() {
        let mut walk = Walk::checking();
        let mut pauses = Vec::new();
        while let Some(Request::ReadOutcome { after, .. }) = walk.request() {
            pauses.push(after);
            assert!(is_checking(walk.stage(), |checking| !checking.has_stopped()));
            walk.answer(Answer::Outcome(Ok(RelinkOutcome::Pending)));
        }
        assert_eq!(pauses, PAUSES);
        assert!(is_checking(walk.stage(), Checking::has_stopped));
        walk.press(Action::TryAgain);
        assert!(matches!(walk.request(), Some(Request::ReadOutcome { .. })));
    }

    #[test]
    fn nobody_is_kept_waiting_once_it_takes_long() {
        let mut walk = Walk::checking();
        walk.press(Action::Leave);
        assert!(is_checking(walk.stage(), |checking| !checking.takes_long()), "it takes a moment only");
        walk.press(Action::TryAgain);
        assert_eq!(walk.request(), None, "it asks by itself");
        for _ in 0..PROMPT_QUESTIONS {
            assert!(is_checking(walk.stage(), |checking| !checking.takes_long()));
            walk.answer(Answer::Outcome(Ok(RelinkOutcome::Pending)));
        }
        assert!(is_checking(walk.stage(), Checking::takes_long));
        walk.press(Action::Leave);
        assert_eq!(walk.request(), Some(Request::LoadAccounts), "the bank may have changed something");
        let unfinished = Some(unfinished(Reported::Finished));
        walk.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        assert_eq!(
            *walk.stage(),
            Stage::Browsing(Browsing { overview: overview(), overtaken: None }),
            "left is left"
        );
    }

    #[test]
    fn a_failed_question_is_asked_again_for_the_same_attempt() {
        let mut walk = Walk::checking();
        walk.answer(Answer::Outcome(Err(failure(Reason::ServerUnreachable))));
        walk.press(Action::TryAgain);
        let expected = Request::ReadOutcome { session: session(), reported: Reported::Finished, after: 0 };
        assert_eq!(walk.request(), Some(expected));
    }

    #[test]
    fn after_a_reload_at_the_bank_an_undecided_attempt_is_let_go_and_a_decided_one_is_shown() {
        for outcome in [RelinkOutcome::Pending, RelinkOutcome::Cancelled] {
            let mut walk = Walk::resumed(Reported::Unknown);
            walk.answer(Answer::Outcome(Ok(outcome.clone())));
            assert!(matches!(walk.stage(), Stage::Browsing(_)), "{outcome:?}");
        }
        let mut walk = Walk::resumed(Reported::Unknown);
        walk.answer(Answer::Outcome(Ok(relinked())));
        assert!(matches!(walk.stage(), Stage::Finished(_)));
        let mut walk = Walk::resumed(Reported::Finished);
        walk.answer(Answer::Outcome(Ok(RelinkOutcome::Pending)));
        assert!(matches!(walk.stage(), Stage::Checking(_)), "the customer was done: worth waiting for");
    }
}
