//! Tests of the comparison of accounts after an attempt.

use proptest::prelude::*;
use serde_json::json;

use super::*;

mod look_alikes;
mod result;

/// Returns an account `fca_{id}` with these last digits, all at one bank.
fn account(id: &str, last4: Option<&str>) -> Account {
    serde_json::from_value(json!({
        "id": format!("fca_{id}"), "authorization": "fcauth_1", "institution_name": "Alder Bank", "last4": last4,
        "display_name": "Checking", "livemode": false, "status": "active", "subcategory": "checking"
    }))
    .unwrap()
}

fn known(id: &str, last4: Option<&str>, was_broken: bool) -> KnownAccount {
    let account = account(id, last4);
    KnownAccount {
        authorization: account.authorization.clone(),
        name: AccountName::from(account),
        was_broken,
        condition: None,
        connected_at: None,
    }
}

/// Returns a working account whose connection ends then.
fn ending(id: &str, last4: Option<&str>, on: i64) -> KnownAccount {
    KnownAccount { condition: Some(Condition::Expiring { on: Some(on) }), ..known(id, last4, false) }
}

fn is_now(id: &str, condition: Condition) -> AccountNow {
    AccountNow { id: format!("fca_{id}").parse().unwrap(), condition }
}

fn healthy(ids: &[&str]) -> Vec<AccountNow> {
    ids.iter().map(|id| is_now(id, Condition::Healthy)).collect()
}

fn exact() -> Requested {
    Requested::Account { account: "fca_a".parse().unwrap(), authorization: "fcauth_1".parse().unwrap() }
}

fn same_login() -> Requested {
    Requested::Authorization("fcauth_1".parse().unwrap())
}

/// Returns a broken account, another one of the same login, a healthy one, and a broken one of another login.
fn before() -> Vec<KnownAccount> {
    vec![
        known("a", Some("6789"), true),
        known("b", Some("1204"), true),
        known("c", Some("4421"), false),
        KnownAccount {
            authorization: Some("fcauth_2".parse().unwrap()),
            ..known("other", Some("9999"), true)
        },
    ]
}

fn ids(names: &[AccountName]) -> Vec<&str> {
    names.iter().map(|name| name.id.as_str().trim_start_matches("fca_")).collect()
}

/// Returns the identifiers of the restored, added and still broken accounts.
fn compared(
    purpose: Purpose,
    requested: &Requested,
    before: &[KnownAccount],
    linked: &[Account],
    active: &[&str],
) -> [String; 3] {
    let input = OutcomeInput { purpose, requested, before, linked, now: &healthy(active) };
    let Connected { restored, added, still_broken, still_ending, mandate, .. } = input.compare().0;
    assert_eq!(mandate, None, "the words of a mandate are the server's");
    assert_eq!(still_ending, []);
    [&restored, &added, &still_broken].map(|names| ids(names).join(" "))
}

#[test]
fn the_exact_account_is_restored_and_so_is_what_came_back_with_it() {
    for (linked, active, expected) in [
        (vec![account("a", Some("6789"))], &["a", "b"][..], ["a b", "", ""]),
        (vec![account("a", Some("6789"))], &["a"], ["a", "", "b"]),
        (vec![account("a", Some("6789"))], &[], ["a", "", "b"]),
        // Stripe named the account as repaired, so it counts even if it is not listed.
        (vec![], &[], ["a", "", "b"]),
        (vec![account("a", Some("6789")), account("b", Some("1204"))], &[], ["a b", "", ""]),
    ] {
        for purpose in [Purpose::Payments, Purpose::Payouts, Purpose::Data] {
            assert_eq!(compared(purpose, &exact(), &before(), &linked, active), expected);
        }
    }
}

/// Stripe's own example page computes `isNew = existingAccountIds.includes(id)`, which is inverted.
#[test]
fn an_account_is_new_when_it_is_not_among_the_existing_ones_unlike_in_stripes_example() {
    for purpose in [Purpose::Payments, Purpose::Data] {
        let linked = [account("c", Some("4421")), account("new", Some("7000"))];
        assert_eq!(compared(purpose, &same_login(), &before(), &linked, &[]), ["c", "new", "a b"]);
    }
}

