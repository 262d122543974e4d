//! Tests of readings in every order.

use serde_json::{Value, json};

use super::*;

const RULES: ConditionRules = ConditionRules { expiring_within: 30 * 24 * 60 * 60, moves_money: true };

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
    keep(before, reading, ReadReason::Look, RULES, at(1000), at(100)).unwrap()
}

#[test]
fn an_older_reading_changes_nothing_and_where_it_differs_leaves_a_doubt() {
    let newer = kept(None, reading(200, &broken())).kept.unwrap();
    for (older, is_doubtful) in [(json!({}), true), (broken(), false)] {
        let outcome = kept(Some(&newer), reading(199, &older));
        assert_eq!(outcome, Outcome { is_doubtful, ..Outcome::nothing() });
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
    let later =
        keep(Some(&first), reading(201, &number), ReadReason::Look, RULES, at(1000 + 11 * day), at(100))
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
        let outcome = keep(before, reading(as_of, change), occasion, RULES, at(1000), at(100)).unwrap();
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

fn ends(on: i64) -> Value {
    json!({"status_details": {"active": {"action": "relink_required", "expected_deactivation_date": on}}})
}

fn number(statuses: &[&str]) -> Value {
    let numbers: Vec<Value> = statuses
        .iter()
        .map(|status| {
            json!({"identifier_type": "tokenized_account_number", "status": status, "expected_expiry_date": null})
        })
        .collect();
    json!({"account_numbers": numbers})
}

/// Plays readings one after the other, and returns what each one causes.
fn played(readings: &[Value]) -> Vec<(String, bool)> {
    let mut before: Option<StoredAccount> = None;
    let mut told = Vec::new();
    for (as_of, change) in (200..).zip(readings) {
        let outcome = kept(before.as_ref(), reading(as_of, change));
        let notices: Vec<_> = outcome.notices.iter().map(|notice| notice.as_str()).collect();
        told.push((notices.join(" "), outcome.consequences.is_recovery));
        before = outcome.kept;
    }
    told
}

#[test]
fn a_repair_counts_also_where_the_bank_sets_the_next_end_at_once() {
    let day = 24 * 60 * 60;
    let (soon, later, far) = (ends(1000 + day), ends(1000 + 2 * day), ends(1000 + 300 * day));
    let expected = |told: &[(&str, bool)]| -> Vec<(String, bool)> {
        told.iter().map(|(notices, is_recovery)| ((*notices).to_owned(), *is_recovery)).collect()
    };
    let (broke, ends, repaired) = ("connection.broken", "connection.expiring", "connection.repaired");
    let both = format!("{repaired} {ends}");
    assert_eq!(played(&[broken(), soon.clone()]), expected(&[(broke, false), (&both, true)]));
    assert_eq!(played(&[broken(), far.clone()]), expected(&[(broke, false), (repaired, true)]));
    assert_eq!(
        played(&[soon.clone(), later.clone(), soon.clone(), soon.clone()]),
        expected(&[(ends, false), (&both, true), (ends, false), ("", false)])
    );
    assert_eq!(played(&[soon, far]), expected(&[(ends, false), (repaired, true)]));
}

#[test]
fn a_number_on_its_way_needs_nobody_and_the_merchant_hears_when_it_can_be_used() {
    let told = played(&[
        number(&["expired"]),
        number(&["expired", "pending"]),
        number(&["expired", "pending"]),
        number(&["expired", "transactable"]),
        number(&["pending"]),
        number(&["transactable"]),
    ]);
    let expected = [
        ("connection.broken", false),
        ("", true),
        ("", false),
        ("connection.repaired", true),
        ("", false),
        ("connection.repaired", true),
    ];
    assert_eq!(told, expected.map(|(notices, is_recovery)| (notices.to_owned(), is_recovery)));
}

#[test]
fn what_was_broken_before_the_customer_was_first_seen_is_no_reason_for_a_reminder() {
    let may_remind = |before: Option<&StoredAccount>, change: &Value| {
        kept(before, reading(201, change)).consequences.may_remind
    };
    assert!(!may_remind(None, &broken()), "it may have been broken for years");
    let new = json!({"created": 500, "status": "inactive", "status_details": broken()["status_details"]});
    assert!(may_remind(None, &new), "linked and broken since this server runs");
    assert!(may_remind(None, &ends(2000)), "there is time to act");
    let healthy = kept(None, reading(200, &json!({}))).kept;
    assert!(may_remind(healthy.as_ref(), &broken()));
    let found = kept(None, reading(200, &broken())).kept;
    assert!(!may_remind(found.as_ref(), &broken()));
}

#[test]
fn a_replaced_account_needs_nobody_until_stripe_brings_it_back() {
    let old = kept(None, reading(200, &broken())).kept.unwrap();
    let pair = pair(&old, "fca_2");
    let new = pair.new.clone();
    let replaced = old.replace(&pair, RULES, at(1001)).unwrap();
    assert_eq!((replaced.in_words().0, replaced.revision), ("replaced", 2));
    assert_eq!(replaced.replace(&pair, RULES, at(1001)), None, "once");
    let itself = Replacement { new: old.account.id.clone(), ..pair.clone() };
    assert_eq!(old.replace(&itself, RULES, at(1001)), None, "not by itself");
    // As the database returns it.
    let (state, cause, ends_on) = replaced.in_words();
    assert_eq!(from_words(state, cause.cloned(), ends_on), replaced.condition);
    let mut renamed = broken();
    renamed["display_name"] = json!("Old");
    for still in [broken(), json!({"status": "disconnected"}), renamed] {
        let outcome = kept(Some(&replaced), reading(201, &still));
        let after = outcome.kept.unwrap();
        assert_eq!(
            (outcome.notices, outcome.is_change, outcome.consequences.may_remind),
            (vec![], false, false),
            "{still}"
        );
        assert_eq!((after.in_words().0, after.replaced_by.as_ref()), ("replaced", Some(&new)), "{still}");
    }
    let back = kept(Some(&replaced), reading(201, &json!({})));
    assert_eq!((back.notices, back.is_change), (vec![MerchantEvent::ConnectionRepaired], true));
    let back = back.kept.unwrap();
    assert_eq!(
        (back.in_words().0, &back.replaced_by, back.told.as_deref()),
        ("healthy", &None, Some("healthy"))
    );
    assert_eq!(kept(Some(&back), reading(202, &broken())).notices, [MerchantEvent::ConnectionBroken]);
    assert_eq!(back.replace(&pair, RULES, at(1001)), None, "it works");
}

fn pair(old: &StoredAccount, new: &str) -> Replacement {
    Replacement { old: old.account.id.clone(), new: new.parse().unwrap(), old_worked: false }
}

#[test]
fn an_account_that_worked_can_be_replaced_and_stays_so_while_it_works() {
    let old = kept(None, reading(200, &json!({}))).kept.unwrap();
    assert_eq!(old.replace(&pair(&old, "fca_2"), RULES, at(1001)), None);
    let pair = Replacement { old_worked: true, ..pair(&old, "fca_2") };
    let replaced = old.replace(&pair, RULES, at(1001)).unwrap();
    for still in [json!({}), json!({"display_name": "Old"}), broken()] {
        let outcome = kept(Some(&replaced), reading(201, &still));
        assert_eq!((outcome.notices, outcome.is_change), (vec![], false), "{still}");
        assert_eq!(outcome.kept.unwrap().in_words().0, "replaced", "{still}");
    }
}

#[test]
fn an_account_that_only_ended_stays_replaced_until_its_end_moves() {
    let day = 24 * 60 * 60;
    let old = kept(None, reading(200, &ends(1000 + day))).kept.unwrap();
    let replaced = old.replace(&pair(&old, "fca_2"), RULES, at(1001)).unwrap();
    for (change, is_back) in [(ends(1000 + day), false), (broken(), false), (ends(1000 + 2 * day), true)] {
        let after = kept(Some(&replaced), reading(201, &change)).kept.unwrap();
        assert_eq!(after.replaced_by.is_none(), is_back, "{change}");
    }
}

fn block(method: &str, reason: &str) -> PaymentBlock {
    PaymentBlock {
        payment_method: method.parse().unwrap(),
        reason: reason.to_owned().into(),
        network_code: None,
    }
}

/// Returns the account after this reading of a payment method, and the events; `None` if nothing changes.
fn blocked(
    before: &StoredAccount,
    method: &str,
    reason: Option<&str>,
) -> Option<(StoredAccount, Vec<MerchantEvent>, bool)> {
    let block = reason.map(|reason| block(method, reason));
    let outcome = keep_block(before, &method.parse().unwrap(), block, RULES, at(1001))?;
    assert!(outcome.is_change && !outcome.is_doubtful);
    Some((outcome.kept.unwrap(), outcome.notices, outcome.consequences.is_recovery))
}

#[test]
fn a_block_is_told_once_and_only_its_own_payment_method_ends_it() {
    use MerchantEvent::{PaymentMethodBlocked, PaymentMethodUnblocked};
    let healthy = kept(None, reading(200, &json!({}))).kept.unwrap();
    assert_eq!(blocked(&healthy, "pm_1", None), None);
    let (closed, told, _) = blocked(&healthy, "pm_1", Some("bank_account_closed")).unwrap();
    assert_eq!((told, closed.in_words().0), (vec![PaymentMethodBlocked], "debits_blocked"));
    assert_eq!((closed.revision, closed.read_at), (healthy.revision + 1, healthy.read_at));
    assert_eq!(blocked(&closed, "pm_1", Some("bank_account_closed")), None);
    assert_eq!(blocked(&closed, "pm_2", None), None, "the block is of another payment method");
    let (frozen, told, _) = blocked(&closed, "pm_1", Some("bank_account_frozen")).unwrap();
    assert_eq!(told, [PaymentMethodBlocked]);
    let (after, told, _) = blocked(&frozen, "pm_1", None).unwrap();
    assert_eq!((told, after.in_words().0), (vec![PaymentMethodUnblocked], "healthy"));
}

#[test]
fn a_revoked_number_breaks_the_connection_and_a_new_one_repairs_it() {
    use MerchantEvent::{ConnectionBroken, ConnectionRepaired, PaymentMethodBlocked, PaymentMethodUnblocked};
    let healthy = kept(None, reading(200, &json!({}))).kept.unwrap();
    let revoked = "tokenized_account_number_deactivated";
    let (broken, told, _) = blocked(&healthy, "pm_1", Some(revoked)).unwrap();
    assert_eq!(told, [PaymentMethodBlocked, ConnectionBroken]);
    assert_eq!(broken.condition, Condition::NumberExpired);
    let (mended, told, is_recovery) = blocked(&broken, "pm_1", None).unwrap();
    assert_eq!((told, is_recovery), (vec![PaymentMethodUnblocked, ConnectionRepaired], true));
    assert_eq!(mended.condition, Condition::Healthy);
}

#[test]
fn a_reading_of_the_account_keeps_its_block_and_asks_for_the_payment_method_again() {
    let healthy = kept(None, reading(200, &json!({}))).kept.unwrap();
    let (closed, ..) = blocked(&healthy, "pm_1", Some("bank_account_closed")).unwrap();
    let outcome = kept(Some(&closed), reading(201, &json!({})));
    assert!(!outcome.is_change && !outcome.is_doubtful);
    assert_eq!(outcome.consequences.recheck, Some("pm_1".parse().unwrap()));
    assert_eq!(outcome.kept.unwrap().account.payment_block, closed.account.payment_block);
}
