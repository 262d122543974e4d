//! Tests of ownership, unfinished attempts and the outcome that stands, for several servers on one database.

use jiff::Timestamp;
use relink_protocol::stripe::Subcategory;
use relink_protocol::{
    AccountName, Choice, Connected, KnownAccount, Purpose, RelinkOutcome, Reported, Requested,
};

use super::*;
use crate::domain::attempt::tests::attempt;
use crate::domain::customer_claims::tests::caller;
use crate::domain::language::Language;
use crate::domain::outcome::Settled;
use crate::store::Store;
use crate::store::testing::both;

fn settled(outcome: RelinkOutcome) -> Settled {
    Settled { outcome, linked: Vec::new(), by_stripe: true, pairs: None }
}

async fn begin(store: &Store, attempt: &Attempt) {
    let mut change = store.change().await.unwrap();
    attempts::begin(&mut change, attempt).await.unwrap();
    change.commit().await.unwrap();
}

async fn settle(store: &Store, session: &str, settled: &Settled) {
    let mut change = store.change().await.unwrap();
    attempts::settle(&mut change, &session.parse().unwrap(), settled, Timestamp::UNIX_EPOCH).await.unwrap();
    change.commit().await.unwrap();
}

async fn unfinished(store: &Store, caller: &Caller, now: i64) -> Option<String> {
    let now = Timestamp::from_second(now).unwrap();
    store.unfinished(caller, now, |_| true).await.unwrap().map(|unfinished| unfinished.session.to_string())
}

fn name(id: &str) -> AccountName {
    AccountName {
        id: id.parse().unwrap(),
        institution_name: "Alder Bank".to_owned(),
        last4: None,
        display_name: Some("Ünïcode \"quoted\"".to_owned()),
        subcategory: Subcategory::Other("new".to_owned()),
    }
}

#[tokio::test]
async fn an_attempt_is_kept_whole() {
    for test in both().await {
        let mine = caller("cus_1", Some("a"));
        let known = KnownAccount {
            name: name("fca_9"),
            authorization: "fcauth_1".parse().ok(),
            was_broken: true,
            condition: Some(relink_protocol::Condition::NumberExpired),
            connected_at: Some(7),
        };
        let requested = Requested::Account {
            account: "fca_1".parse().unwrap(),
            authorization: "fcauth_1".parse().unwrap(),
        };
        let whole = Attempt {
            requested,
            before: vec![known],
            choice: Choice::AnotherAccount,
            purpose: Purpose::Data,
            language: Language::SimplifiedChinese,
            ..attempt(1, &mine, 7)
        };
        begin(&test.store, &whole).await;
        let read = async || test.store.attempt(&whole.session).await.unwrap().unwrap();
        assert_eq!(read().await, whole);
        let added = Connected {
            added: vec![name("fca_8")],
            mandate: Some("Yes.".to_owned()),
            ..Connected::default()
        };
        let linked = vec!["fca_8".parse().unwrap()];
        let end = Settled { outcome: RelinkOutcome::NewAccount(added), linked, by_stripe: true, pairs: None };
        settle(&test.store, "fcsess_1", &end).await;
        assert_eq!(read().await, Attempt { settled: Some(end), ..whole.clone() });
    }
}

#[tokio::test]
async fn an_attempt_belongs_to_one_customer_and_one_sign_in() {
    for test in both().await {
        let store = &test.store;
        let mine = caller("cus_1", Some("a"));
        begin(store, &attempt(1, &mine, 0)).await;
        begin(store, &attempt(2, &caller("cus_3", None), 0)).await;
        let found = store.attempt(&"fcsess_1".parse().unwrap()).await.unwrap().unwrap();
        assert!(found.belongs_to(&mine));
        for other in [caller("cus_2", Some("a")), caller("cus_1", None), caller("cus_1", Some("b"))] {
            assert!(!found.belongs_to(&other));
            assert_eq!(unfinished(store, &other, 1).await, None);
        }
        assert_eq!(unfinished(store, &mine, 1).await.as_deref(), Some("fcsess_1"));
        assert_eq!(unfinished(store, &caller("cus_3", None), 1).await.as_deref(), Some("fcsess_2"));
    }
}

#[tokio::test]
async fn the_newest_unsettled_attempt_of_the_last_hour_is_unfinished() {
    for test in both().await {
        let store = &test.store;
        let caller = caller("cus_1", None);
        begin(store, &attempt(1, &caller, 0)).await;
        begin(store, &attempt(2, &caller, 10)).await;
        assert_eq!(unfinished(store, &caller, 20).await.as_deref(), Some("fcsess_2"));
        settle(store, "fcsess_2", &settled(RelinkOutcome::Cancelled)).await;
        assert_eq!(unfinished(store, &caller, 20).await.as_deref(), Some("fcsess_1"));
        assert_eq!(unfinished(store, &caller, 3600).await, None);
        assert!(store.unfinished(&caller, Timestamp::UNIX_EPOCH, |_| false).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn an_outcome_stays_unfinished_until_the_page_has_shown_it() {
    for test in both().await {
        let store = &test.store;
        let caller = caller("cus_1", None);
        begin(store, &attempt(1, &caller, 0)).await;
        settle(store, "fcsess_1", &settled(RelinkOutcome::NoAccount)).await;
        assert_eq!(unfinished(store, &caller, 20).await.as_deref(), Some("fcsess_1"));
        store.told(&"fcsess_1".parse().unwrap()).await.unwrap();
        assert_eq!(unfinished(store, &caller, 20).await, None);
    }
}

#[tokio::test]
async fn an_unknown_report_does_not_overwrite_an_earlier_one() {
    for test in both().await {
        let (caller, session) = (caller("cus_1", None), "fcsess_1".parse().unwrap());
        begin(&test.store, &attempt(1, &caller, 0)).await;
        for reported in [Reported::Finished, Reported::Unknown] {
            test.store.report(&session, reported).await.unwrap();
            let kept = test.store.attempt(&session).await.unwrap().unwrap();
            assert_eq!(kept.reported, Reported::Finished);
        }
    }
}

#[tokio::test]
async fn a_caller_whose_attempt_found_no_account_has_missed_it() {
    for test in both().await {
        let store = &test.store;
        let (mine, account) = (caller("cus_1", Some("a")), "fca_1".parse().unwrap());
        begin(store, &attempt(1, &mine, 0)).await;
        assert!(!store.missed(&mine, &account).await.unwrap());
        settle(store, "fcsess_1", &settled(RelinkOutcome::NoAccount)).await;
        begin(store, &attempt(2, &mine, 0)).await;
        settle(store, "fcsess_2", &settled(RelinkOutcome::Cancelled)).await;
        assert!(store.missed(&mine, &account).await.unwrap());
        assert!(!store.missed(&mine, &"fca_2".parse().unwrap()).await.unwrap());
        for other in [caller("cus_1", Some("b")), caller("cus_1", None), caller("cus_2", Some("a"))] {
            assert!(!store.missed(&other, &account).await.unwrap());
        }
    }
}
