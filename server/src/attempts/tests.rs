//! Whose attempts are whose, and how many are remembered.

use std::sync::Arc;

use relink_protocol::stripe::Subcategory;
use relink_protocol::{AccountName, Choice, KnownAccount, Purpose, Requested};

use super::*;
use crate::domain::after::Settled;
use crate::domain::caller::Caller;
use crate::domain::caller::tests::caller;

fn settled(outcome: RelinkOutcome) -> Settled {
    Settled { outcome, linked: Vec::new(), by_stripe: true }
}

fn attempt(number: usize, caller: &Caller, started_at: i64) -> Attempt {
    Attempt {
        session: format!("fcsess_{number}").parse().unwrap(),
        customer: caller.customer.clone(),
        sign_in: caller.sign_in.clone(),
        account: "fca_1".parse().unwrap(),
        choice: Choice::Repair,
        purpose: Purpose::Payments,
        requested: Requested::Anything,
        before: Arc::default(),
        started_at: Timestamp::from_second(started_at).unwrap(),
        reported: Reported::Unknown,
        settled: None,
        paying: Paying::default(),
    }
}

fn unfinished(attempts: &Attempts, caller: &Caller, now: i64) -> Option<String> {
    let now = Timestamp::from_second(now).unwrap();
    attempts.unfinished(caller, now, |_| true).map(|attempt| attempt.session.to_string())
}

#[test]
fn an_attempt_belongs_to_one_customer_and_one_sign_in() {
    let attempts = Attempts::default();
    let (mine, theirs) = (caller("cus_1", Some("a")), caller("cus_2", Some("a")));
    attempts.record(attempt(1, &mine, 0));
    let session = "fcsess_1".parse().unwrap();
    assert!(attempts.find(&mine, &session).is_some());
    for other in [theirs, caller("cus_1", None), caller("cus_1", Some("b"))] {
        assert!(attempts.find(&other, &session).is_none());
        assert_eq!(unfinished(&attempts, &other, 1), None);
    }
}

#[test]
fn the_newest_unsettled_attempt_of_the_last_hour_is_unfinished() {
    let attempts = Attempts::default();
    let caller = caller("cus_1", None);
    attempts.record(attempt(1, &caller, 0));
    attempts.record(attempt(2, &caller, 10));
    assert_eq!(unfinished(&attempts, &caller, 20), Some("fcsess_2".to_owned()));
    attempts.settle(&"fcsess_2".parse().unwrap(), settled(RelinkOutcome::Cancelled));
    assert_eq!(unfinished(&attempts, &caller, 20), Some("fcsess_1".to_owned()));
    assert_eq!(unfinished(&attempts, &caller, 3600), None);
    assert!(attempts.unfinished(&caller, Timestamp::UNIX_EPOCH, |_| false).is_none());
}

#[test]
fn what_the_page_reported_is_kept_and_not_taken_back() {
    let attempts = Attempts::default();
    let (caller, session) = (caller("cus_1", None), "fcsess_1".parse().unwrap());
    attempts.record(attempt(1, &caller, 0));
    for reported in [Reported::Finished, Reported::Unknown] {
        attempts.report(&session, reported);
        assert_eq!(attempts.find(&caller, &session).unwrap().reported, Reported::Finished);
    }
}

#[test]
fn a_customer_makes_room_for_themselves_before_others_do() {
    let attempts = Attempts::default();
    let (quiet, busy) = (caller("cus_1", None), caller("cus_2", None));
    attempts.record(attempt(0, &quiet, 0));
    for number in 1..=MOST_PER_CUSTOMER + 5 {
        attempts.record(attempt(number, &busy, 0));
    }
    assert!(attempts.find(&quiet, &"fcsess_0".parse().unwrap()).is_some());
    assert!(attempts.find(&busy, &"fcsess_5".parse().unwrap()).is_none());
    assert!(attempts.find(&busy, &"fcsess_6".parse().unwrap()).is_some());
    assert_eq!(attempts.lock().len(), 1 + MOST_PER_CUSTOMER);
}

#[test]
fn the_record_does_not_grow_without_end() {
    let attempts = Attempts::default();
    for number in 0..MOST + 3 {
        attempts.record(attempt(number, &caller(&format!("cus_{number}"), None), 0));
    }
    assert_eq!(attempts.lock().len(), MOST);
}

#[test]
fn an_attempt_is_weighed_by_the_accounts_that_it_remembers() {
    let attempts = Attempts::default();
    let name = AccountName {
        id: "fca_1".parse().unwrap(),
        institution_name: "Alder Bank".to_owned(),
        last4: None,
        display_name: None,
        subcategory: Subcategory::Checking,
    };
    let known = KnownAccount { name, authorization: None, was_broken: true };
    let before: Arc<[KnownAccount]> = vec![known; MOST_WEIGHT / 4].into();
    for number in 0..6 {
        let caller = caller(&format!("cus_{number}"), None);
        attempts.record(Attempt { before: before.clone(), ..attempt(number, &caller, 0) });
    }
    assert_eq!(attempts.lock().len(), 4);
    assert!(attempts.find(&caller("cus_5", None), &"fcsess_5".parse().unwrap()).is_some());
}

#[test]
fn an_account_was_missed_by_whoever_was_told_so() {
    let attempts = Attempts::default();
    let (mine, account) = (caller("cus_1", Some("a")), "fca_1".parse().unwrap());
    attempts.record(attempt(1, &mine, 0));
    assert!(!attempts.missed(&mine, &account));
    attempts.settle(&"fcsess_1".parse().unwrap(), settled(RelinkOutcome::NoAccount));
    attempts.record(attempt(2, &mine, 0));
    attempts.settle(&"fcsess_2".parse().unwrap(), settled(RelinkOutcome::Cancelled));
    assert!(attempts.missed(&mine, &account));
    assert!(!attempts.missed(&mine, &"fca_2".parse().unwrap()));
    for other in [caller("cus_1", Some("b")), caller("cus_2", Some("a"))] {
        assert!(!attempts.missed(&other, &account));
    }
}

#[test]
fn stripes_word_is_remembered_once_and_replaces_the_browsers() {
    let attempts = Attempts::default();
    let session = "fcsess_1".parse().unwrap();
    attempts.record(attempt(1, &caller("cus_1", None), 0));
    let hinted = Settled { by_stripe: false, ..settled(RelinkOutcome::Cancelled) };
    assert_eq!(attempts.settle(&session, hinted.clone()), (hinted, true));
    let decided = settled(RelinkOutcome::NoAccount);
    assert_eq!(attempts.settle(&session, decided.clone()), (decided.clone(), true));
    assert_eq!(attempts.settle(&session, settled(RelinkOutcome::Failed)), (decided, false));
}
