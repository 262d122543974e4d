//! Tests of the order of rechecks, and of the figures in docs/reliability.md.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn class(change: &Value, revision: i64, changed_before: SignedDuration) -> Class {
    let now = at(1_790_000_000);
    let mut account = json!({
        "id": "fca_1", "authorization": "fcauth_1", "institution_name": "Alder Bank", "livemode": false,
        "status": "active", "subcategory": "checking"
    });
    account.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let account: relink_protocol::stripe::Account = serde_json::from_value(account).unwrap();
    Class::of(&StoredAccount {
        condition: relink_protocol::condition(
            &account,
            relink_protocol::ConditionRules::default(),
            now.as_second(),
        )
        .unwrap(),
        account,
        as_of: 1,
        read_at: now,
        changed_at: now - changed_before,
        recheck_at: None,
        revision,
        told: None,
        replaced_by: None,
    })
}

#[test]
fn what_is_about_to_end_or_has_just_changed_goes_before_what_is_in_use_and_that_before_the_rest() {
    let ends = |days: i64| {
        let on = 1_790_000_000 + days * 24 * 60 * 60;
        json!({"status_details": {"active": {"action": "relink_required", "expected_deactivation_date": on}}})
    };
    let broken = json!({
        "status": "inactive", "permissions": ["payment_method"],
        "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}}
    });
    let pays = json!({"permissions": ["payment_method"]});
    let subscribed = json!({"subscriptions": ["balance"]});
    for (account, revision, changed, expected) in [
        (&ends(7), 1, DAY * 9, Class::Restless),
        (&ends(90), 1, DAY * 9, Class::Idle),
        (&broken, 2, DAY, Class::Restless),
        (&broken, 2, DAY * 9, Class::Idle),
        (&broken, 1, DAY, Class::Idle),
        (&pays, 2, DAY, Class::Restless),
        (&pays, 2, DAY * 9, Class::InUse),
        (&subscribed, 1, DAY, Class::InUse),
        (&json!({"subscriptions": []}), 1, DAY, Class::Idle),
    ] {
        assert_eq!(class(account, revision, changed), expected, "{account} {revision} {changed:?}");
    }
}

fn candidate(number: usize, class: Class, read_at: i64) -> Candidate {
    Candidate { class, read_at: at(read_at), account: format!("fca_{number:02}"), customer: None }
}

fn classes() -> impl Strategy<Value = Class> {
    prop_oneof![Just(Class::Restless), Just(Class::InUse), Just(Class::Idle)]
}

proptest! {
    #[test]
    fn the_most_overdue_are_chosen(ages in prop::collection::vec((classes(), 1..1_000_000_i64), 1..30), most in 1..40_usize) {
        let now = at(1_790_000_000);
        let all: Vec<_> =
            ages.iter().enumerate().map(|(n, (class, age))| candidate(n, *class, 1_790_000_000 - age)).collect();
        let chosen = most_overdue(all.clone(), DAY, now, most);
        prop_assert_eq!(chosen.len(), most.min(all.len()));
        let least = chosen.iter().map(|one| one.urgency(DAY, now)).min().unwrap();
        for left in all.iter().filter(|one| !chosen.contains(one)) {
            prop_assert!(left.urgency(DAY, now) <= least);
        }
    }

    /// With N accounts, C of which are read each minute, an account waits at most 18 N / C minutes: in the
    /// second half of its wait, any other account can be read before it at most nine times, because
    /// intervals differ by a factor of eight.
    #[test]
    fn nothing_starves(classes in prop::collection::vec(classes(), 1..25), a_minute in 1..5_usize) {
        let mut read: Vec<i64> = vec![0; classes.len()];
        let longest = i64::try_from(18 * classes.len() / a_minute + 2).unwrap();
        for minute in 1..=longest * 3 {
            let now = at(minute * 60);
            // All accounts are always due, because reading takes longer than their intervals.
            let all = classes.iter().zip(&read).enumerate();
            let all = all.map(|(n, (class, read))| candidate(n, *class, read * 60)).collect();
            for chosen in most_overdue(all, SignedDuration::from_secs(60), now, a_minute) {
                let place: usize = chosen.account.trim_start_matches("fca_").parse().unwrap();
                read[place] = minute;
            }
            let oldest = read.iter().min().unwrap();
            prop_assert!(minute - oldest <= longest, "minute {minute}: {read:?} {classes:?}");
        }
    }
}

#[test]
fn accounts_of_one_customer_take_one_call() {
    let of = |number, customer: Option<&str>, read_at| Candidate {
        customer: customer.map(str::to_owned),
        ..candidate(number, Class::InUse, read_at)
    };
    let all = vec![of(1, Some("cus_1"), 30), of(2, Some("cus_1"), 10), of(3, None, 20), of(4, None, 40)];
    let chosen = most_overdue(all, DAY, at(1_000_000), 3);
    let chosen: Vec<&str> = chosen.iter().map(|one| one.account.as_str()).collect();
    assert_eq!(chosen, ["fca_02", "fca_03", "fca_04"]);
}

#[test]
fn intervals_stretch_by_the_same_factor_where_calls_do_not_suffice() {
    // 10 calls per second read 864,000 accounts a day.
    assert_eq!(round([0, 864_000, 0], DAY, 20), [DAY / 4, DAY, DAY * 2]);
    assert_eq!(round([0, 8_640_000, 0], DAY, 20)[1], DAY * 10);
    // Half of them are read half as often, which reduces the demand by a quarter.
    assert_eq!(round([0, 4_320_000, 4_320_000], DAY, 20)[1..], [DAY * 15 / 2, DAY * 15]);
    assert_eq!(pages_round(10_000_000, 20), SignedDuration::from_secs(50_000));
    assert_eq!(pages_round(1_000, 1), SignedDuration::from_secs(20));
}

/// Formats a duration as in the table.
fn duration(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// Compares docs/reliability.md with the formula; the failure prints the row that must be there.
#[test]
fn the_documented_table_matches_the_formula() {
    let documents = include_str!("../../../../docs/reliability.md");
    for (name, accounts) in
        [("10,000", 10_000), ("100,000", 100_000), ("1,000,000", 1_000_000), ("10,000,000", 10_000_000)]
    {
        // The ideal case, in which no call is repeated.
        let each = |rate| {
            duration(SignedDuration::from_secs(
                i64::try_from(accounts).unwrap() / calls_in(SignedDuration::from_secs(1), rate),
            ))
        };
        let pages = |rate| duration(pages_round(accounts, rate));
        let row = format!("| {name} | {} | {} | {} | {} |", pages(20), each(20), pages(100), each(100));
        assert!(documents.contains(&row), "docs/reliability.md lacks the row\n{row}");
    }
}
