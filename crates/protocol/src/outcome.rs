//! What did this session achieve? The decision that no browser can influence.

use serde::{Deserialize, Serialize};

use crate::AccountId;
use crate::stripe::{FailureReason, RelinkResult, Session, SessionStatus};

/// What one attempt achieved, as Stripe has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelinkOutcome {
    /// Stripe does not know yet; ask again shortly.
    Pending,
    /// The account that was asked for works again.
    Relinked,
    /// The right bank, but not that account.
    NoAccount,
    /// The bank login was not finished.
    NoAuthorization,
    /// Something else prevented it, or a reason that is newer than this code.
    Failed,
    /// The customer closed the window; nothing was changed.
    Cancelled,
}

/// What Stripe.js told the page. A hint: it can tell "still deciding" from "gave up", never failure from success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    /// The customer went through the window, whatever came of it.
    Finished,
    /// The customer closed the window, which Stripe.js reports as a session without accounts.
    Closed,
    /// Stripe.js reported an error, or threw.
    Error,
    /// The page was reloaded or closed before it was told.
    Unknown,
}

/// Decides a relink that asked for one exact account.
///
/// Stripe sets `relink_result.account` only when exactly that account was repaired, so success is that and nothing
/// else. Whether a cancelled relink has a `relink_result` is undocumented; both forms are understood.
pub fn decide(requested: &AccountId, session: &Session, reported: Reported) -> RelinkOutcome {
    match (&session.relink_result, &session.status) {
        (Some(result), status) => decide_result(requested, result, status.as_ref()),
        (None, Some(SessionStatus::Cancelled)) => RelinkOutcome::Cancelled,
        (None, Some(SessionStatus::Failed)) => RelinkOutcome::Failed,
        (None, Some(SessionStatus::Succeeded | SessionStatus::Completed)) => {
            if session.accounts.first_page().is_empty() {
                RelinkOutcome::Cancelled
            } else {
                // Something was linked, but Stripe does not say that it is the account we asked for.
                RelinkOutcome::Failed
            }
        }
        (None, Some(SessionStatus::Pending | SessionStatus::Other(_)) | None) => match reported {
            Reported::Closed => RelinkOutcome::Cancelled,
            Reported::Error => RelinkOutcome::Failed,
            Reported::Finished | Reported::Unknown => RelinkOutcome::Pending,
        },
    }
}

