//! Tests of event parsing and of the resulting jobs.

use serde_json::{Value, json};

use super::*;
use crate::domain::stripe_accounts::ConnectedAccounts;

/// An event as Stripe sends it, with the given members changed.
fn event(change: &Value) -> String {
    let mut event = json!({
        "id": "evt_1", "object": "event", "api_version": "2026-09-30.preview", "created": 1_764_600_000, "livemode": false,
        "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null},
        "type": "financial_connections.account.deactivated",
        "data": {
            "object": {"id": "fca_1", "object": "financial_connections.account", "status": "inactive"},
            "previous_attributes": {"status": "active"}
        }
    });
    let event_members = event.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        if value == "absent" {
            event_members.remove(name);
        } else {
            event_members.insert(name.clone(), value.clone());
        }
    }
    event.to_string()
}

fn parse(text: &str) -> Result<Event<'_>, EventError> {
    Event::parse(text, false, &StripeAccounts::Own)
}

#[test]
fn an_event_is_read_as_far_as_it_matters() {
    let text = event(&json!({}));
    let expected = Event {
        id: "evt_1".into(),
        kind: "financial_connections.account.deactivated".into(),
        created: 1_764_600_000,
        api_version: Some("2026-09-30.preview".into()),
        stripe_account: None,
        subject: Some("fca_1".into()),
        last4: None,
    };
    assert_eq!(parse(&text), Ok(expected));
}

#[test]
fn an_event_of_an_account_that_is_not_served_is_refused() {
    let ada = StripeAccounts::Connected("acct_Ada".parse().unwrap());
    let (broken, payouts) = ("financial_connections.account.deactivated", EXTERNAL_ACCOUNT_UPDATED);
    for (accounts, kind, account, is_taken) in [
        (&StripeAccounts::Own, broken, Value::Null, true),
        (&StripeAccounts::Own, broken, json!("absent"), true),
        (&StripeAccounts::Own, broken, json!("acct_Ada"), false),
        (&StripeAccounts::Own, payouts, json!("acct_Ada"), true),
        (&ada, broken, json!("acct_Ada"), true),
        (&ada, broken, json!("acct_Eve"), false),
        (&ada, broken, Value::Null, false),
        (&ada, payouts, json!("acct_Eve"), false),
    ] {
        let text = event(&json!({"type": kind, "account": account}));
        let refused = Event::parse(&text, false, accounts).err();
        assert_eq!(refused, (!is_taken).then_some(EventError::OtherAccount), "{accounts:?} {text}");
    }
}

#[test]
fn what_an_event_of_a_connected_account_names_is_qualified_with_it() {
    let platform = StripeAccounts::Platform(ConnectedAccounts::All);
    let (broken, payouts) = ("financial_connections.account.deactivated", EXTERNAL_ACCOUNT_UPDATED);
    for (account, kind, id, work) in [
        (json!("acct_Ada"), broken, "acct_Ada.evt_1", (JobKind::Account, "acct_Ada.fca_1")),
        (Value::Null, broken, "evt_1", (JobKind::Account, "fca_1")),
        // A hint about all accounts with these digits, whoever has them.
        (json!("acct_Ada"), payouts, "acct_Ada.evt_1", (JobKind::LastDigits, "4407")),
    ] {
        let object = json!({"object": {"id": "fca_1", "last4": "4407"}});
        let text = event(&json!({"type": kind, "account": account, "data": object}));
        let event = Event::parse(&text, false, &platform).unwrap();
        let (kind, subject) = event.work().unwrap();
        assert_eq!((event.id().as_str(), (kind, subject.as_str())), (id, work), "{text}");
    }
}

#[test]
fn live_and_test_events_never_mix() {
    for (event_is_live, we_are_live, expected) in [
        (false, false, None),
        (true, true, None),
        (true, false, Some(EventError::OtherMode)),
        (false, true, Some(EventError::OtherMode)),
    ] {
        let text = event(&json!({"livemode": event_is_live}));
        assert_eq!(
            Event::parse(&text, we_are_live, &StripeAccounts::Own).err(),
            expected,
            "{event_is_live} {we_are_live}"
        );
    }
}

