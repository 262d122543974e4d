//! Stripe's verdict on an attempt, and whether it is Stripe's own or follows from the browser's report.

use relink_protocol::stripe::{Accounts, Session};
use relink_protocol::{Reported, SessionResult, decide};

use super::AttemptError;
use crate::domain::attempt::Attempt;
use crate::domain::outcome::Settled;
use crate::domain::session_plan::is_as_requested;
use crate::stripe::Stripe;

/// Result of one read of the session.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The earlier outcome stays.
    Stays(Settled),
    /// The session's result, which may be pending. Without `by_stripe`, the browser's report decided.
    Decided {
        achieved: SessionResult,
        by_stripe: bool,
        accounts: Accounts,
        /// Time by Stripe's clock, in seconds since 1970, at which the accounts were so.
        as_of: i64,
    },
}

impl Verdict {
    /// True if the attempt is still undecided.
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self, Self::Decided { achieved: SessionResult::Pending, .. })
    }
}

/// Reads the session from Stripe once.
pub(crate) async fn ask(
    stripe: &Stripe,
    attempt: &Attempt,
    reported: Reported,
) -> Result<Verdict, AttemptError> {
    let read = stripe.session(&attempt.session).await?;
    let session = read.value;
    if session.id != attempt.session || !is_as_requested(&session, &attempt.requested)? {
        tracing::error!(session = %attempt.session, account = %attempt.account, "Stripe has something else in this session");
        return Err(AttemptError::SomethingElse);
    }
    Ok(judge(attempt, session, read.as_of, reported))
}

/// A decision of Stripe's always counts. An outcome that only the browser's report decided stays as it was first given,
/// until Stripe says otherwise.
fn judge(attempt: &Attempt, session: Session, as_of: i64, reported: Reported) -> Verdict {
    let by_stripe = decide(&attempt.requested, &session, Reported::Unknown);
    let is_silent = by_stripe == SessionResult::Pending;
    match &attempt.settled {
        Some(settled) if is_silent => Verdict::Stays(settled.clone()),
        Some(_) | None => {
            let achieved = if is_silent { decide(&attempt.requested, &session, reported) } else { by_stripe };
            Verdict::Decided { achieved, by_stripe: !is_silent, accounts: session.accounts, as_of }
        }
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{RelinkOutcome, Requested};
    use serde_json::json;

    use super::*;
    use crate::domain::attempt::tests::attempt;
    use crate::domain::customer_claims::tests::caller;

    #[test]
    fn a_hint_settles_once_and_stripe_may_still_correct_it() {
        let session = |result: serde_json::Value| -> Session {
            serde_json::from_value(json!({"id": "fcsess_1", "accounts": [], "relink_result": result}))
                .unwrap()
        };
        let silent = || session(json!(null));
        let repaired =
            session(json!({"authorization": "fcauth_1", "account": "fca_1", "failure_reason": null}));
        let requested = Requested::Account {
            account: "fca_1".parse().unwrap(),
            authorization: "fcauth_1".parse().unwrap(),
        };
        let attempt = |outcome: Option<RelinkOutcome>| Attempt {
            requested: requested.clone(),
            settled: outcome.map(|outcome| Settled {
                outcome,
                linked: Vec::new(),
                by_stripe: false,
                pairs: None,
            }),
            ..attempt(1, &caller("cus_1", None), 0)
        };
        let hinted = Some(RelinkOutcome::Cancelled);
        assert!(judge(&attempt(None), silent(), 1, Reported::Finished).is_pending());
        assert!(matches!(
            judge(&attempt(None), silent(), 1, Reported::Closed),
            Verdict::Decided { achieved: SessionResult::Cancelled, by_stripe: false, .. }
        ));
        assert!(matches!(
            judge(&attempt(hinted.clone()), silent(), 1, Reported::Finished),
            Verdict::Stays(Settled { outcome: RelinkOutcome::Cancelled, .. })
        ));
        assert!(matches!(
            judge(&attempt(hinted), repaired, 1, Reported::Closed),
            Verdict::Decided { achieved: SessionResult::Linked, by_stripe: true, .. }
        ));
    }
}
