//! Stage after a failed request: the reason, and the retry.

use relink_protocol::{Problem, ProblemCode, Reported, SessionId};

use crate::step::Step;
use crate::{Action, Checking, Event, Explaining, Opening, Paying, Preparing, Stage, Target};

/// A request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Reason of the failure.
    pub failure: Failure,
    /// Action of a retry.
    pub again: Again,
    /// Effect that the request may have had nevertheless.
    pub doubt: Doubt,
}

/// Effect that a failed request may have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing.
    None,
    /// The bank window was open, so the account may be repaired.
    Relink,
    /// The customer agreed to pay from another account, so the payment method may exist.
    Payment,
}

/// Reason of a failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Kind of failure, which decides the text on the screen.
    pub reason: Reason,
    /// Identifier under which the server's log has the cause; for support.
    pub request_id: Option<String>,
}

/// Kinds of failure that the page distinguishes for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The browser is offline.
    Offline,
    /// The merchant's server does not respond.
    ServerUnreachable,
    /// The customer's token has expired or is not accepted.
    SignedOut,
    /// The account or session does not exist, or belongs to another customer.
    NotFound,
    /// The account's condition has changed, so that a relink no longer helps.
    NotRepairable,
    /// The link has expired, or is for another customer.
    LinkUnusable,
    /// No payment method can be made of the account.
    PaymentRefused,
    /// Stripe.js did not load: an extension or a network blocks it.
    StripeBlocked,
    /// Stripe does not respond.
    StripeUnavailable,
    /// The rate of requests is limited; a later retry works.
    Busy,
    /// The merchant's setup or relink itself is faulty.
    Internal,
}

/// Action of a retry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// Read the accounts again.
    LoadAccounts,
    /// Restart with the current files: the lazily loaded part failed to load, perhaps because a deployment replaced it.
    LoadPage,
    /// Start a new attempt.
    Prepare(Target),
    /// Read the outcome of the same attempt again: it may have succeeded.
    Check {
        /// Account to repair or replace.
        target: Target,
        /// Session of the attempt.
        session: SessionId,
        /// Report of Stripe.js to the page.
        reported: Reported,
    },
    /// Request the same payment method again: the server makes only one.
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
            // The same request would fail again; the current accounts show why.
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

    /// Fails because the lazily loaded part of the program did not load.
    pub(crate) fn incomplete(failure: Failure, doubt: Doubt) -> Step {
        Step::Enter(Stage::Failed(Self { failure, again: Again::LoadPage, doubt }))
    }

    /// Returns the account that the failed attempt was about, if any.
    pub fn target(&self) -> Option<&Target> {
        match &self.again {
            Again::LoadAccounts | Again::LoadPage => None,
            Again::Prepare(target) | Again::Check { target, .. } | Again::Pay(Paying { target, .. }) => {
                Some(target)
            }
        }
    }

    /// Handles every event, unless the retry needs a chosen account.
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
            // The accounts that were read before the attempt may be out of date.
            (Event::Pressed(Action::Leave), Again::Check { .. } | Again::Pay(_)) => {
                Opening { takes_up: false }.enter()
            }
            (Event::CameOnline, again) if self.failure.reason == Reason::Offline => go_on(again),
            (_, again) => Step::Stay(Stage::Failed(Self { again, ..self })),
        }
    }
}

/// Retries by itself once the browser is online again. A bank window never opens without a gesture, so a new attempt
/// waits on the screen where the customer can start it.
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