#[test]
fn missing_accounts_of_login_are_still_broken_unless_active() {
    let linked = [account("b", Some("1204"))];
    assert_eq!(compared(Purpose::Data, &same_login(), &before(), &linked, &[]), ["b", "", "a"]);
    assert_eq!(compared(Purpose::Data, &same_login(), &before(), &linked, &["a"]), ["b a", "", ""]);
    assert_eq!(compared(Purpose::Data, &Requested::Anything, &before(), &linked, &[]), ["b", "", ""]);
}

#[test]
fn an_account_under_a_new_identifier_is_recognized_by_its_looks() {
    let linked = [account("new", Some("6789"))];
    assert_eq!(compared(Purpose::Data, &same_login(), &before(), &linked, &[]), ["new", "", "b"]);
    let anything = Requested::Anything;
    assert_eq!(compared(Purpose::Data, &anything, &before(), &linked, &[]), ["new", "", ""]);
}

#[test]
fn a_payment_method_points_to_the_old_identifier_so_that_a_new_one_is_a_new_account() {
    let linked = [account("new", Some("6789"))];
    for purpose in [Purpose::Payments, Purpose::Payouts] {
        assert_eq!(compared(purpose, &same_login(), &before(), &linked, &[]), ["", "new", "a b"]);
    }
}

#[test]
fn ambiguous_matches_stay_new() {
    let linked = [account("new", Some("6789"))];
    let twins = [known("a", Some("6789"), true), known("a2", Some("6789"), true)];
    assert_eq!(compared(Purpose::Data, &same_login(), &twins, &linked, &[]), ["", "new", "a a2"]);
    let two_new = [account("new", Some("6789")), account("new2", Some("6789"))];
    assert_eq!(compared(Purpose::Data, &same_login(), &before(), &two_new, &[]), ["", "new new2", "a b"]);
    // The account itself is back, by the list or by the relink result, so the other one is a different account.
    assert_eq!(compared(Purpose::Data, &exact(), &before(), &linked, &[]), ["a", "new", "b"]);
    let both = [account("a", Some("6789")), account("new", Some("6789"))];
    assert_eq!(compared(Purpose::Data, &same_login(), &before(), &both, &[]), ["a", "new", "b"]);
}

#[test]
fn only_a_broken_account_that_looks_the_same_in_all_ways_can_come_back_under_a_new_identifier() {
    let new = account("new", Some("6789"));
    for other in [
        Account { institution_name: "Tern Bank".to_owned(), ..new.clone() },
        Account { display_name: None, ..new.clone() },
        Account { last4: Some("6780".to_owned()), ..new.clone() },
        Account { last4: None, ..new.clone() },
        Account { subcategory: Subcategory::Savings, ..new.clone() },
    ] {
        assert_eq!(compared(Purpose::Data, &same_login(), &before(), &[other], &[])[1], "new");
    }
    let unnumbered = [known("a", None, true)];
    assert_eq!(
        compared(Purpose::Data, &same_login(), &unnumbered, &[account("new", None)], &[]),
        ["", "new", "a"]
    );
    let healthy = [known("a", Some("6789"), false)];
    assert_eq!(
        compared(Purpose::Data, &same_login(), &healthy, std::slice::from_ref(&new), &[]),
        ["", "new", ""]
    );
    // Repaired under its own identifier, so the new one is a different account.
    assert_eq!(compared(Purpose::Data, &same_login(), &before(), &[new], &["a", "b"]), ["a b", "new", ""]);
}

#[test]
fn every_account_of_the_login_is_compared_also_one_that_only_ends() {
    let before =
        [ending("a", Some("6789"), 5), ending("b", Some("1204"), 7), known("c", Some("4421"), false)];
    let linked = [account("a", Some("6789"))];
    let compared = |now: Condition| {
        let now = [is_now("a", Condition::Healthy), is_now("b", now)];
        let requested = same_login();
        let input = OutcomeInput {
            purpose: Purpose::Data,
            requested: &requested,
            before: &before,
            linked: &linked,
            now: &now,
        };
        let Connected { restored, added, still_broken, still_ending, .. } = input.compare().0;
        let ending: Vec<_> =
            still_ending.iter().map(|ending| (ending.name.id.to_string(), ending.on)).collect();
        ([&restored, &added, &still_broken].map(|names| ids(names).join(" ")), ending)
    };
    let lists = |restored: &str, broken: &str| [restored, "", broken].map(str::to_owned);
    let still = |on| Condition::Expiring { on: Some(on) };
    assert_eq!(compared(still(7)), (lists("a", ""), vec![("fca_b".to_owned(), Some(7))]));
    assert_eq!(compared(still(9)), (lists("a b", ""), vec![]));
    assert_eq!(compared(Condition::Healthy), (lists("a b", ""), vec![]));
    assert_eq!(compared(Condition::NumberExpired), (lists("a", "b"), vec![]));
}

