//! A request failed: what went wrong, and what would be done again.

use relink_protocol::{Problem, ProblemCode, Reported, SessionId};

use crate::step::Step;
use crate::{Action, Checking, Event, Explaining, Opening, Paying, Preparing, Stage, Target};

/// Knows what went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What went wrong.
    pub failure: Failure,
    /// What trying again does.
    pub again: Again,
    /// What may have been changed all the same.
    pub doubt: Doubt,
}

/// What a request may have changed although it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing.
    None,
    /// The bank window was open: the account may be repaired.
    Relink,
    /// The customer agreed to pay from another account: that may be done.
    Payment,
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Decides the words on the screen.
    pub reason: Reason,
    /// Under which the server's log has the cause; for support.
    pub request_id: Option<String>,
}

/// The kinds of failure that a customer is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The browser has no network.
    Offline,
    /// The merchant's server does not answer.
    ServerUnreachable,
    /// The customer's token has expired or is not accepted.
    SignedOut,
    /// The account or attempt is gone, or was never the customer's.
    NotFound,
    /// The account's state has changed, so that a relink no longer helps.
    NotRepairable,
    /// The link that led here is over, or was never the customer's.
    LinkUnusable,
    /// No payment method can be made of the account.
    PaymentRefused,
    /// Stripe.js did not load: an extension or a network blocks it.
    StripeBlocked,
    /// Stripe does not answer.
    StripeUnavailable,
    /// Too much at once; later it will do.
    Busy,
    /// The merchant's set-up or our code is at fault.
    Internal,
}

/// What trying again does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// Read the accounts again.
    LoadAccounts,
    /// Load the page again: a part of the program did not come, and may be there under another name.
    LoadPage,
    /// Begin a new attempt.
    Prepare(Target),
    /// Ask once more for the outcome of the same attempt: it may have succeeded.
    Check {
        /// The account to repair or replace.
        target: Target,
        /// The attempt.
        session: SessionId,
        /// What Stripe.js told the page.
        reported: Reported,
    },
    /// Ask once more for the same payment method: there will be one.
    Pay(Paying),
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Self { reason, request_id: None }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let reason = match problem.code {
            ProblemCode::SignedOut => Reason::SignedOut,
            ProblemCode::NotFound => Reason::NotFound,
            ProblemCode::NotRepairable => Reason::NotRepairable,
            ProblemCode::LinkUnusable => Reason::LinkUnusable,
            ProblemCode::PaymentRefused => Reason::PaymentRefused,
            ProblemCode::StripeUnavailable => Reason::StripeUnavailable,
            ProblemCode::RateLimited => Reason::Busy,
            ProblemCode::InvalidRequest
            | ProblemCode::Misconfigured
            | ProblemCode::Internal
            | ProblemCode::Other(_) => Reason::Internal,
        };
        Self { reason, request_id: problem.request_id }
    }
}

impl Failed {
    pub(crate) fn enter(failure: Failure, again: Again) -> Step {
        let doubt = match &again {
            Again::LoadAccounts | Again::LoadPage | Again::Prepare(_) => Doubt::None,
            Again::Check { .. } => Doubt::Relink,
            Again::Pay(_) if failure.reason == Reason::PaymentRefused => Doubt::None,
            Again::Pay(_) => Doubt::Payment,
        };
        let again = match failure.reason {
            // The same request would fail the same way; the accounts as they are now show why.
            Reason::NotFound | Reason::NotRepairable | Reason::LinkUnusable | Reason::PaymentRefused => {
                Again::LoadAccounts
            }
            Reason::Offline
            | Reason::ServerUnreachable
            | Reason::SignedOut
            | Reason::StripeBlocked
            | Reason::StripeUnavailable
            | Reason::Busy
            | Reason::Internal => again,
        };
        Step::Enter(Stage::Failed(Self { failure, again, doubt }))
    }

    /// The rest of the program did not come.
    pub(crate) fn incomplete(failure: Failure, doubt: Doubt) -> Step {
        Step::Enter(Stage::Failed(Self { failure, again: Again::LoadPage, doubt }))
    }

    /// The account that the failed attempt was about, where there is one.
    pub fn target(&self) -> Option<&Target> {
        match &self.again {
            Again::LoadAccounts | Again::LoadPage => None,
            Again::Prepare(target) | Again::Check { target, .. } | Again::Pay(Paying { target, .. }) => {
                Some(target)
            }
        }
    }

    /// Everything, where no account is chosen.
    pub(crate) fn step_early(self, event: Event) -> Result<Step, (Stage, Event)> {
        let start = match self.again {
            Again::LoadAccounts => Opening::again,
            Again::LoadPage => Opening::anew,
            Again::Prepare(_) | Again::Check { .. } | Again::Pay(_) => {
                return Err((Stage::Failed(self), event));
            }
        };
        Ok(match event {
            Event::Pressed(Action::TryAgain) => start(),
            Event::CameOnline if self.failure.reason == Reason::Offline => start(),
            _ => Step::Stay(Stage::Failed(self)),
        })
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match (event, self.again) {
            (Event::Pressed(Action::TryAgain), Again::LoadAccounts) => Opening::again(),
            (Event::Pressed(Action::TryAgain), Again::LoadPage) => Opening::anew(),
            (Event::Pressed(Action::TryAgain), Again::Prepare(target)) => Preparing::enter(target),
            (Event::Pressed(Action::TryAgain), Again::Check { target, session, reported }) => {
                Checking::enter(target, session, reported)
            }
            (Event::Pressed(Action::TryAgain), Again::Pay(Paying { target, session, account })) => {
                Paying::enter(target, session, account)
            }
            (Event::Pressed(Action::Leave), Again::Prepare(target)) => target.back(),
            // The accounts as they were before the attempt may be out of date by now.
            (Event::Pressed(Action::Leave), Again::Check { .. } | Again::Pay(_)) => {
                Opening { takes_up: false }.enter()
            }
            (Event::CameOnline, again) if self.failure.reason == Reason::Offline => go_on(again),
            (_, again) => Step::Stay(Stage::Failed(Self { again, ..self })),
        }
    }
}