fn decide_result(
    requested: &AccountId,
    result: &RelinkResult,
    status: Option<&SessionStatus>,
) -> RelinkOutcome {
    if result.account.as_ref() == Some(requested) {
        return RelinkOutcome::Relinked;
    }
    match &result.failure_reason {
        Some(FailureReason::NoAccount) => RelinkOutcome::NoAccount,
        Some(FailureReason::NoAuthorization) => RelinkOutcome::NoAuthorization,
        Some(FailureReason::Unexpected | FailureReason::Other(_)) => RelinkOutcome::Failed,
        // Another account or authorization came back: not what was asked for.
        None if result.account.is_some() || result.authorization.is_some() => RelinkOutcome::Failed,
        None if status == Some(&SessionStatus::Failed) => RelinkOutcome::Failed,
        None => RelinkOutcome::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const REPORTS: [Reported; 4] = [Reported::Finished, Reported::Closed, Reported::Error, Reported::Unknown];
    const STATUSES: [Option<&str>; 7] = [
        None,
        Some("pending"),
        Some("succeeded"),
        Some("completed"),
        Some("failed"),
        Some("cancelled"),
        Some("hibernating"),
    ];

    fn requested() -> AccountId {
        "fca_1".parse().unwrap()
    }

    fn session(status: Option<&str>, result: &Value, accounts: &Value) -> Session {
        serde_json::from_value(json!({
            "id": "fcsess_1", "accounts": accounts, "status": status, "relink_result": result
        }))
        .unwrap()
    }

    fn linked() -> Value {
        json!([{
            "id": "fca_9", "authorization": "fcauth_1", "account_holder": null, "display_name": null,
            "institution_name": "StripeBank", "last4": "4421", "livemode": false, "permissions": [],
            "status": "active", "status_details": {}, "subcategory": "checking"
        }])
    }

    fn result(authorization: Option<&str>, account: Option<&str>, reason: Option<&str>) -> Value {
        json!({"authorization": authorization, "account": account, "failure_reason": reason})
    }

    #[test]
    fn a_complete_result_decides_whatever_the_browser_reports() {
        use RelinkOutcome::{Failed, NoAccount, NoAuthorization, Relinked};
        for (result, expected) in [
            (result(Some("fcauth_1"), Some("fca_1"), None), Relinked),
            (result(None, Some("fca_1"), None), Relinked),
            (result(None, None, Some("no_account")), NoAccount),
            (result(Some("fcauth_1"), None, Some("no_account")), NoAccount),
            (result(Some("fcauth_1"), Some("fca_9"), Some("no_account")), NoAccount),
            (result(None, None, Some("no_authorization")), NoAuthorization),
            (result(None, None, Some("other")), Failed),
            (result(None, None, Some("meteor_strike")), Failed),
            (result(Some("fcauth_1"), Some("fca_9"), None), Failed),
            (result(Some("fcauth_1"), None, None), Failed),
        ] {
            for status in STATUSES {
                for reported in REPORTS {
                    let session = session(status, &result, &json!([]));
                    assert_eq!(decide(&requested(), &session, reported), expected, "{result} {status:?}");
                }
            }
        }
    }

    #[test]
    fn an_empty_result_is_a_closed_window_unless_stripe_calls_it_failed() {
        for status in STATUSES {
            let outcome = decide(
                &requested(),
                &session(status, &result(None, None, None), &json!([])),
                Reported::Finished,
            );
            let expected =
                if status == Some("failed") { RelinkOutcome::Failed } else { RelinkOutcome::Cancelled };
            assert_eq!(outcome, expected, "{status:?}");
        }
    }

    #[test]
    fn without_a_result_the_status_decides() {
        use RelinkOutcome::{Cancelled, Failed};
        for reported in REPORTS {
            for (status, accounts, expected) in [
                ("cancelled", json!([]), Cancelled),
                ("failed", json!([]), Failed),
                ("succeeded", json!([]), Cancelled),
                ("completed", json!([]), Cancelled),
                ("succeeded", linked(), Failed),
                ("completed", linked(), Failed),
            ] {
                let session = session(Some(status), &Value::Null, &accounts);
                assert_eq!(decide(&requested(), &session, reported), expected, "{status} {reported:?}");
            }
        }
    }

    #[test]
    fn while_stripe_is_silent_the_report_tells_waiting_from_giving_up() {
        for status in [None, Some("pending"), Some("hibernating")] {
            let session = session(status, &Value::Null, &json!([]));
            let decided = REPORTS.map(|reported| decide(&requested(), &session, reported));
            assert_eq!(
                decided,
                [
                    RelinkOutcome::Pending,
                    RelinkOutcome::Cancelled,
                    RelinkOutcome::Failed,
                    RelinkOutcome::Pending
                ]
            );
        }
    }

    fn text(values: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
        proptest::option::of(proptest::sample::select(values))
    }

    proptest! {
        #[test]
        fn only_stripe_naming_the_very_account_is_success(
            authorization in text(&["fcauth_1", "fcauth_2"]),
            account in text(&["fca_1", "fca_9"]),
            reason in text(&["no_account", "no_authorization", "other", "new_reason"]),
            status in proptest::sample::select(&STATUSES[..]),
            present in any::<bool>(),
            some_linked in any::<bool>(),
            reported in proptest::sample::select(&REPORTS[..]),
        ) {
            let relink_result = if present { result(authorization, account, reason) } else { Value::Null };
            let accounts = if some_linked { linked() } else { json!([]) };
            let outcome = decide(&requested(), &session(status, &relink_result, &accounts), reported);
            prop_assert_eq!(outcome == RelinkOutcome::Relinked, present && account == Some("fca_1"));
            if outcome == RelinkOutcome::Pending {
                prop_assert!(!present);
            }
        }
    }
}
