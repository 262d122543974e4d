//! Decides the result of a session from Stripe's data, so that no browser can influence it.

use serde::{Deserialize, Serialize};

use crate::stripe::{FailureReason, RelinkResult, Session, SessionStatus};
use crate::{AccountId, AuthorizationId};

/// Accounts that a session asks for. The server stores this when it makes the session, and does not rely on Stripe's echo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Requested {
    /// `relink_options[account]`: exactly this account.
    Account {
        /// Account to repair.
        account: AccountId,
        /// Bank login that it belongs to.
        authorization: AuthorizationId,
    },
    /// `relink_options[authorization]` alone: any eligible account at the same bank.
    Authorization(AuthorizationId),
    /// No relink: any account at any bank.
    Anything,
}

/// Result of an attempt according to Stripe's session, before any accounts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionResult {
    /// Stripe has not decided yet; read the session again shortly.
    Pending,
    /// The request was fulfilled: the very account, the same login, or any account at all.
    Linked,
    /// The customer signed in at the right bank, but the bank created another login than the requested one.
    NewAuthorization,
    /// The customer signed in at the right bank, but did not share that account.
    NoAccount,
    /// The customer did not finish the bank login.
    NoAuthorization,
    /// Anything else prevented it, including a reason that is newer than this code.
    Failed,
    /// The customer closed the window; nothing has changed.
    Cancelled,
}

/// Report of Stripe.js to the page. A hint: it can tell "still deciding" from "gave up", never failure from success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    /// The customer went through the window, with any result.
    Finished,
    /// The customer closed the window, which Stripe.js reports as a session without accounts.
    Closed,
    /// Stripe.js reported an error, or threw.
    Error,
    /// The page was reloaded or closed before Stripe.js reported.
    Unknown,
}

/// Decides the result of an attempt.
///
/// Stripe sets `relink_result.account` only if exactly the requested account was repaired, and
/// `relink_result.authorization` only if a relink succeeded, so nothing else counts as success. It is undocumented
/// whether a session has a `relink_result` before it is over or after a cancellation, so every form is accepted.
pub fn decide(requested: &Requested, session: &Session, reported: Reported) -> SessionResult {
    let has_accounts = !session.accounts.first_page().is_empty();
    match (requested, &session.relink_result) {
        (Requested::Account { account, .. }, Some(result)) if result.account.as_ref() == Some(account) => {
            SessionResult::Linked
        }
        (Requested::Account { .. }, Some(result)) => unsuccessful(result, session, reported),
        (Requested::Authorization(authorization), Some(result)) => match &result.authorization {
            // According to Stripe, a success has no failure reason. If there are both, the accounts decide.
            Some(_) if result.failure_reason.is_some() && !has_accounts => {
                unsuccessful(result, session, reported)
            }
            Some(same) if same == authorization => SessionResult::Linked,
            Some(_) => SessionResult::NewAuthorization,
            None => unsuccessful(result, session, reported),
        },
        (Requested::Anything, _) if has_accounts => match &session.status {
            Some(SessionStatus::Pending) => SessionResult::Pending,
            Some(SessionStatus::Failed) => SessionResult::Failed,
            Some(SessionStatus::Cancelled) => SessionResult::Cancelled,
            Some(SessionStatus::Succeeded | SessionStatus::Completed | SessionStatus::Other(_)) | None => {
                SessionResult::Linked
            }
        },
        (Requested::Account { .. } | Requested::Authorization(_), None) | (Requested::Anything, _) => {
            without_result(session, reported)
        }
    }
}

/// Decides a result that does not name the requested account or login.
fn unsuccessful(result: &RelinkResult, session: &Session, reported: Reported) -> SessionResult {
    match &result.failure_reason {
        Some(FailureReason::NoAccount) => SessionResult::NoAccount,
        Some(FailureReason::NoAuthorization) => SessionResult::NoAuthorization,
        Some(FailureReason::Failed | FailureReason::Other(_)) => SessionResult::Failed,
        // Another account or login was linked than requested.
        None if result.account.is_some() || result.authorization.is_some() => SessionResult::Failed,
        None if session.status.is_none() => over_without_result(session),
        None => without_result(session, reported),
    }
}