/// Stripe sends both to a destination of live mode.
#[test]
fn test_events_of_connected_accounts_are_no_fault_of_a_destination_in_live_mode() {
    let platform = StripeAccounts::Platform(ConnectedAccounts::All);
    for (accounts, account, we_are_live, expected) in [
        (&platform, json!("acct_Ada"), true, EventError::OtherAccount),
        (&platform, Value::Null, true, EventError::OtherMode),
        (&platform, json!("acct_Ada"), false, EventError::OtherMode),
        (&StripeAccounts::Own, json!("acct_Ada"), true, EventError::OtherMode),
    ] {
        let text = event(&json!({"livemode": !we_are_live, "account": account}));
        assert_eq!(Event::parse(&text, we_are_live, accounts).err(), Some(expected), "{accounts:?} {text}");
    }
}

#[test]
fn nothing_of_an_event_is_copied_to_read_it() {
    let text = event(&json!({}));
    let event = parse(&text).unwrap();
    assert!(matches!(event.id, Cow::Borrowed(_)) && matches!(event.kind, Cow::Borrowed(_)));
}

#[test]
fn what_is_not_used_may_be_anything() {
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for text in [
        event(&json!({"new": {"a": [1, 2.5, null]}, "request": null})),
        event(&json!({"request": "req_1", "pending_webhooks": null})),
        event(&json!({"data": {"object": {"id": "fca_1", "status": 7}, "previous_attributes": 1, "new": 2}})),
        event(&json!({})).replace("\"request\"", &format!("\"new\":{deep},\"request\"")),
        event(&json!({})).replace("\"request\"", "\"new\":1,\"new\":2,\"request\""),
        event(&json!({})).replace("evt_1", "evt\\u005f1"),
        format!(" \n{}\t", event(&json!({}))),
    ] {
        let event = parse(&text).unwrap();
        assert_eq!((&*event.id, event.subject.as_deref()), ("evt_1", Some("fca_1")), "{text:.300}");
    }
}

#[test]
fn what_is_used_must_be_there_and_in_its_form() {
    for change in [
        json!({"id": "absent"}),
        json!({"id": "evt_"}),
        json!({"id": "evt"}),
        json!({"id": "req_1"}),
        json!({"id": "evt_a b"}),
        json!({"id": "evt_é"}),
        json!({"id": "evt_\0"}),
        json!({"id": format!("evt_{}", "a".repeat(125))}),
        json!({"id": 1}),
        json!({"id": null}),
        json!({"object": "absent"}),
        json!({"object": "list"}),
        json!({"object": null}),
        json!({"type": "absent"}),
        json!({"type": ""}),
        json!({"type": "a\nb"}),
        json!({"type": "a".repeat(129)}),
        json!({"type": 1}),
        json!({"created": "absent"}),
        json!({"created": "1764600000"}),
        json!({"created": 1.5}),
        json!({"created": 0}),
        json!({"created": -1}),
        json!({"created": 18_446_744_073_709_551_615_u64}),
        json!({"livemode": "absent"}),
        json!({"livemode": "false"}),
        json!({"livemode": null}),
        json!({"api_version": 7}),
        json!({"data": "absent"}),
        json!({"data": null}),
        json!({"data": {}}),
        json!({"data": {"object": null}}),
        json!({"data": {"object": "fca_1"}}),
        json!({"data": {"object": {"id": 7}}}),
    ] {
        assert_eq!(parse(&event(&change)), Err(EventError::Unreadable), "{change}");
    }
    // The longest valid identifier.
    let longest = format!("evt_{}", "a".repeat(124));
    assert_eq!(parse(&event(&json!({"id": longest}))).unwrap().id, longest);
}

#[test]
fn what_is_no_json_or_says_something_twice_is_no_event() {
    let good = event(&json!({}));
    for text in [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        "\0".to_owned(),
        "[".repeat(60_000),
        "{\"a\":".repeat(12_000),
        good[..good.len() - 1].to_owned(),
        format!("{good}{good}"),
        good.replace("\"id\":\"evt_1\"", "\"id\":\"evt_1\",\"id\":\"evt_2\""),
        good.replace("\"livemode\":false", "\"livemode\":false,\"livemode\":true"),
        good.replace("evt_1", "evt_\\ud800"),
    ] {
        assert_eq!(parse(&text), Err(EventError::Unreadable), "{text:.200}");
    }
}

#[test]
fn a_thin_event_is_told_apart() {
    let thin = json!({
        "id": "evt_test_1", "object": "v2.core.event", "type": "v1.financial_connections.account.deactivated",
        "created": "2026-11-20T10:00:00.000Z", "livemode": false,
        "related_object": {"id": "fca_1", "type": "financial_connections.account", "url": "/v1/x"}
    });
    assert_eq!(parse(&thin.to_string()), Err(EventError::Thin));
    // A thin event even with all other fields.
    assert_eq!(parse(&event(&json!({"object": "v2.core.event"}))), Err(EventError::Thin));
}

