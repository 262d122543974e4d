//! From an account as Stripe has it to what is kept of it, and whom that concerns.

use jiff::Timestamp;
use relink_protocol::stripe::{Account, Cause};
use relink_protocol::{AccountName, Condition, MissingPreviewFields, condition, next_change};

use super::notice::{Notice, notice};

/// An account as it was read, and when, by Stripe's clock, it was surely so; 0 where Stripe did not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) account: Account,
    /// In seconds since 1970.
    pub(crate) as_of: i64,
}

/// An account as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) account: Account,
    pub(crate) condition: Condition,
    /// Stripe's time, in seconds since 1970.
    pub(crate) as_of: i64,
    pub(crate) read_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    /// When time alone may change its condition.
    pub(crate) recheck_at: Option<Timestamp>,
    /// Goes up with each change that a customer could see.
    pub(crate) revision: i64,
    /// What the merchant was last told.
    pub(crate) told: Option<String>,
}

impl Kept {
    /// When it was surely so, by Stripe's clock; 0 where that lies ahead, because whoever said so had a wrong clock, and
    /// nothing that comes later would count.
    pub(crate) fn as_of_by(&self, now: Timestamp) -> i64 {
        if self.as_of > now.as_second() + CLOCKS_AGREE { 0 } else { self.as_of }
    }
}

/// Clocks that differ by fewer seconds are usual.
const CLOCKS_AGREE: i64 = 60;

/// Why an account was read, which decides what the merchant hears of an account that was known but never told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// Stripe has told of a change since this store began: its state is news.
    Event,
    /// Somebody or something has asked; only a change is news.
    Look,
    /// All accounts are read, to know them. How they were found is no news: it may have been so for years.
    Backfill,
}

/// What a reading comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What is kept from now on; `None` where something newer is kept already.
    pub(crate) kept: Option<Kept>,
    /// What the merchant is told.
    pub(crate) notices: Vec<Notice>,
    /// Whether a customer could see a difference.
    pub(crate) is_change: bool,
    /// It differs from what is kept, and which of the two is later can't be said: only a third one tells.
    pub(crate) is_doubtful: bool,
}

/// Says what becomes of a reading. `watching_since` is when this store began: what was linked before that is not new.
pub(crate) fn keep(
    before: Option<&Kept>,
    reading: Reading,
    occasion: Occasion,
    now: Timestamp,
    watching_since: Timestamp,
) -> Result<Outcome, MissingPreviewFields> {
    let Reading { account, as_of } = reading;
    let before_as_of = before.map_or(0, |before| before.as_of_by(now));
    if let Some(before) = before.filter(|_| before_as_of > as_of && as_of > 0) {
        // It may have been read later all the same: how long an answer takes says only since when it was surely so.
        let is_doubtful = before.account != account;
        return Ok(Outcome { kept: None, notices: Vec::new(), is_change: false, is_doubtful });
    }
    let condition = condition(&account, now.as_second())?;
    let is_change = before.is_none_or(|before| !looks_alike(before, &account, &condition));
    let is_doubtful = before.is_some_and(|before| before_as_of == as_of && before.account != account);
    let is_new =
        before.is_none() && account.created.is_some_and(|created| created >= watching_since.as_second());
    let is_found = before.is_none() && !is_new && occasion == Occasion::Backfill;
    let (change, told) = if is_found { (None, None) } else { tell(before, occasion, &condition) };
    let notices = is_new.then_some(Notice::AccountAdded).into_iter().chain(change).collect();
    let recheck_at = next_change(&account, now.as_second()).and_then(|at| Timestamp::from_second(at).ok());
    let kept = Kept {
        as_of: as_of.max(before_as_of),
        read_at: now,
        changed_at: before.filter(|_| !is_change).map_or(now, |before| before.changed_at.min(now)),
        recheck_at,
        revision: before.map_or(0, |before| before.revision) + i64::from(is_change),
        told,
        condition,
        account,
    };
    Ok(Outcome { kept: Some(kept), notices, is_change, is_doubtful })
}

/// What the merchant is told, and has been told then. An account that the backfill found stays untold until it changes, or
/// until Stripe tells of it: the backfill may have read it between a change and its event.
fn tell(
    before: Option<&Kept>,
    occasion: Occasion,
    condition: &Condition,
) -> (Option<Notice>, Option<String>) {
    let untold = before.filter(|before| before.told.is_none() && occasion != Occasion::Event);
    let found = untold.map(|before| notice(None, &before.condition).1);
    let told = found.as_deref().or(before.and_then(|before| before.told.as_deref()));
    let (change, tells) = notice(told, condition);
    let stays_untold = change.is_none() && found.as_deref() == Some(tells.as_str());
    (change, (!stays_untold).then_some(tells))
}

/// Whether a customer would see the same.
fn looks_alike(before: &Kept, account: &Account, condition: &Condition) -> bool {
    before.condition == *condition
        && AccountName::from(before.account.clone()) == AccountName::from(account.clone())
        && before.account.account_holder == account.account_holder
        && before.account.authorization == account.authorization
        && before.account.permissions == account.permissions
}

/// A condition as merchants and the database have it: its name, its cause, and when it ends.
pub(crate) fn in_words(condition: &Condition) -> (&'static str, Option<&Cause>, Option<i64>) {
    match condition {
        Condition::Healthy => ("healthy", None, None),
        Condition::Expiring { on } => ("expiring", None, *on),
        Condition::NumberExpired => ("number_expired", None, None),
        Condition::Broken { cause } => ("broken", Some(cause), None),
        Condition::Unrepairable { cause } => ("unrepairable", Some(cause), None),
        Condition::Disconnected => ("disconnected", None, None),
        Condition::Unrecognized => ("unrecognized", None, None),
    }
}

#[cfg(test)]
mod tests;