#[test]
fn an_account_that_only_ended_is_replaced_unless_its_end_has_moved() {
    let before = [ending("a", Some("6789"), 5)];
    let linked = [account("new", Some("6789"))];
    let replaced = |purpose, now: &[AccountNow]| {
        let requested = same_login();
        let pairs = replacements(OutcomeInput {
            purpose,
            requested: &requested,
            before: &before,
            linked: &linked,
            now,
        });
        pairs.iter().map(|pair| format!("{} {}", pair.old, pair.new)).collect::<Vec<_>>()
    };
    let still = [is_now("a", Condition::Expiring { on: Some(5) })];
    assert_eq!(replaced(Purpose::Data, &still), ["fca_a fca_new"]);
    assert!(replaced(Purpose::Payments, &still).is_empty());
    assert!(replaced(Purpose::Data, &[is_now("a", Condition::Expiring { on: Some(9) })]).is_empty());
    assert!(replaced(Purpose::Data, &healthy(&["a"])).is_empty());
}

#[test]
fn an_account_that_worked_is_replaced_by_a_relink_of_its_own_login_and_no_other() {
    let worked = |id, last4| KnownAccount { condition: Some(Condition::Healthy), ..known(id, last4, false) };
    let before = [worked("a", Some("6789")), worked("b", Some("1204"))];
    let replaced = |purpose, requested: &Requested, before: &[KnownAccount], linked: &[Account]| {
        let input = OutcomeInput { purpose, requested, before, linked, now: &healthy(&["a", "b"]) };
        let pairs = replacements(input).into_iter();
        pairs.map(|pair| format!("{} {} {}", pair.old, pair.new, pair.old_worked)).collect::<Vec<_>>()
    };
    let new = [account("new", Some("6789")), account("b", Some("1204"))];
    let pairs = ["fca_a fca_new true"];
    assert_eq!(replaced(Purpose::Data, &same_login(), &before, &new), pairs);
    assert!(replaced(Purpose::Data, &Requested::Anything, &before, &new).is_empty(), "added beside it");
    assert!(replaced(Purpose::Payments, &same_login(), &before, &new).is_empty());
    let twins = [worked("a", Some("6789")), worked("a2", Some("6789"))];
    assert!(replaced(Purpose::Data, &same_login(), &twins, &new).is_empty(), "it could be either");
    let gone = [KnownAccount { condition: Some(Condition::Disconnected), ..known("a", Some("6789"), false) }];
    assert!(replaced(Purpose::Data, &same_login(), &gone, &new).is_empty());
}

#[test]
fn paying_from_the_same_account_under_a_new_identifier_replaces_the_old_one() {
    let name = |id, last4| AccountName::from(account(id, last4));
    let (a, before) = ("fca_a".parse().unwrap(), before());
    let confirmed = |before: &[KnownAccount], new| confirmed_replacement(before, &a, &new).is_some();
    assert!(confirmed(&before, name("new", Some("6789"))));
    assert!(!confirmed(&before, name("new", Some("7000"))), "a different account");
    assert!(!confirmed(&before, name("new", Some("1204"))), "another one of the customer's accounts");
    assert!(!confirmed(&before, name("a", Some("6789"))), "the account itself");
    let twins = [known("a", Some("6789"), true), known("a2", Some("6789"), true)];
    assert!(!confirmed(&twins, name("new", Some("6789"))), "it could be either");
}

#[test]
fn an_account_that_worked_and_is_not_known_now_still_works_as_far_as_is_known() {
    let worked = [known("a", Some("6789"), true), ending("e", Some("5555"), 9)];
    let linked = [account("a", Some("6789"))];
    assert_eq!(compared(Purpose::Data, &same_login(), &worked, &linked, &[]), ["a", "", ""]);
}