/// Decides by the status alone, and by the browser's report while Stripe has none.
fn without_result(session: &Session, reported: Reported) -> SessionResult {
    match &session.status {
        Some(SessionStatus::Cancelled) => SessionResult::Cancelled,
        Some(SessionStatus::Failed) => SessionResult::Failed,
        Some(SessionStatus::Succeeded | SessionStatus::Completed) => over_without_result(session),
        Some(SessionStatus::Pending | SessionStatus::Other(_)) | None => match reported {
            Reported::Closed => SessionResult::Cancelled,
            Reported::Error => SessionResult::Failed,
            Reported::Finished | Reported::Unknown => SessionResult::Pending,
        },
    }
}

/// Decides a session that is over and reports neither success nor failure. Linked accounts don't count as success,
/// because Stripe does not say that they are the requested ones.
fn over_without_result(session: &Session) -> SessionResult {
    if session.accounts.first_page().is_empty() { SessionResult::Cancelled } else { SessionResult::Failed }
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

    fn account() -> Requested {
        Requested::Account { account: "fca_1".parse().unwrap(), authorization: "fcauth_1".parse().unwrap() }
    }

    fn authorization() -> Requested {
        Requested::Authorization("fcauth_1".parse().unwrap())
    }

    fn session(status: Option<&str>, result: Option<&Value>, accounts: &Value) -> Session {
        let mut session = json!({"id": "fcsess_1", "accounts": accounts});
        if let Some(status) = status {
            session["status"] = json!(status);
        }
        if let Some(result) = result {
            session["relink_result"] = result.clone();
        }
        serde_json::from_value(session).unwrap()
    }

    fn linked() -> Value {
        json!({
            "id": "fca_9", "authorization": "fcauth_1", "account_holder": null, "display_name": null,
            "institution_name": "StripeBank", "last4": "4421", "livemode": false, "permissions": [],
            "status": "active", "status_details": {}, "subcategory": "checking"
        })
    }

    fn result(authorization: Option<&str>, account: Option<&str>, reason: Option<&str>) -> Value {
        json!({"authorization": authorization, "account": account, "failure_reason": reason})
    }

    /// Returns one letter for each result; `?` in the table stands for the browser's report.
    fn letter(result: SessionResult) -> char {
        match result {
            SessionResult::Pending => 'P',
            SessionResult::Linked => 'L',
            SessionResult::NewAuthorization => 'N',
            SessionResult::NoAccount => 'a',
            SessionResult::NoAuthorization => 'z',
            SessionResult::Failed => 'F',
            SessionResult::Cancelled => 'C',
        }
    }

    fn decided(requested: &Requested, session: &Session) -> char {
        let letters = REPORTS.map(|reported| letter(decide(requested, session, reported)));
        match letters {
            ['P', 'C', 'F', 'P'] => '?',
            [first, ..] if letters == [first; 4] => first,
            _ => panic!("the browser's report changed a final result: {letters:?} {session:?}"),
        }
    }

    /// Returns the results of one request: for each status without accounts, then with accounts.
    fn row(requested: &Requested, result: Option<&Value>) -> String {
        let lists: [&[Value]; 2] = [&[], &[linked()]];
        let letters = lists.map(|data| {
            let letter = |status| {
                // A list object, with or without more pages, and a plain array must give equal results.
                let forms = [
                    json!(data),
                    json!({"object": "list", "data": data, "has_more": false, "url": "/"}),
                    json!({"object": "list", "data": data, "has_more": true, "url": "/"}),
                ];
                let letters = forms.map(|accounts| decided(requested, &session(status, result, &accounts)));
                assert_eq!(letters, [letters[0]; 3]);
                letters[0]
            };
            STATUSES.map(letter).iter().collect::<String>()
        });
        letters.join(" ")
    }

    #[test]
    fn every_combination_of_request_result_status_and_accounts_is_decided() {
        let (one, nine) = (Some("fcauth_1"), Some("fcauth_9"));
        let (asked, other) = (Some("fca_1"), Some("fca_9"));
        let (missing, unfinished, failed) = (Some("no_account"), Some("no_authorization"), Some("other"));
        // Columns: status absent, pending, succeeded, completed, failed, cancelled, unknown; without, then with
        // accounts.
        for (told, exact, any, anything) in [
            (None, "??CCFC? ??FFFC?", "??CCFC? ??FFFC?", "??CCFC? LPLLFCL"),
            (Some(Value::Null), "??CCFC? ??FFFC?", "??CCFC? ??FFFC?", "??CCFC? LPLLFCL"),
            (Some(result(None, None, None)), "C?CCFC? F?FFFC?", "C?CCFC? F?FFFC?", "??CCFC? LPLLFCL"),
            (Some(result(one, asked, None)), "LLLLLLL LLLLLLL", "LLLLLLL LLLLLLL", "??CCFC? LPLLFCL"),
            (Some(result(None, asked, None)), "LLLLLLL LLLLLLL", "FFFFFFF FFFFFFF", "??CCFC? LPLLFCL"),
            (Some(result(nine, asked, None)), "LLLLLLL LLLLLLL", "NNNNNNN NNNNNNN", "??CCFC? LPLLFCL"),
            (Some(result(one, asked, missing)), "LLLLLLL LLLLLLL", "aaaaaaa LLLLLLL", "??CCFC? LPLLFCL"),
            (Some(result(one, None, None)), "FFFFFFF FFFFFFF", "LLLLLLL LLLLLLL", "??CCFC? LPLLFCL"),
            (Some(result(nine, None, None)), "FFFFFFF FFFFFFF", "NNNNNNN NNNNNNN", "??CCFC? LPLLFCL"),
            (Some(result(one, other, None)), "FFFFFFF FFFFFFF", "LLLLLLL LLLLLLL", "??CCFC? LPLLFCL"),
            (Some(result(None, other, None)), "FFFFFFF FFFFFFF", "FFFFFFF FFFFFFF", "??CCFC? LPLLFCL"),
            (Some(result(None, None, missing)), "aaaaaaa aaaaaaa", "aaaaaaa aaaaaaa", "??CCFC? LPLLFCL"),
            (Some(result(one, None, missing)), "aaaaaaa aaaaaaa", "aaaaaaa LLLLLLL", "??CCFC? LPLLFCL"),
            (Some(result(nine, None, missing)), "aaaaaaa aaaaaaa", "aaaaaaa NNNNNNN", "??CCFC? LPLLFCL"),
            (Some(result(one, other, missing)), "aaaaaaa aaaaaaa", "aaaaaaa LLLLLLL", "??CCFC? LPLLFCL"),
            (Some(result(None, None, unfinished)), "zzzzzzz zzzzzzz", "zzzzzzz zzzzzzz", "??CCFC? LPLLFCL"),
            (Some(result(one, None, unfinished)), "zzzzzzz zzzzzzz", "zzzzzzz LLLLLLL", "??CCFC? LPLLFCL"),
            (Some(result(None, None, failed)), "FFFFFFF FFFFFFF", "FFFFFFF FFFFFFF", "??CCFC? LPLLFCL"),
            (Some(result(one, None, failed)), "FFFFFFF FFFFFFF", "FFFFFFF LLLLLLL", "??CCFC? LPLLFCL"),
            (
                Some(result(None, None, Some("meteor"))),
                "FFFFFFF FFFFFFF",
                "FFFFFFF FFFFFFF",
                "??CCFC? LPLLFCL",
            ),
        ] {
            let rows = [account(), authorization(), Requested::Anything]
                .map(|requested| row(&requested, told.as_ref()));
            assert_eq!(rows, [exact, any, anything], "{told:?}");
        }
    }

    fn text(values: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
        proptest::option::of(proptest::sample::select(values))
    }

    proptest! {
        #[test]
        fn only_stripe_naming_what_was_asked_for_is_success(
            login in text(&["fcauth_1", "fcauth_2"]),
            account_named in text(&["fca_1", "fca_9"]),
            reason in text(&["no_account", "no_authorization", "other", "new_reason"]),
            status in proptest::sample::select(&STATUSES[..]),
            present in any::<bool>(),
            some_linked in any::<bool>(),
            reported in proptest::sample::select(&REPORTS[..]),
        ) {
            let told = present.then(|| result(login, account_named, reason));
            let accounts = if some_linked { json!([linked()]) } else { json!([]) };
            let session = session(status, told.as_ref(), &accounts);
            let exact = decide(&account(), &session, reported);
            prop_assert_eq!(exact == SessionResult::Linked, present && account_named == Some("fca_1"));
            prop_assert_ne!(exact, SessionResult::NewAuthorization);
            let any = decide(&authorization(), &session, reported);
            let is_success = matches!(any, SessionResult::Linked | SessionResult::NewAuthorization);
            prop_assert_eq!(is_success, present && login.is_some() && (reason.is_none() || some_linked));
            prop_assert_eq!(any == SessionResult::Linked, is_success && login == Some("fcauth_1"));
            let anything = decide(&Requested::Anything, &session, reported);
            prop_assert!(anything != SessionResult::Linked || some_linked);
        }
    }
}
