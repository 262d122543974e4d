//! Tests of readings in every order.

use serde_json::{Value, json};

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn reading(as_of: i64, change: &Value) -> Reading {
    let mut account = json!({
        "id": "fca_1", "authorization": "fcauth_1", "institution_name": "Alder Bank", "livemode": false,
        "status": "active", "subcategory": "checking", "created": 50
    });
    account.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    Reading { account: serde_json::from_value(account).unwrap(), as_of }
}

fn broken() -> Value {
    json!({"status": "inactive", "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}}})
}

fn kept(before: Option<&StoredAccount>, reading: Reading) -> Outcome {
    keep(before, reading, ReadReason::Look, at(1000), at(100)).unwrap()
}

#[test]
fn an_older_reading_changes_nothing_and_where_it_differs_leaves_a_doubt() {
    let newer = kept(None, reading(200, &broken())).kept.unwrap();
    for (older, is_doubtful) in [(json!({}), true), (broken(), false)] {
        let outcome = kept(Some(&newer), reading(199, &older));
        assert_eq!(outcome, Outcome { kept: None, notices: vec![], is_change: false, is_doubtful });
    }
}

#[test]
fn two_different_readings_of_one_moment_are_in_doubt() {
    let first = kept(None, reading(200, &broken())).kept.unwrap();
    let same = kept(Some(&first), reading(200, &broken()));
    assert!(!same.is_doubtful && !same.is_change);
    let other = kept(Some(&first), reading(200, &json!({})));
    assert!(other.is_doubtful && other.is_change);
    assert_eq!(other.kept.unwrap().condition, Condition::Healthy);
}

#[test]
fn a_revision_goes_up_exactly_when_a_customer_could_see_a_difference() {
    let first = kept(None, reading(200, &json!({}))).kept.unwrap();
    assert_eq!(first.revision, 1);
    for (change, expected) in [
        (json!({}), 1),
        (json!({"subscriptions": ["balance"]}), 1),
        (json!({"display_name": "Savings"}), 2),
        (json!({"permissions": ["balances"]}), 2),
        (json!({"account_holder": {"customer": "cus_2"}}), 2),
        (broken(), 2),
    ] {
        let outcome = kept(Some(&first), reading(201, &change));
        assert_eq!(
            (outcome.is_change, outcome.kept.unwrap().revision),
            (expected == 2, expected),
            "{change}"
        );
    }
}

#[test]
fn an_account_is_added_if_it_was_linked_since_the_store_began() {
    for (created, expected) in [(json!(50), 0), (json!(null), 0), (json!(100), 1), (json!(500), 1)] {
        let outcome = kept(None, reading(200, &json!({"created": created})));
        assert_eq!(outcome.notices, vec![MerchantEvent::AccountAdded; expected], "{created}");
    }
    let known = kept(None, reading(200, &json!({"created": 500}))).kept.unwrap();
    assert_eq!(kept(Some(&known), reading(201, &json!({"created": 500}))).notices, []);
}

#[test]
fn what_is_broken_when_it_is_first_seen_is_told_once() {
    let first = kept(None, reading(200, &broken()));
    assert_eq!(first.notices, [MerchantEvent::ConnectionBroken]);
    assert_eq!(kept(first.kept.as_ref(), reading(201, &broken())).notices, []);
}

#[test]
fn an_account_is_looked_at_again_when_time_alone_changes_it() {
    let day = 24 * 60 * 60;
    let number = json!({"account_numbers": [{
        "identifier_type": "tokenized_account_number", "status": "transactable", "expected_expiry_date": 1000 + 40 * day
    }]});
    let first = kept(None, reading(200, &number)).kept.unwrap();
    assert_eq!(first.recheck_at, Some(at(1000 + 10 * day)));
    let later = keep(Some(&first), reading(201, &number), ReadReason::Look, at(1000 + 11 * day), at(100))
        .unwrap()
        .kept
        .unwrap();
    assert_eq!(later.recheck_at, Some(at(1000 + 40 * day)));
    assert_eq!(later.condition, Condition::Expiring { on: Some(1000 + 40 * day) });
}

#[test]
fn what_the_backfill_finds_is_told_when_it_changes_or_when_stripe_tells_of_it() {
    use ReadReason::{Backfill, Event, Look};
    let read = |before: Option<&StoredAccount>, change: &Value, occasion| {
        let as_of = before.map_or(200, |before| before.as_of + 1);
        let outcome = keep(before, reading(as_of, change), occasion, at(1000), at(100)).unwrap();
        (outcome.kept.unwrap(), outcome.notices)
    };
    let (found, notices) = read(None, &broken(), Backfill);
    assert_eq!((found.told.as_deref(), notices), (None, vec![]));
    // Further reads do not report it either.
    for occasion in [Look, Backfill] {
        let (seen, notices) = read(Some(&found), &broken(), occasion);
        assert_eq!((seen.told.as_deref(), notices), (None, vec![]), "{occasion:?}");
    }
    let (told, notices) = read(Some(&found), &broken(), Event);
    assert_eq!(notices, [MerchantEvent::ConnectionBroken]);
    assert_eq!(read(Some(&told), &broken(), Event).1, []);
    for occasion in [Look, Event] {
        let (repaired, notices) = read(Some(&found), &json!({}), occasion);
        assert_eq!(notices, [MerchantEvent::ConnectionRepaired], "{occasion:?}");
        assert_eq!(repaired.told.as_deref(), Some("healthy"));
    }
    let (healthy, notices) = read(None, &json!({}), Backfill);
    assert_eq!(notices, []);
    for occasion in [Look, Backfill, Event] {
        assert_eq!(
            read(Some(&healthy), &broken(), occasion).1,
            [MerchantEvent::ConnectionBroken],
            "{occasion:?}"
        );
    }
    // Linked after the database was created: the account is new, and its state is reported.
    let linked_now =
        json!({"created": 150, "status": "inactive", "status_details": broken()["status_details"]});
    assert_eq!(
        read(None, &linked_now, Backfill).1,
        [MerchantEvent::AccountAdded, MerchantEvent::ConnectionBroken]
    );
}

#[test]
fn a_reading_from_the_future_does_not_outdo_all_later_ones() {
    let future = 4_000_000_000;
    let poisoned = kept(None, reading(future, &broken())).kept.unwrap();
    let outcome = kept(Some(&poisoned), reading(999, &json!({})));
    let healed = outcome.kept.unwrap();
    assert_eq!((healed.as_of, &healed.condition), (999, &Condition::Healthy));
    assert!(outcome.is_change && !outcome.is_doubtful);
    assert_eq!(poisoned.as_of_by(at(1000)), 0, "no event is older than that");
    // Within the usual difference between clocks, `as_of` decides.
    let newer = kept(None, reading(1060, &broken())).kept.unwrap();
    assert_eq!(kept(Some(&newer), reading(999, &json!({}))).kept, None);
}
