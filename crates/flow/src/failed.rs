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
    pub retry: RetryAction,
    /// Effect that the request may have had nevertheless.
    pub uncertain_effect: UncertainEffect,
}

/// Effect that a failed request may have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UncertainEffect {
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
pub enum RetryAction {
    /// Read the accounts again.
    LoadAccounts,
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
    Pay(Box<Paying>),
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
            ProblemCode::NotRepairable | ProblemCode::AlreadyAnswered => Reason::NotRepairable,
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
    pub(crate) fn enter(failure: Failure, retry: RetryAction) -> Step {
        let uncertain_effect = match &retry {
            RetryAction::LoadAccounts | RetryAction::Prepare(_) => UncertainEffect::None,
            RetryAction::Check { .. } => UncertainEffect::Relink,
            RetryAction::Pay(_) if failure.reason == Reason::PaymentRefused => UncertainEffect::None,
            RetryAction::Pay(_) => UncertainEffect::Payment,
        };
        let retry = match failure.reason {
            // The same request would fail again; the current accounts show why.
            Reason::NotFound | Reason::NotRepairable | Reason::LinkUnusable | Reason::PaymentRefused => {
                RetryAction::LoadAccounts
            }
            Reason::Offline
            | Reason::ServerUnreachable
            | Reason::SignedOut
            | Reason::StripeBlocked
            | Reason::StripeUnavailable
            | Reason::Busy
            | Reason::Internal => retry,
        };
        Step::Goto(Stage::Failed(Self { failure, retry, uncertain_effect }))
    }

    /// Returns the account that the failed attempt was about, if any.
    pub fn target(&self) -> Option<&Target> {
        match &self.retry {
            RetryAction::LoadAccounts => None,
            RetryAction::Prepare(target) | RetryAction::Check { target, .. } => Some(target),
            RetryAction::Pay(paying) => Some(&paying.finished.target),
        }
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match (event, self.retry) {
            (Event::Action(Action::TryAgain), RetryAction::LoadAccounts) => Opening::reload_accounts(),
            (Event::Action(Action::TryAgain), RetryAction::Prepare(target)) => Preparing::enter(target),
            (Event::Action(Action::TryAgain), RetryAction::Check { target, session, reported }) => {
                Checking::enter(target, session, reported)
            }
            (Event::Action(Action::TryAgain), RetryAction::Pay(paying)) => paying.enter(),
            (Event::Action(Action::Leave), RetryAction::Prepare(target)) => target.back(),
            // The accounts that were read before the attempt may be out of date.
            (Event::Action(Action::Leave), RetryAction::Check { .. } | RetryAction::Pay(_)) => {
                Opening { resumes_attempt: false }.enter()
            }
            (Event::CameOnline, retry) if self.failure.reason == Reason::Offline => retry_when_online(retry),
            (_, retry) => Step::Unchanged(Stage::Failed(Self { retry, ..self })),
        }
    }
}

/// Retries by itself once the browser is online again. A bank window never opens without a gesture, so a new attempt
/// waits on the screen where the customer can start it.
fn retry_when_online(retry: RetryAction) -> Step {
    match retry {
        RetryAction::LoadAccounts => Opening::reload_accounts(),
        RetryAction::Prepare(target) => Explaining::enter(target),
        RetryAction::Check { target, session, reported } => Checking::enter(target, session, reported),
        RetryAction::Pay(paying) => paying.enter(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{Harness, failure};
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
    fn not_found_reloads_accounts() {
        for reason in [Reason::NotFound, Reason::NotRepairable] {
            let mut harness = Harness::preparing();
            harness.answer(Answer::Stripe(Ok(())));
            harness.answer(Answer::Session(Err(failure(reason))));
            harness.press(Action::TryAgain);
            assert_eq!(harness.request(), Some(Request::LoadAccounts), "{reason:?}");
        }
    }

    #[test]
    fn unknown_session_has_uncertain_effect() {
        let mut harness = Harness::checking();
        harness.answer(Answer::Outcome(Err(failure(Reason::NotFound))));
        assert!(
            matches!(harness.stage(), Stage::Failed(failed) if failed.uncertain_effect == UncertainEffect::Relink)
        );
        harness.press(Action::TryAgain);
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn leaving_a_failed_question_reads_the_accounts_again() {
        let mut harness = Harness::checking();
        harness.answer(Answer::Outcome(Err(failure(Reason::ServerUnreachable))));
        harness.press(Action::Leave);
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn every_failure_of_an_attempt_offers_a_way_on_and_a_way_out() {
        use Reason::{Busy, Internal, Offline, ServerUnreachable, SignedOut, StripeUnavailable};
        for reason in [Busy, Internal, Offline, ServerUnreachable, SignedOut, StripeUnavailable] {
            let mut harness = Harness::preparing();
            harness.answer(Answer::Stripe(Ok(())));
            harness.answer(Answer::Session(Err(failure(reason))));
            let mut leaving = harness.clone();
            leaving.press(Action::Leave);
            assert!(matches!(leaving.stage(), Stage::Browsing(_)), "{reason:?}");
            harness.press(Action::TryAgain);
            assert!(matches!(harness.request(), Some(Request::LoadStripe { .. })), "{reason:?}");
        }
    }

    #[test]
    fn coming_online_resumes_polling_but_opens_no_window() {
        let mut harness = Harness::checking();
        harness.answer(Answer::Outcome(Err(failure(Reason::Offline))));
        harness.event(Event::CameOnline);
        assert!(matches!(harness.request(), Some(Request::ReadOutcome { .. })));

        let mut harness = Harness::preparing();
        harness.answer(Answer::Stripe(Err(failure(Reason::Offline))));
        harness.event(Event::CameOnline);
        assert!(matches!(harness.stage(), Stage::Explaining(_)));

        let mut harness = Harness::start();
        harness.answer(Answer::Accounts(Err(failure(Reason::Offline))));
        harness.event(Event::CameOnline);
        assert_eq!(harness.request(), Some(Request::LoadAccounts));

        let mut harness = Harness::paying();
        harness.answer(Answer::Paid(Err(failure(Reason::Offline))));
        harness.event(Event::CameOnline);
        assert!(matches!(harness.request(), Some(Request::Pay { .. })), "the customer has agreed already");
    }

    #[test]
    fn only_a_refusal_is_said_to_have_changed_no_payments() {
        use Reason::{
            Busy, Internal, NotFound, Offline, PaymentRefused, ServerUnreachable, StripeUnavailable,
        };
        for reason in
            [Busy, Internal, NotFound, Offline, ServerUnreachable, StripeUnavailable, PaymentRefused]
        {
            let mut harness = Harness::paying();
            harness.answer(Answer::Paid(Err(failure(reason))));
            let Stage::Failed(failed) = harness.stage() else { panic!("{:?}", harness.stage()) };
            let leads_home = matches!(reason, NotFound | PaymentRefused);
            assert_eq!(failed.target().is_none(), leads_home, "{reason:?}");
            let expected =
                if reason == PaymentRefused { UncertainEffect::None } else { UncertainEffect::Payment };
            assert_eq!(failed.uncertain_effect, expected, "{reason:?}");
            harness.press(Action::Leave);
            assert_eq!(harness.request(), (!leads_home).then_some(Request::LoadAccounts), "{reason:?}");
        }
    }

    #[test]
    fn coming_online_is_ignored_after_other_failures() {
        let mut harness = Harness::start();
        harness.answer(Answer::Accounts(Err(failure(Reason::SignedOut))));
        harness.event(Event::CameOnline);
        assert_eq!(harness.request(), None);
        assert!(matches!(harness.stage(), Stage::Failed(_)));
    }
}
