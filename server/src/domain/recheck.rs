//! Schedule for reading accounts again without an event: intervals and order.
//!
//! Accounts that are more likely to have changed are due sooner. If calls to Stripe do not suffice for all accounts,
//! those that are overdue by the largest multiple of their interval go first. So every class slows down by the same
//! factor, and no account starves, because its priority grows with time.

use std::cmp::Reverse;
use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use relink_protocol::Condition;
use relink_protocol::stripe::Permission;
use strum::EnumCount;

use super::connection::StoredAccount;

/// Divisor of `RELINK_STRIPE_RATE` for rechecks: one half.
const SHARE: u32 = 2;
/// Time after a change in which another one is likely.
const RESTLESS: SignedDuration = SignedDuration::from_hours(3 * 24);
/// Time before an expiry in which an account is read more often.
const NEAR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Class of accounts by the likelihood and the importance of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumCount)]
pub(crate) enum Class {
    /// Expires soon, or changed within the last three days: read four times as often.
    Restless = 0,
    /// Works, and payments or a subscription depend on it.
    InUse = 1,
    /// Broken for longer than that, disconnected, or unused: read half as often.
    Idle = 2,
}

impl Class {
    pub(crate) const ALL: [Self; Self::COUNT] = [Self::Restless, Self::InUse, Self::Idle];

    /// Returns the class of an account as of its last reading.
    pub(crate) fn of(kept: &StoredAccount) -> Self {
        let now = kept.read_at;
        // The first reading is not a change.
        let has_changed = kept.revision > 1 && kept.changed_at > now - RESTLESS;
        let ends_soon = match kept.condition {
            Condition::Expiring { on } => on.is_none_or(|on| on <= (now + NEAR).as_second()),
            Condition::Healthy
            | Condition::NumberExpired
            | Condition::NumberPending
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

    /// Returns the interval between two readings if calls suffice. `every` is `RELINK_RECHECK_EVERY`.
    pub(crate) fn interval(self, every: SignedDuration) -> SignedDuration {
        match self {
            Self::Restless => every / 4,
            Self::InUse => every,
            Self::Idle => every * 2,
        }
    }
}

/// Account that is due to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) class: Class,
    pub(crate) read_at: Timestamp,
    pub(crate) account: String,
    /// Customer of the account, whose accounts are all read by one call.
    pub(crate) customer: Option<String>,
}

impl Candidate {
    /// Returns what a single call to Stripe reads: the customer's accounts, or one account.
    fn unit(&self) -> &str {
        self.customer.as_deref().unwrap_or(&self.account)
    }

    /// Returns the age in billionths of the interval.
    fn urgency(&self, every: SignedDuration, now: Timestamp) -> i128 {
        let interval = self.class.interval(every).as_millis().max(1);
        now.duration_since(self.read_at).as_millis() * 1_000_000_000 / interval
    }
}

/// Returns the candidates to read now, the most overdue first, one for each call, and no more than `most`.
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

/// Returns the calls per second that rechecks may use, of `rate` in total.
pub(crate) fn calls_a_second(rate: u32) -> f64 {
    f64::from(rate) / f64::from(SHARE)
}

/// Returns the number of calls that rechecks may use in `time`.
pub(crate) fn calls_in(time: SignedDuration, rate: u32) -> i64 {
    i64::from(rate) * time.as_secs() / i64::from(SHARE)
}

/// Returns the effective interval of each class at this rate, if each account takes a call of its own. `accounts` is
/// the number of accounts in each class.
///
/// With N accounts whose intervals are I, and C calls per second, the demand is D = Σ N / I; if it exceeds C, every
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
/// Assumed duration of a page in seconds; pages are read one after the other.
const PAGE_SECONDS: f64 = 0.5;

/// Returns the time to read all accounts in pages, if Stripe lists them without an account holder.
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
