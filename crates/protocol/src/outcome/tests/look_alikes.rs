//! Tests of accounts that look alike: the customer is asked, and nothing is guessed.

use proptest::prelude::*;

use super::*;
use crate::{AccountPair, paired};

/// Returns the groups of accounts that look alike, as old and new identifiers.
fn look_alikes(
    purpose: Purpose,
    requested: &Requested,
    before: &[KnownAccount],
    linked: &[Account],
) -> Vec<String> {
    let input = OutcomeInput { purpose, requested, before, linked, now: &[] };
    let groups = input.compare().0.look_alikes.into_iter().map(|group| {
        let old: Vec<AccountName> = group.old.into_iter().map(|old| old.name).collect();
        [ids(&old).join(" "), ids(&group.new).join(" ")].join(" | ")
    });
    groups.collect()
}

#[test]
fn the_customer_is_asked_where_accounts_look_alike_and_nowhere_else() {
    let new = [account("new", Some("6789"))];
    let two_new = [account("new", Some("6789")), account("new2", Some("6789"))];
    let twins = [known("a", Some("6789"), true), known("a2", Some("6789"), true)];
    let one = [known("a", Some("6789"), true)];
    let asked = |before: &[KnownAccount], linked: &[Account]| {
        look_alikes(Purpose::Data, &same_login(), before, linked)
    };
    assert_eq!(asked(&twins, &new), ["a a2 | new"]);
    assert_eq!(asked(&one, &two_new), ["a | new new2"]);
    assert_eq!(asked(&twins, &two_new), ["a a2 | new new2"]);
    let others = [known("b", Some("1204"), true), known("b2", Some("1204"), true)];
    let both: Vec<KnownAccount> = twins.iter().chain(&others).cloned().collect();
    assert_eq!(
        asked(&both, &[account("new", Some("6789")), account("new3", Some("1204"))]),
        ["a a2 | new", "b b2 | new3"]
    );
    // One of two that look alike is back under its own identifier, so the new one may still be the other.
    let with_known = [account("a2", Some("6789")), account("new", Some("6789"))];
    assert_eq!(asked(&twins, &with_known), ["a | new"]);
    // Pairs without doubt, different accounts, and accounts that need nobody.
    assert!(asked(&one, &new).is_empty());
    assert!(asked(&twins, &[account("new", Some("7000"))]).is_empty());
    let healthy = [known("a", Some("6789"), false), known("a2", Some("6789"), false)];
    assert!(asked(&healthy, &new).is_empty());
}

#[test]
fn where_money_moves_paying_names_the_pair_unless_several_old_accounts_look_like_the_new_one() {
    let new = [account("new", Some("6789"))];
    let two_new = [account("new", Some("6789")), account("new2", Some("6789"))];
    let twins = [known("a", Some("6789"), true), known("a2", Some("6789"), true)];
    for purpose in [Purpose::Payments, Purpose::Payouts] {
        assert_eq!(look_alikes(purpose, &same_login(), &twins, &new), ["a a2 | new"]);
        assert_eq!(look_alikes(purpose, &same_login(), &twins, &two_new), ["a a2 | new new2"]);
        assert!(look_alikes(purpose, &same_login(), &twins[..1], &two_new).is_empty());
    }
}

#[test]
fn accounts_that_worked_are_candidates_only_where_no_money_moves() {
    let worked = |id| KnownAccount { condition: Some(Condition::Healthy), ..known(id, Some("6789"), false) };
    let (twins, new) = ([worked("a"), worked("a2")], [account("new", Some("6789"))]);
    assert_eq!(look_alikes(Purpose::Data, &same_login(), &twins, &new), ["a a2 | new"]);
    assert!(look_alikes(Purpose::Payments, &same_login(), &twins, &new).is_empty());
}

#[test]
fn an_answer_moves_the_account_to_those_that_work_and_closes_the_question() {
    let twins = [
        KnownAccount { connected_at: Some(7), ..known("a", Some("6789"), true) },
        known("a2", Some("6789"), true),
    ];
    let linked = [account("new", Some("6789"))];
    let requested = same_login();
    let input = OutcomeInput {
        purpose: Purpose::Data,
        requested: &requested,
        before: &twins,
        linked: &linked,
        now: &[],
    };
    let (mut connected, replaced) = input.compare();
    assert!(replaced.is_empty() && RelinkOutcome::NewAuthorization(connected.clone()).is_question());
    assert_eq!(connected.look_alikes[0].old[0].on, Some(7));
    let pairs = [pair("a2", "new")];
    assert!(connected.may_pair(&pairs) && connected.may_pair(&[]));
    connected.pair(&pairs);
    assert_eq!((ids(&connected.restored), ids(&connected.still_broken)), (vec!["new"], vec!["a"]));
    assert!(connected.added.is_empty() && !connected.may_pair(&[]));
    let [replacement] = &paired(&twins, &pairs)[..] else { panic!() };
    assert_eq!((replacement.old.as_str(), replacement.new.as_str()), ("fca_a2", "fca_new"));
    assert!(!replacement.old_worked && paired(&twins, &[pair("x", "new")]).is_empty());
}