#[test]
fn a_version_or_subject_that_can_not_be_kept_is_left_out() {
    for (change, version, subject) in [
        (json!({"api_version": null}), None, Some("fca_1")),
        (json!({"api_version": "absent"}), None, Some("fca_1")),
        (json!({"api_version": ""}), None, Some("fca_1")),
        (json!({"api_version": "a b"}), None, Some("fca_1")),
        (json!({"api_version": "2026-10-28.endive"}), Some("2026-10-28.endive"), Some("fca_1")),
        (json!({"data": {"object": {"object": "balance"}}}), Some("2026-09-30.preview"), None),
        (json!({"data": {"object": {"id": null}}}), Some("2026-09-30.preview"), None),
        (json!({"data": {"object": {"id": "a\0"}}}), Some("2026-09-30.preview"), None),
        (json!({"data": {"object": {"id": "x".repeat(129)}}}), Some("2026-09-30.preview"), None),
    ] {
        let text = event(&change);
        let event = parse(&text).unwrap();
        assert_eq!((event.api_version.as_deref(), event.subject.as_deref()), (version, subject), "{change}");
    }
}

#[test]
fn every_event_says_what_is_to_be_read() {
    let of = |kind: &str, subject: &str| {
        let text = event(&json!({"type": kind, "data": {"object": {"id": subject}}}));
        parse(&text).unwrap().work()
    };
    for kind in KNOWN {
        assert!(is_known(kind), "{kind}");
        let (expected, subject) = match kind.split('.').nth(1) {
            Some("account") => (JobKind::Account, "fca_1"),
            Some("authorization") => (JobKind::Authorization, "fcauth_1"),
            Some("automatically_updated") => (JobKind::PaymentMethod, "pm_1"),
            _ => (JobKind::Session, "fcsess_1"),
        };
        assert_eq!(of(kind, subject), Some((expected, subject.to_owned())), "{kind}");
        // Subject of another type, or no identifier.
        assert_eq!(of(kind, "cus_1"), None, "{kind}");
        assert_eq!(of(kind, "fcsess_client_secret_1"), None, "{kind}");
    }
    for (kind, subject, expected) in [
        ("financial_connections.account.closed_by_bank", "fca_1", Some(JobKind::Account)),
        ("financial_connections.authorization.renamed", "fcauth_1", Some(JobKind::Authorization)),
        ("financial_connections.transaction.created", "fctxn_1", None),
        ("financial_connections.account", "fca_1", None),
        ("financial_connections.account_ownership.created", "fca_1", None),
        ("account.updated", "fca_1", None),
        ("v1.financial_connections.account.created", "fca_1", None),
        ("customer.created", "cus_1", None),
        ("payment_method.attached", "pm_1", None),
    ] {
        assert!(!is_known(kind), "{kind}");
        assert_eq!(of(kind, subject).map(|(kind, _)| kind), expected, "{kind}");
    }
    let text = event(&json!({"data": {"object": {}}}));
    assert_eq!(parse(&text).unwrap().work(), None);
}

#[test]
fn an_external_account_that_changed_has_the_linked_accounts_with_its_digits_read_again() {
    let told = |object: Value| {
        event(
            &json!({"type": "account.external_account.updated", "account": "acct_1", "data": {"object": object}}),
        )
    };
    let bank = |last4: Value| {
        json!({
            "id": "ba_1", "object": "bank_account", "last4": last4, "bank_name": "Alder Bank",
            "status": "tokenized_account_number_deactivated",
        })
    };
    for (last4, expected) in [
        (json!("6789"), Some((JobKind::LastDigits, "6789"))),
        (json!("A1"), Some((JobKind::LastDigits, "A1"))),
        (json!(""), None),
        (json!("67 9"), None),
        (json!("123456789"), None),
        (json!(6789), None),
        (Value::Null, None),
    ] {
        let text = told(bank(last4.clone()));
        let expected = expected.map(|(kind, digits)| (kind, digits.to_owned()));
        assert_eq!(parse(&text).unwrap().work(), expected, "{last4}");
    }
    assert_eq!(parse(&told(json!({"id": "card_1", "object": "card"}))).unwrap().work(), None);
    assert!(is_known("account.external_account.updated"));
    assert!(!known_types().any(|kind| kind == EXTERNAL_ACCOUNT_UPDATED), "not every merchant pays out");
}

#[test]
fn the_types_that_are_fetched_are_no_more_than_stripe_lists_at_once() {
    assert!(effective_types().count() <= 20);
}
