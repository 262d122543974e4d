//! What did this session achieve? The decision that no browser can influence.

use serde::{Deserialize, Serialize};

use crate::stripe::{FailureReason, RelinkResult, Session, SessionStatus};
use crate::{AccountId, AuthorizationId};

/// What a session was asked for. Kept by the server, which made the session: not what Stripe echoes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Requested {
    /// `relink_options[account]`: exactly this account.
    Account {
        /// The account.
        account: AccountId,
        /// The login that it belongs to.
        authorization: AuthorizationId,
    },
    /// `relink_options[authorization]` alone: any eligible account at the same bank.
    Authorization(AuthorizationId),
    /// No relink: any account at any bank.
    Anything,
}

/// What Stripe's session says of an attempt, before any account is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Achieved {
    /// Stripe does not know yet; ask again shortly.
    Pending,
    /// What was asked for: the very account, or the same login, or any account at all.
    Linked,
    /// Signed in at the right bank, which made another login of it than the one asked for.
    NewAuthorization,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// Decides what an attempt achieved.
///
/// Stripe sets `relink_result.account` only when exactly the requested account was repaired, and
/// `relink_result.authorization` only when a relink succeeded: so success is that and nothing else. Whether a session
/// has a `relink_result` before it is over, or after a cancellation, is undocumented; every form is understood.
pub fn decide(requested: &Requested, session: &Session, reported: Reported) -> Achieved {
    let has_accounts = !session.accounts.first_page().is_empty();
    match (requested, &session.relink_result) {
        (Requested::Account { account, .. }, Some(result)) if result.account.as_ref() == Some(account) => {
            Achieved::Linked
        }
        (Requested::Account { .. }, Some(result)) => unsuccessful(result, session, reported),
        (Requested::Authorization(authorization), Some(result)) => match &result.authorization {
            // Stripe's words exclude a reason beside a success. Where there are both, the accounts tell which is true.
            Some(_) if result.failure_reason.is_some() && !has_accounts => {
                unsuccessful(result, session, reported)
            }
            Some(same) if same == authorization => Achieved::Linked,
            Some(_) => Achieved::NewAuthorization,
            None => unsuccessful(result, session, reported),
        },
        (Requested::Anything, _) if has_accounts => match &session.status {
            Some(SessionStatus::Pending) => Achieved::Pending,
            Some(SessionStatus::Failed) => Achieved::Failed,
            Some(SessionStatus::Cancelled) => Achieved::Cancelled,
            Some(SessionStatus::Succeeded | SessionStatus::Completed | SessionStatus::Other(_)) | None => {
                Achieved::Linked
            }
        },
        (Requested::Account { .. } | Requested::Authorization(_), None) | (Requested::Anything, _) => {
            without_result(session, reported)
        }
    }
}

/// Decides a result that does not name what was asked for.
fn unsuccessful(result: &RelinkResult, session: &Session, reported: Reported) -> Achieved {
    match &result.failure_reason {
        Some(FailureReason::NoAccount) => Achieved::NoAccount,
        Some(FailureReason::NoAuthorization) => Achieved::NoAuthorization,
        Some(FailureReason::Unexpected | FailureReason::Other(_)) => Achieved::Failed,
        // Another account or login came back: not what was asked for.
        None if result.account.is_some() || result.authorization.is_some() => Achieved::Failed,
        None if session.status.is_none() => resolved(session),
        None => without_result(session, reported),
    }
}

/// Decides from the status alone, and from the browser's report while Stripe is silent.
fn without_result(session: &Session, reported: Reported) -> Achieved {
    match &session.status {
        Some(SessionStatus::Cancelled) => Achieved::Cancelled,
        Some(SessionStatus::Failed) => Achieved::Failed,
        Some(SessionStatus::Succeeded | SessionStatus::Completed) => resolved(session),
        Some(SessionStatus::Pending | SessionStatus::Other(_)) | None => match reported {
            Reported::Closed => Achieved::Cancelled,
            Reported::Error => Achieved::Failed,
            Reported::Finished | Reported::Unknown => Achieved::Pending,
        },
    }
}

/// Decides a session that is over and says neither success nor failure. If something was linked all the same, Stripe
/// does not say that it is what we asked for.
fn resolved(session: &Session) -> Achieved {
    if session.accounts.first_page().is_empty() { Achieved::Cancelled } else { Achieved::Failed }
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

    /// One letter for each outcome; `?` is decided by the browser's report.
    fn letter(achieved: Achieved) -> char {
        match achieved {
            Achieved::Pending => 'P',
            Achieved::Linked => 'L',
            Achieved::NewAuthorization => 'N',
            Achieved::NoAccount => 'a',
            Achieved::NoAuthorization => 'z',
            Achieved::Failed => 'F',
            Achieved::Cancelled => 'C',
        }
    }

    fn decided(requested: &Requested, session: &Session) -> char {
        let letters = REPORTS.map(|reported| letter(decide(requested, session, reported)));
        match letters {
            ['P', 'C', 'F', 'P'] => '?',
            [first, ..] if letters == [first; 4] => first,
            _ => panic!("the report decided what it must not: {letters:?} {session:?}"),
        }
    }

    /// The outcomes of one result: for each status without accounts, then with accounts.
    fn row(requested: &Requested, result: Option<&Value>) -> String {
        let lists: [&[Value]; 2] = [&[], &[linked()]];
        let letters = lists.map(|data| {
            let letter = |status| {
                // A list object, of one page or more, and a plain array mean the same.
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
        let (missing, unfinished, unexpected) = (Some("no_account"), Some("no_authorization"), Some("other"));
        // Columns: status absent, pending, succeeded, completed, failed, cancelled, unknown; without, then with accounts.
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
            (Some(result(None, None, unexpected)), "FFFFFFF FFFFFFF", "FFFFFFF FFFFFFF", "??CCFC? LPLLFCL"),
            (Some(result(one, None, unexpected)), "FFFFFFF FFFFFFF", "FFFFFFF LLLLLLL", "??CCFC? LPLLFCL"),
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
            prop_assert_eq!(exact == Achieved::Linked, present && account_named == Some("fca_1"));
            prop_assert_ne!(exact, Achieved::NewAuthorization);
            let any = decide(&authorization(), &session, reported);
            let is_success = matches!(any, Achieved::Linked | Achieved::NewAuthorization);
            prop_assert_eq!(is_success, present && login.is_some() && (reason.is_none() || some_linked));
            prop_assert_eq!(any == Achieved::Linked, is_success && login == Some("fcauth_1"));
            let anything = decide(&Requested::Anything, &session, reported);
            prop_assert!(anything != Achieved::Linked || some_linked);
        }
    }
}
