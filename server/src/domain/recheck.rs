//! How often accounts are read again although no event has told of a change, and in which order.
//!
//! Accounts that are likelier to have changed are due sooner. Where there are more accounts than calls to Stripe, those that
//! are overdue by the largest multiple of their interval go first: every class gets slower by the same factor, and nothing
//! starves, because every account's turn gets nearer with time.

use std::cmp::Reverse;
use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use relink_protocol::Condition;
use relink_protocol::stripe::Permission;

use super::connection::Kept;

/// The part of `RELINK_STRIPE_RATE` that reading again may use: one half.
const SHARE: u32 = 2;
/// An account that changed so lately may soon change again.
const RESTLESS: SignedDuration = SignedDuration::from_hours(3 * 24);
/// An end that is nearer than this is worth a closer look.
const NEAR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How likely a change is, and how much depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// It is about to end, or has changed in the last three days: read four times as often.
    Restless = 0,
    /// It works, and payments or a subscription to its data depend on it.
    InUse = 1,
    /// It is broken for longer, disconnected, or nothing depends on it: read half as often.
    Idle = 2,
}

impl Class {
    pub(crate) const ALL: [Self; 3] = [Self::Restless, Self::InUse, Self::Idle];

    /// The class of an account as of its last reading.
    pub(crate) fn of(kept: &Kept) -> Self {
        let now = kept.read_at;
        // The first reading is no change.
        let has_changed = kept.revision > 1 && kept.changed_at > now - RESTLESS;
        let ends_soon = match kept.condition {
            Condition::Expiring { on } => on.is_none_or(|on| on <= (now + NEAR).as_second()),
            Condition::Healthy
            | Condition::NumberExpired
            | Condition::Broken { .. }
            | Condition::Unrepairable { .. }
            | Condition::Disconnected
            | Condition::Unrecognized => false,
        };
        let moves_money =
            kept.account.permissions.iter().flatten().any(|it| *it == Permission::PaymentMethod);
        let is_subscribed = kept.account.subscriptions.iter().flatten().next().is_some();
        if has_changed || ends_soon {
            Self::Restless
        } else if kept.condition.is_connected() && (moves_money || is_subscribed) {
            Self::InUse
        } else {
            Self::Idle
        }
    }

    /// The time between two readings if there are calls enough. `every` is `RELINK_RECHECK_EVERY`.
    pub(crate) fn interval(self, every: SignedDuration) -> SignedDuration {
        match self {
            Self::Restless => every / 4,
            Self::InUse => every,
            Self::Idle => every * 2,
        }
    }
}

/// An account that is due to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) class: Class,
    pub(crate) read_at: Timestamp,
    pub(crate) account: String,
    /// All accounts of a customer are read by one call.
    pub(crate) customer: Option<String>,
}

impl Candidate {
    /// What a single call to Stripe reads.
    fn unit(&self) -> &str {
        self.customer.as_deref().unwrap_or(&self.account)
    }

    /// How overdue it is: its age in billionths of its interval.
    fn urgency(&self, every: SignedDuration, now: Timestamp) -> i128 {
        let interval = self.class.interval(every).as_millis().max(1);
        now.duration_since(self.read_at).as_millis() * 1_000_000_000 / interval
    }
}

/// The candidates to read now, the most overdue first, one for each call, and no more than `most`.
pub(crate) fn most_overdue(
    mut candidates: Vec<Candidate>,
    every: SignedDuration,
    now: Timestamp,
    most: usize,
) -> Vec<Candidate> {
    candidates.sort_by_cached_key(|one| (Reverse(one.urgency(every, now)), one.account.clone()));
    let mut units = HashSet::new();
    candidates.retain(|one| units.insert(one.unit().to_owned()));
    candidates.truncate(most);
    candidates
}

/// Calls a second that reading again may use, of `rate` in all.
pub(crate) fn calls_a_second(rate: u32) -> f64 {
    f64::from(rate) / f64::from(SHARE)
}

/// How many customers or accounts are entered in `time`.
pub(crate) fn calls_in(time: SignedDuration, rate: u32) -> i64 {
    i64::from(rate) * time.as_secs() / i64::from(SHARE)
}

/// The time between two readings of an account of each class, at this rate, if each takes a call of its own. `accounts` are
/// how many there are of each class.
///
/// With N accounts whose intervals are I, and C calls a second, the demand is D = Σ N / I; where it is above C, every
/// interval is stretched by D / C.
pub(crate) fn round(accounts: [u64; 3], every: SignedDuration, rate: u32) -> [SignedDuration; 3] {
    let seconds = Class::ALL.map(|class| class.interval(every).as_secs_f64());
    let demand: f64 = accounts.iter().zip(seconds).map(|(count, interval)| as_float(*count) / interval).sum();
    let stretch = (demand / calls_a_second(rate)).max(1.0);
    seconds
        .map(|interval| SignedDuration::try_from_secs_f64(interval * stretch).unwrap_or(SignedDuration::MAX))
}

/// Accounts on a page of Stripe's list.
const PAGE: u64 = 100;
/// A page is taken to need so long, because pages are read one after the other.
const PAGE_SECONDS: f64 = 0.5;

/// The time that it takes to read all accounts in pages, where Stripe lists them without naming a holder.
pub(crate) fn pages_round(accounts: u64, rate: u32) -> SignedDuration {
    let each = PAGE_SECONDS.max(1.0 / calls_a_second(rate));
    SignedDuration::try_from_secs_f64(as_float(accounts.div_ceil(PAGE)) * each).unwrap_or(SignedDuration::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of accounts, far below 2^52")]
fn as_float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