/// What goes on by itself when the network is back. A bank window never opens without a gesture, so a new attempt
/// waits where the customer can begin it.
fn go_on(again: Again) -> Step {
    match again {
        Again::LoadAccounts => Opening::again(),
        Again::LoadPage => Opening::anew(),
        Again::Prepare(target) => Explaining::enter(target),
        Again::Check { target, session, reported } => Checking::enter(target, session, reported),
        Again::Pay(Paying { target, session, account }) => Paying::enter(target, session, account),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Walk, failure};
    use crate::{Answer, Request};

    #[test]
    fn a_problem_keeps_the_number_that_support_needs() {
        let problem = Problem {
            code: ProblemCode::Other("new".to_owned()),
            title: String::new(),
            request_id: Some("req-1".to_owned()),
        };
        let expected = Failure { reason: Reason::Internal, request_id: Some("req-1".to_owned()) };
        assert_eq!(Failure::from(problem), expected);
    }

    #[test]
    fn someone_elses_account_leads_back_to_ones_own() {
        for reason in [Reason::NotFound, Reason::NotRepairable] {
            let mut walk = Walk::preparing();
            walk.answer(Answer::Stripe(Ok(())));
            walk.answer(Answer::Session(Err(failure(reason))));
            walk.press(Action::TryAgain);
            assert_eq!(walk.request(), Some(Request::LoadAccounts), "{reason:?}");
        }
    }

    #[test]
    fn an_attempt_that_the_server_forgot_is_not_said_to_have_changed_nothing() {
        let mut walk = Walk::checking();
        walk.answer(Answer::Outcome(Err(failure(Reason::NotFound))));
        assert!(matches!(walk.stage(), Stage::Failed(failed) if failed.doubt == Doubt::Relink));
        walk.press(Action::TryAgain);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn leaving_a_failed_question_reads_the_accounts_again() {
        let mut walk = Walk::checking();
        walk.answer(Answer::Outcome(Err(failure(Reason::ServerUnreachable))));
        walk.press(Action::Leave);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn every_failure_of_an_attempt_offers_a_way_on_and_a_way_out() {
        use Reason::{Busy, Internal, Offline, ServerUnreachable, SignedOut, StripeUnavailable};
        for reason in [Busy, Internal, Offline, ServerUnreachable, SignedOut, StripeUnavailable] {
            let mut walk = Walk::preparing();
            walk.answer(Answer::Stripe(Ok(())));
            walk.answer(Answer::Session(Err(failure(reason))));
            let mut leaving = walk.clone();
            leaving.press(Action::Leave);
            assert!(matches!(leaving.stage(), Stage::Browsing(_)), "{reason:?}");
            walk.press(Action::TryAgain);
            assert!(matches!(walk.request(), Some(Request::LoadStripe { .. })), "{reason:?}");
        }
    }

    #[test]
    fn back_online_a_question_goes_on_but_no_window_opens_by_itself() {
        let mut walk = Walk::checking();
        walk.answer(Answer::Outcome(Err(failure(Reason::Offline))));
        walk.event(Event::CameOnline);
        assert!(matches!(walk.request(), Some(Request::ReadOutcome { .. })));

        let mut walk = Walk::preparing();
        walk.answer(Answer::Stripe(Err(failure(Reason::Offline))));
        walk.event(Event::CameOnline);
        assert!(matches!(walk.stage(), Stage::Explaining(_)));

        let mut walk = Walk::start();
        walk.answer(Answer::Accounts(Err(failure(Reason::Offline))));
        walk.event(Event::CameOnline);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));

        let mut walk = Walk::paying();
        walk.answer(Answer::Paid(Err(failure(Reason::Offline))));
        walk.event(Event::CameOnline);
        assert!(matches!(walk.request(), Some(Request::Pay { .. })), "the customer has agreed already");
    }

    #[test]
    fn only_a_refusal_is_said_to_have_changed_no_payments() {
        use Reason::{
            Busy, Internal, NotFound, Offline, PaymentRefused, ServerUnreachable, StripeUnavailable,
        };
        for reason in
            [Busy, Internal, NotFound, Offline, ServerUnreachable, StripeUnavailable, PaymentRefused]
        {
            let mut walk = Walk::paying();
            walk.answer(Answer::Paid(Err(failure(reason))));
            let Stage::Failed(failed) = walk.stage() else { panic!("{:?}", walk.stage()) };
            let leads_home = matches!(reason, NotFound | PaymentRefused);
            assert_eq!(failed.target().is_none(), leads_home, "{reason:?}");
            let expected = if reason == PaymentRefused { Doubt::None } else { Doubt::Payment };
            assert_eq!(failed.doubt, expected, "{reason:?}");
            walk.press(Action::Leave);
            assert_eq!(walk.request(), (!leads_home).then_some(Request::LoadAccounts), "{reason:?}");
        }
    }

    #[test]
    fn being_back_online_changes_nothing_where_the_network_was_not_the_trouble() {
        let mut walk = Walk::start();
        walk.answer(Answer::Accounts(Err(failure(Reason::SignedOut))));
        walk.event(Event::CameOnline);
        assert_eq!(walk.request(), None);
        assert!(matches!(walk.stage(), Stage::Failed(_)));
    }
}
