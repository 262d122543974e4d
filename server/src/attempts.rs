//! Which attempts were begun here, by whom and for what: a session that is not in this record is accepted back from
//! nobody. Knows no client secret.
//!
//! Kept in memory for now, so a restart forgets attempts (their customers start again) and every server knows only its
//! own. Bounded: the oldest make room, a customer's own first, so that nobody can crowd out the others.

mod attempt;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use relink_protocol::{AccountId, RelinkOutcome, Reported, SessionId};

pub(crate) use self::attempt::{Attempt, Paying, Payment};
use crate::domain::after::Settled;
use crate::domain::caller::Caller;
use crate::domain::payment::Acceptance;

/// The record, oldest attempt first.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<VecDeque<Attempt>>);

const MOST: usize = 10_000;
const MOST_PER_CUSTOMER: usize = 20;
/// All attempts' accounts together: some 50 MB.
const MOST_WEIGHT: usize = 100_000;
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
        make_room(&mut attempts);
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

    /// The newest attempt of the caller's that still waits for an answer and whose account `is_visible`.
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
                attempt.is_unfinished(caller) && attempt.belongs_to(caller) && is_visible(&attempt.account)
            })
            .cloned()
    }

    /// Remembers what the page reported. A page that does not know takes nothing back.
    pub(crate) fn report(&self, session: &SessionId, reported: Reported) {
        if reported != Reported::Unknown {
            self.change(session, |attempt| attempt.reported = reported);
        }
    }

    /// Whether Stripe once did not find this account at the bank that this caller signed in to.
    pub(crate) fn missed(&self, caller: &Caller, account: &AccountId) -> bool {
        self.lock().iter().any(|attempt| {
            attempt.account == *account
                && attempt.belongs_to(caller)
                && attempt.settled.as_ref().is_some_and(|settled| settled.outcome == RelinkOutcome::NoAccount)
        })
    }

    /// Remembers a final outcome, unless Stripe has decided before. Gives the one that stands, and whether it is this
    /// one, for the first time.
    pub(crate) fn settle(&self, session: &SessionId, settled: Settled) -> (Settled, bool) {
        let mut attempts = self.lock();
        let Some(attempt) = attempts.iter_mut().rev().find(|attempt| attempt.session == *session) else {
            return (settled, true);
        };
        if let Some(before) = attempt.settled.as_ref().filter(|before| before.by_stripe) {
            return (before.clone(), false);
        }
        attempt.settled = Some(settled.clone());
        make_room(&mut attempts);
        (settled, true)
    }

    /// How far paying from this account is; `None` if the attempt has been forgotten.
    pub(crate) fn payment(&self, session: &SessionId, account: &AccountId) -> Option<Payment> {
        let attempts = self.lock();
        let attempt = attempts.iter().rev().find(|attempt| attempt.session == *session)?;
        Some(attempt.paying.payment(account))
    }

    pub(crate) fn accept(&self, session: &SessionId, account: &AccountId, acceptance: Acceptance) {
        self.change_payment(session, account, |payment| payment.acceptance = Some(acceptance));
    }

    /// Stripe said no. What the customer clicks next is another yes.
    pub(crate) fn refuse(&self, session: &SessionId, account: &AccountId) {
        self.change_payment(session, account, |payment| {
            payment.acceptance = None;
            payment.refusals += 1;
        });
    }

    pub(crate) fn paid(&self, session: &SessionId, account: &AccountId) {
        self.change_payment(session, account, |payment| payment.is_made = true);
    }

    /// The customer pays as before, if that was the question.
    pub(crate) fn keep(&self, session: &SessionId) {
        self.change(session, |attempt| {
            attempt.paying.keeps |= attempt.settled.as_ref().is_some_and(Settled::offers_payment);
        });
    }

    fn change_payment(&self, session: &SessionId, account: &AccountId, change: impl FnOnce(&mut Payment)) {
        self.change(session, |attempt| change(attempt.paying.payment_mut(account)));
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

/// Lets the oldest go until the accounts that are remembered are few enough.
fn make_room(attempts: &mut VecDeque<Attempt>) {
    let mut weight: usize = attempts.iter().map(Attempt::weight).sum();
    while weight > MOST_WEIGHT
        && let Some(oldest) = attempts.pop_front()
    {
        weight -= oldest.weight();
    }
}