#[test]
fn an_answer_pairs_accounts_of_one_group_and_each_account_once() {
    let twins = |a, b, last4| [known(a, Some(last4), true), known(b, Some(last4), true)];
    let before = [twins("a", "a2", "6789"), twins("b", "b2", "1204")].concat();
    let linked = [
        account("new", Some("6789")),
        account("new2", Some("6789")),
        account("new3", Some("1204")),
        account("new4", Some("1204")),
    ];
    let requested = same_login();
    let (purpose, requested) = (Purpose::Data, &requested);
    let input = OutcomeInput { purpose, requested, before: &before, linked: &linked, now: &[] };
    let mut connected = input.compare().0;
    for (answer, expected) in [
        (vec![pair("a", "new"), pair("a2", "new2"), pair("b", "new4")], true),
        (vec![pair("a", "new3")], false),
        (vec![pair("b", "new")], false),
        (vec![pair("a", "x")], false),
        (vec![pair("x", "new")], false),
        (vec![pair("a", "new"), pair("a", "new2")], false),
        (vec![pair("a", "new"), pair("a2", "new")], false),
        (vec![pair("a", "new"), pair("a", "new")], false),
    ] {
        assert_eq!(connected.may_pair(&answer), expected, "{answer:?}");
    }
    connected.still_ending = vec![ending("a", None, 9).dated(), ending("e", None, 9).dated()];
    connected.pair(&[pair("a", "new2")]);
    assert_eq!(ids(&connected.restored), ["new2"]);
    assert_eq!(ids(&connected.added), ["new", "new3", "new4"]);
    assert_eq!(ids(&connected.still_broken), ["a2", "b", "b2"]);
    let still_ending: Vec<AccountName> = connected.still_ending.into_iter().map(|one| one.name).collect();
    assert_eq!(ids(&still_ending), ["e"]);
}

fn pair(old: &str, new: &str) -> AccountPair {
    AccountPair { old: format!("fca_{old}").parse().unwrap(), new: format!("fca_{new}").parse().unwrap() }
}

proptest! {
    #[test]
    fn a_pair_is_never_guessed_and_an_answer_outside_of_the_candidates_pairs_nothing(
        had in prop::collection::btree_map(0_u8..5, (0_u8..2, any::<bool>()), 0..5),
        linked in prop::collection::btree_map(0_u8..9, 0_u8..2, 0..5),
        answer in prop::collection::vec((0_u8..10, 0_u8..10), 0..3),
        purpose in prop::sample::select(&[Purpose::Payments, Purpose::Payouts, Purpose::Data][..]),
        is_of_login in any::<bool>(),
    ) {
        let digits = |last4: u8| Some(if last4 == 0 { "1111" } else { "2222" });
        let before: Vec<_> = had
            .iter()
            .map(|(id, (last4, was_broken))| known(&id.to_string(), digits(*last4), *was_broken))
            .collect();
        let linked: Vec<_> =
            linked.iter().map(|(id, last4)| account(&id.to_string(), digits(*last4))).collect();
        let requested = if is_of_login { same_login() } else { Requested::Anything };
        let input =
            OutcomeInput { purpose, requested: &requested, before: &before, linked: &linked, now: &[] };
        let (connected, replaced) = input.compare();
        let in_question = |old: &AccountId, new: &AccountId| {
            connected.look_alikes.iter().any(|group| {
                group.old.iter().any(|name| name.name.id == *old) && group.new.iter().any(|name| name.id == *new)
            })
        };
        for group in &connected.look_alikes {
            prop_assert!(!group.old.is_empty() && !group.new.is_empty());
            for new in &group.new {
                prop_assert!(group.old.iter().all(|old| old.name.looks_like(new)));
                prop_assert!(connected.added.contains(new));
            }
            let are_paired = replaced
                .iter()
                .any(|pair| group.old.iter().any(|old| old.name.id == pair.old) || group.new.iter().any(|new| new.id == pair.new));
            prop_assert!(!are_paired);
        }
        // Two that look alike on either side are never paired without the customer.
        for pair in &replaced {
            let new = connected.restored.iter().find(|name| name.id == pair.new).unwrap();
            let rivals = linked.iter().filter(|other| AccountName::from((*other).clone()).looks_like(new));
            prop_assert_eq!(rivals.count(), 1);
        }
        let pairs: Vec<_> =
            answer.iter().map(|(old, new)| pair(&old.to_string(), &new.to_string())).collect();
        let mut answered = connected.clone();
        if connected.may_pair(&pairs) {
            prop_assert!(pairs.iter().all(|pair| in_question(&pair.old, &pair.new)));
            let is_once = |of: fn(&AccountPair) -> &AccountId| {
                let mut ids: Vec<_> = pairs.iter().map(of).collect();
                ids.sort();
                ids.dedup();
                ids.len() == pairs.len()
            };
            prop_assert!(is_once(|pair| &pair.old) && is_once(|pair| &pair.new));
            prop_assert_eq!(paired(&before, &pairs).len(), pairs.len());
            answered.pair(&pairs);
            prop_assert_eq!(answered.restored.len(), connected.restored.len() + pairs.len());
            prop_assert_eq!(answered.added.len() + pairs.len(), connected.added.len());
            prop_assert!(!answered.may_pair(&pairs), "only once");
        } else {
            prop_assert!(
                connected.look_alikes.is_empty()
                    || pairs.iter().any(|pair| !in_question(&pair.old, &pair.new))
                    || pairs.len() > 1
            );
        }
    }
}
