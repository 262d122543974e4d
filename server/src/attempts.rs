//! Which attempts were begun here, by whom and for what: a session that is not in this record is accepted back from
//! nobody. Knows no client secret.
//!
//! Kept in memory for now, so a restart forgets attempts (their customers start again) and every server knows only its
//! own. Bounded: the oldest make room, a customer's own first, so that nobody can crowd out the others.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use relink_protocol::{AccountId, CustomerId, RelinkOutcome, Reported, SessionId};

use crate::domain::caller::Caller;

/// One attempt to repair one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) session: SessionId,
    pub(crate) customer: CustomerId,
    pub(crate) sign_in: Option<String>,
    pub(crate) account: AccountId,
    pub(crate) started_at: Timestamp,
    /// What the page last reported of it.
    pub(crate) reported: Reported,
    /// The final outcome, once known.
    pub(crate) settled: Option<RelinkOutcome>,
}

impl Attempt {
    /// Only the customer, and only in the sign-in session that the attempt was begun in.
    fn belongs_to(&self, caller: &Caller) -> bool {
        self.customer == caller.customer && self.sign_in == caller.sign_in
    }
}

/// The record, oldest attempt first.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<VecDeque<Attempt>>);

const MOST: usize = 10_000;
const MOST_PER_CUSTOMER: usize = 20;
/// An attempt is offered again after a reload for this long; no bank login takes longer.
const UNFINISHED_FOR: SignedDuration = SignedDuration::from_hours(1);

impl Attempts {
    pub(crate) fn record(&self, attempt: Attempt) {
        let mut attempts = self.lock();
        let mut own = attempts.iter().enumerate().filter(|(_, other)| other.customer == attempt.customer);
        let oldest_own = own.next().map(|(place, _)| place);
        if own.count() + 1 >= MOST_PER_CUSTOMER
            && let Some(place) = oldest_own
        {
            attempts.remove(place);
        } else if attempts.len() >= MOST {
            attempts.pop_front();
        }
        attempts.push_back(attempt);
    }

    /// The caller's attempt of that name. Somebody else's and a missing one look the same.
    pub(crate) fn find(&self, caller: &Caller, session: &SessionId) -> Option<Attempt> {
        let attempts = self.lock();
        attempts
            .iter()
            .rev()
            .find(|attempt| attempt.session == *session && attempt.belongs_to(caller))
            .cloned()
    }

    /// The newest attempt of the caller's whose outcome nobody knows and whose account `is_visible`.
    pub(crate) fn unfinished(
        &self,
        caller: &Caller,
        now: Timestamp,
        is_visible: impl Fn(&AccountId) -> bool,
    ) -> Option<Attempt> {
        let attempts = self.lock();
        let mut young = attempts
            .iter()
            .rev()
            .take_while(|attempt| now.duration_since(attempt.started_at) < UNFINISHED_FOR);
        young
            .find(|attempt| {
                attempt.settled.is_none() && attempt.belongs_to(caller) && is_visible(&attempt.account)
            })
            .cloned()
    }

    /// Remembers what the page reported. A page that does not know takes nothing back.
    pub(crate) fn report(&self, session: &SessionId, reported: Reported) {
        if reported != Reported::Unknown {
            self.change(session, |attempt| attempt.reported = reported);
        }
    }

    pub(crate) fn settle(&self, session: &SessionId, outcome: RelinkOutcome) {
        self.change(session, |attempt| attempt.settled = Some(outcome));
    }

    fn change(&self, session: &SessionId, change: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = self.lock().iter_mut().rev().find(|attempt| attempt.session == *session) {
            change(attempt);
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Attempt>> {
        // Every change is a single step, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(customer: &str, sign_in: Option<&str>) -> Caller {
        Caller { customer: customer.parse().unwrap(), sign_in: sign_in.map(str::to_owned), accounts: None }
    }

    fn attempt(number: usize, caller: &Caller, started_at: i64) -> Attempt {
        Attempt {
            session: format!("fcsess_{number}").parse().unwrap(),
            customer: caller.customer.clone(),
            sign_in: caller.sign_in.clone(),
            account: "fca_1".parse().unwrap(),
            started_at: Timestamp::from_second(started_at).unwrap(),
            reported: Reported::Unknown,
            settled: None,
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
            assert_eq!(attempts.find(&other, &session), None);
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
        attempts.settle(&"fcsess_2".parse().unwrap(), RelinkOutcome::Cancelled);
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
}