/// Returns a condition after a session: one of four.
fn after_session(state: u8) -> Condition {
    match state {
        0 => Condition::Healthy,
        1 => Condition::Expiring { on: Some(5) },
        2 => Condition::Expiring { on: Some(9) },
        _ => Condition::Broken { cause: crate::stripe::Cause::AccessExpired },
    }
}

proptest! {
    #[test]
    fn every_linked_account_is_told_of_once_and_no_broken_one_is_lost(
        had in prop::collection::btree_map(0_u8..6, (0_u8..3, 0_u8..3), 0..5),
        linked in prop::collection::btree_map(0_u8..8, 0_u8..3, 0..4),
        now in prop::collection::btree_map(0_u8..6, 0_u8..4, 0..4),
        asked in 0_u8..6,
        purpose in prop::sample::select(&[Purpose::Payments, Purpose::Payouts, Purpose::Data][..]),
        kind in 0_u8..3,
    ) {
        let digits = |last4: u8| Some(if last4 == 0 { "1111" } else { "2222" });
        let before: Vec<_> =
            had.iter().map(|(id, (last4, state))| match state {
                0 => known(&id.to_string(), digits(*last4), false),
                1 => known(&id.to_string(), digits(*last4), true),
                _ => ending(&id.to_string(), digits(*last4), 5),
            }).collect();
        let linked: Vec<_> = linked.iter().map(|(id, last4)| account(&id.to_string(), digits(*last4))).collect();
        let now: Vec<_> =
            now.iter().map(|(id, state)| is_now(&id.to_string(), after_session(*state))).collect();
        let requested = match kind {
            0 => Requested::Account {
                account: format!("fca_{asked}").parse().unwrap(), authorization: "fcauth_1".parse().unwrap()
            },
            1 => same_login(),
            _ => Requested::Anything,
        };
        let (Connected { restored, added, still_broken, still_ending, .. }, replaced) =
            OutcomeInput { purpose, requested: &requested, before: &before, linked: &linked, now: &now }.compare();
        let ending = still_ending.iter().map(|ending| &ending.name);
        let told: Vec<_> =
            [&restored, &added, &still_broken].into_iter().flatten().chain(ending).map(|name| &name.id).collect();
        let mut unique = told.clone();
        unique.sort();
        unique.dedup();
        prop_assert_eq!(told.len(), unique.len());
        for account in &linked {
            prop_assert!(restored.iter().chain(&added).any(|name| name.id == account.id));
        }
        let is_known = |name: &AccountName| before.iter().any(|known| known.name.id == name.id);
        prop_assert!(added.iter().all(|name| !is_known(name)));
        let is_healthy = |id: &AccountId| now.iter().any(|now| now.id == *id && now.condition == Condition::Healthy);
        prop_assert!(still_broken.iter().all(|name| is_known(name) && !is_healthy(&name.id)));
        prop_assert!(still_ending.iter().all(|ending| is_known(&ending.name) && ending.on == Some(5)));
        // An account that worked is renewed by a relink of its own login only.
        let may_be_renewed = |known: &KnownAccount| {
            requested != Requested::Anything && known.authorization.as_ref().is_some_and(|login| login.as_str() == "fcauth_1")
        };
        if purpose.moves_money() {
            prop_assert!(restored.iter().all(is_known) && replaced.is_empty());
        }
        for Replacement { old, new, old_worked } in &replaced {
            let old = before.iter().find(|known| known.name.id == *old).unwrap();
            let new = restored.iter().find(|name| name.id == *new).unwrap();
            prop_assert!(old.name.looks_like(new) && !is_known(new));
            prop_assert_eq!(*old_worked, !old.needed_relink());
            let is_allowed = if *old_worked { may_be_renewed(old) } else { !is_healthy(&old.name.id) };
            prop_assert!(is_allowed);
            prop_assert!(!told.contains(&&old.name.id));
        }
        let renewed = restored.iter().filter(|name| !is_known(name)).count();
        prop_assert_eq!(renewed, replaced.len());
        if requested != Requested::Anything {
            let mut lost = before.iter().filter(|known| known.was_broken && !told.contains(&&known.name.id));
            prop_assert!(lost.all(|known| replaced.iter().any(|pair| pair.old == known.name.id)));
        }
    }
}
