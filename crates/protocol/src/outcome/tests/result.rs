//! Tests of the outcome that a session's result leads to.

use super::*;

#[test]
fn each_session_result_has_its_outcome() {
    use SessionResult::{Cancelled, Failed, Linked, NewAuthorization, NoAccount, NoAuthorization, Pending};
    let input =
        |purpose, requested, linked| OutcomeInput { purpose, requested, before: &[], linked, now: &[] };
    let outcome =
        |result, purpose, requested, linked| match outcome(result, input(purpose, requested, linked)) {
            RelinkOutcome::Pending => "pending",
            RelinkOutcome::Relinked(_) => "relinked",
            RelinkOutcome::NewAccount(_) => "new account",
            RelinkOutcome::NewAuthorization(_) => "new authorization",
            RelinkOutcome::NoAccount => "no account",
            RelinkOutcome::NoAuthorization => "no authorization",
            RelinkOutcome::Failed => "failed",
            RelinkOutcome::Cancelled => "cancelled",
        };
    let (any, anything) = (same_login(), Requested::Anything);
    let (one, two) = ([account("x", Some("1"))], [account("x", Some("1")), account("y", Some("2"))]);
    for (result, expected) in [
        (Pending, "pending"),
        (NoAccount, "no account"),
        (NoAuthorization, "no authorization"),
        (Failed, "failed"),
        (Cancelled, "cancelled"),
    ] {
        assert_eq!(outcome(result, Purpose::Payments, &any, &one), expected);
    }
    for (result, purpose, requested, linked, expected) in [
        (Linked, Purpose::Data, &any, &one[..], "relinked"),
        (Linked, Purpose::Data, &anything, &one, "new authorization"),
        (NewAuthorization, Purpose::Data, &any, &one, "new authorization"),
        (Linked, Purpose::Payments, &any, &[], "relinked"),
        (Linked, Purpose::Payments, &any, &one, "new account"),
        (Linked, Purpose::Payouts, &anything, &one, "new account"),
        (NewAuthorization, Purpose::Payments, &any, &one, "new account"),
        (NewAuthorization, Purpose::Payments, &any, &[], "relinked"),
        (Linked, Purpose::Payments, &any, &two, "new authorization"),
    ] {
        assert_eq!(outcome(result, purpose, requested, linked), expected, "{result:?} {purpose:?}");
    }
}

#[test]
fn an_outcome_has_the_name_that_json_has() {
    let connected = Connected { added: vec![AccountName::from(account("a", None))], ..Connected::default() };
    for outcome in [
        RelinkOutcome::Pending,
        RelinkOutcome::Relinked(connected.clone()),
        RelinkOutcome::NewAccount(connected.clone()),
        RelinkOutcome::NewAuthorization(connected),
        RelinkOutcome::NoAccount,
        RelinkOutcome::NoAuthorization,
        RelinkOutcome::Failed,
        RelinkOutcome::Cancelled,
    ] {
        let json = serde_json::to_value(&outcome).unwrap();
        let name = json.as_str().or_else(|| json.as_object()?.keys().next().map(String::as_str));
        assert_eq!(name, Some(outcome.name()));
        assert!(!outcome.is_question(), "no accounts look alike");
    }
}

#[test]
fn a_known_account_beside_a_new_one_makes_it_more_than_a_new_account() {
    let linked = [account("c", Some("4421")), account("x", Some("1"))];
    let (before, any) = (before(), same_login());
    let input = OutcomeInput {
        purpose: Purpose::Payments,
        requested: &any,
        before: &before,
        linked: &linked,
        now: &[],
    };
    assert!(matches!(outcome(SessionResult::Linked, input), RelinkOutcome::NewAuthorization(_)));
    let linked = [account("c", Some("4421"))];
    let outcome = outcome(SessionResult::Linked, OutcomeInput { linked: &linked, ..input });
    let RelinkOutcome::Relinked(connected) = &outcome else { panic!("{outcome:?}") };
    assert_eq!((ids(&connected.restored), ids(&connected.still_broken)), (vec!["c"], vec!["a", "b"]));
    assert_eq!(outcome.connected(), Some(connected));
    assert_eq!(RelinkOutcome::Failed.connected(), None);
}
