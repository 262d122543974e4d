//! Update of a stored account from a reading of Stripe, and the merchant events that result.

use jiff::Timestamp;
use relink_protocol::stripe::{Account, Cause, PaymentBlock};
use relink_protocol::{
    AccountId, AccountName, Condition, ConditionRules, MissingPreviewFields, PaymentMethodId, Replacement,
    condition, next_change,
};

use super::merchant_event::{MerchantEvent, REPLACED, notice};

/// Account as read from Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) account: Account,
    /// Lower bound of the time that the reading reflects, by Stripe's clock, in seconds since
    /// 1970; 0 if Stripe sent no time.
    pub(crate) as_of: i64,
}

/// Account as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredAccount {
    pub(crate) account: Account,
    /// Condition when it was read; `Unrecognized` for an account that another one has replaced.
    pub(crate) condition: Condition,
    /// Lower bound of the time that the reading reflects, by Stripe's clock, in seconds since 1970.
    pub(crate) as_of: i64,
    pub(crate) read_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    /// Time at which the condition may change without a change at Stripe.
    pub(crate) recheck_at: Option<Timestamp>,
    /// Increases with each change that is visible to the customer.
    pub(crate) revision: i64,
    /// Last state that was reported to the merchant; `None` if none was.
    pub(crate) told: Option<String>,
    /// Account under which the customer has linked this one again. It then needs nobody any more.
    pub(crate) replaced_by: Option<AccountId>,
}

impl StoredAccount {
    /// Returns `as_of`, or 0 if it is in the future: it then comes from a wrong clock, and would make
    /// every later reading look outdated.
    pub(crate) fn as_of_by(&self, now: Timestamp) -> i64 {
        if self.as_of > now.as_second() + CLOCK_TOLERANCE { 0 } else { self.as_of }
    }

    /// Returns the account as replaced by the new one of the pair. `None` if it needed a relink and needs none any more, so
    /// that it has come back by itself, or if it was replaced before.
    pub(crate) fn replace(&self, pair: &Replacement, rules: ConditionRules, now: Timestamp) -> Option<Self> {
        let by = &pair.new;
        let condition = condition(&self.account, rules, now.as_second()).ok()?;
        let is_in_need = condition.is_repairable() || !condition.is_connected();
        ((is_in_need || pair.old_worked) && self.replaced_by.is_none() && self.account.id != *by).then(|| {
            Self {
                condition: Condition::Unrecognized,
                replaced_by: Some(by.clone()),
                changed_at: now,
                revision: self.revision + 1,
                told: Some(REPLACED.to_owned()),
                ..self.clone()
            }
        })
    }

    /// Returns the state's name, cause and end date as the API and the database have them.
    pub(crate) fn in_words(&self) -> (&'static str, Option<&Cause>, Option<i64>) {
        if self.replaced_by.is_some() {
            (REPLACED, None, None)
        } else if self.condition == Condition::Healthy && self.account.payment_block.is_some() {
            (BLOCKED, None, None)
        } else {
            in_words(&self.condition)
        }
    }
}

/// State of an account whose connection works, and whose payment method Stripe no longer debits. A number that a relink
/// renews is the state `number_expired` instead.
const BLOCKED: &str = "debits_blocked";

/// Largest usual difference between clocks, in seconds.
const CLOCK_TOLERANCE: i64 = 60;

/// Reason for which an account was read. It decides whether the merchant gets an event for an account that is
/// stored but was never reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadReason {
    /// Stripe sent an event since this database was created: the account's state is reported.
    Event,
    /// A request or a recheck read the account: only a change is reported.
    Look,
    /// The backfill read all accounts: the state it found is not reported, because it may be years old.
    Backfill,
}

/// Result of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Account to store; `None` if a newer reading is stored already.
    pub(crate) kept: Option<StoredAccount>,
    /// Events for the merchant.
    pub(crate) notices: Vec<MerchantEvent>,
    /// True if the change is visible to the customer.
    pub(crate) is_change: bool,
    pub(crate) consequences: Consequences,
    /// True if the reading differs from the stored account and it is unknown which is later;
    /// the account is then read again.
    pub(crate) is_doubtful: bool,
}

/// Consequences of a reading for relink requests and reminders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consequences {
    /// True if the account needs the customer no more, or ends later than before.
    pub(crate) is_recovery: bool,
    /// True if the customer shares a permission that they did not share before.
    pub(crate) shares_more: bool,
    /// True if a reminder may be due. What was broken before the customer was first seen is no reason for one.
    pub(crate) may_remind: bool,
    /// Payment method that was blocked when it was last read, to be read again with its account.
    pub(crate) recheck: Option<PaymentMethodId>,
}

/// Decides what a reading changes. `watching_since` is when this database was created: accounts linked before are not
/// new. Fails if the account lacks preview fields.
pub(crate) fn keep(
    before: Option<&StoredAccount>,
    reading: Reading,
    occasion: ReadReason,
    rules: ConditionRules,
    now: Timestamp,
    watching_since: Timestamp,
) -> Result<Outcome, MissingPreviewFields> {
    let Reading { account, as_of } = reading;
    // Stripe's account does not say it.
    let payment_block = before.and_then(|before| before.account.payment_block.clone());
    let account = Account { payment_block, ..account };
    let before_as_of = before.map_or(0, |before| before.as_of_by(now));
    if let Some(before) = before.filter(|_| before_as_of > as_of && as_of > 0) {
        // The reading may be the later one all the same, because `as_of` is only a lower bound.
        let is_doubtful = before.account != account;
        return Ok(Outcome { is_doubtful, ..Outcome::nothing() });
    }
    let condition = condition(&account, rules, now.as_second())?;
    let is_recovery = before.is_some_and(|before| has_recovered(before, &condition, rules));
    // Stripe may bring the old identifier back: then it is an account like others again.
    let replaced_by = before.and_then(|before| before.replaced_by.clone()).filter(|_| !is_recovery);
    let is_change = before.is_none_or(|before| {
        before.replaced_by != replaced_by
            || (replaced_by.is_none() && !looks_alike(before, &account, &condition))
    });
    let is_doubtful = before.is_some_and(|before| before_as_of == as_of && before.account != account);
    let is_new =
        before.is_none() && account.created.is_some_and(|created| created >= watching_since.as_second());
    let is_found = before.is_none() && !is_new && occasion == ReadReason::Backfill;
    let (changes, told) = match &replaced_by {
        _ if is_found => (Vec::new(), None),
        Some(_) => (Vec::new(), Some(REPLACED.to_owned())),
        None => tell(before, occasion, &condition),
    };
    let is_warning = |notice: &MerchantEvent| {
        matches!(notice, MerchantEvent::ConnectionBroken | MerchantEvent::ConnectionExpiring)
    };
    let is_news = before.is_some() || is_new || occasion == ReadReason::Event;
    let was_seen = is_news || condition.is_connected();
    let may_remind = was_seen && changes.iter().any(is_warning);
    let notices = is_new.then_some(MerchantEvent::AccountAdded).into_iter().chain(changes).collect();
    let recheck_at =
        next_change(&account, rules, now.as_second()).and_then(|at| Timestamp::from_second(at).ok());
    let kept = StoredAccount {
        as_of: as_of.max(before_as_of),
        read_at: now,
        changed_at: before.filter(|_| !is_change).map_or(now, |before| before.changed_at.min(now)),
        recheck_at,
        revision: before.map_or(0, |before| before.revision) + i64::from(is_change),
        told,
        condition: if replaced_by.is_some() { Condition::Unrecognized } else { condition },
        account,
        replaced_by,
    };
    let recheck = kept.account.payment_block.as_ref().map(|block| block.payment_method.clone());
    let shares_more = before.is_some_and(|before| shares_more(&before.account, &kept.account));
    let consequences = Consequences { is_recovery, shares_more, may_remind, recheck };
    Ok(Outcome { kept: Some(kept), notices, is_change, consequences, is_doubtful })
}

/// Decides what a reading of a payment method changes: `block` is that of its account, if Stripe does not debit it. `None`
/// if nothing changes.
pub(crate) fn keep_block(
    before: &StoredAccount,
    method: &PaymentMethodId,
    block: Option<PaymentBlock>,
    rules: ConditionRules,
    now: Timestamp,
) -> Option<Outcome> {
    let known = before.account.payment_block.as_ref();
    let is_of_another = known.is_some_and(|known| known.payment_method != *method);
    if block.as_ref() == known || (block.is_none() && is_of_another) {
        return None;
    }
    let account = Account { payment_block: block, ..before.account.clone() };
    let condition = condition(&account, rules, now.as_second()).ok()?;
    let is_recovery = has_recovered(before, &condition, rules);
    let event = match account.payment_block {
        Some(_) => MerchantEvent::PaymentMethodBlocked,
        None => MerchantEvent::PaymentMethodUnblocked,
    };
    let (changes, told) = match before.replaced_by {
        Some(_) => (Vec::new(), before.told.clone()),
        None => tell(Some(before), ReadReason::Event, &condition),
    };
    let may_remind = changes.contains(&MerchantEvent::ConnectionBroken);
    let notices = std::iter::once(event).chain(changes).collect();
    let condition = if before.replaced_by.is_some() { Condition::Unrecognized } else { condition };
    let revision = before.revision + 1;
    let kept = StoredAccount { account, condition, changed_at: now, revision, told, ..before.clone() };
    let consequences = Consequences { is_recovery, may_remind, ..Consequences::default() };
    Some(Outcome { kept: Some(kept), notices, is_change: true, consequences, is_doubtful: false })
}

impl Outcome {
    fn nothing() -> Self {
        Self {
            kept: None,
            notices: Vec::new(),
            is_change: false,
            consequences: Consequences::default(),
            is_doubtful: false,
        }
    }
}

/// True if the account has recovered since it was read before. The earlier condition is derived again, because a
/// replaced account is stored without one, and so that a changed setting is no recovery.
fn has_recovered(before: &StoredAccount, now: &Condition, rules: ConditionRules) -> bool {
    let before = condition(&before.account, rules, before.read_at.as_second());
    before.is_ok_and(|before| now.is_recovery_from(&before))
}

/// True if the account has a permission that it had not.
fn shares_more(before: &Account, now: &Account) -> bool {
    let had = before.permissions.as_deref().unwrap_or_default();
    now.permissions.iter().flatten().any(|permission| !had.contains(permission))
}

/// Returns the merchant events, and the state that has been reported then. An account found by the backfill stays
/// unreported until it changes or Stripe sends an event.
fn tell(
    before: Option<&StoredAccount>,
    occasion: ReadReason,
    condition: &Condition,
) -> (Vec<MerchantEvent>, Option<String>) {
    let found = before.filter(|before| before.told.is_none()).map(|before| notice(None, &before.condition).1);
    let told = found.as_deref().or(before.and_then(|before| before.told.as_deref()));
    let (changes, tells) = notice(told, condition);
    let is_as_found = changes.is_empty() && found.as_deref() == Some(tells.as_str());
    match occasion {
        _ if !is_as_found => (changes, Some(tells)),
        // The backfill may have read the account between a change and its event.
        ReadReason::Event => (notice(None, condition).0, Some(tells)),
        ReadReason::Look | ReadReason::Backfill => (Vec::new(), None),
    }
}

/// True if the customer sees no difference.
fn looks_alike(before: &StoredAccount, account: &Account, condition: &Condition) -> bool {
    before.condition == *condition
        && AccountName::from(before.account.clone()) == AccountName::from(account.clone())
        && before.account.account_holder == account.account_holder
        && before.account.authorization == account.authorization
        && before.account.permissions == account.permissions
        && before.account.payment_block == account.payment_block
}

/// Returns the condition's name, cause and end date as the API and the database have them.
pub(crate) fn in_words(condition: &Condition) -> (&'static str, Option<&Cause>, Option<i64>) {
    match condition {
        Condition::Healthy => ("healthy", None, None),
        Condition::Expiring { on } => ("expiring", None, *on),
        Condition::NumberExpired => ("number_expired", None, None),
        Condition::NumberPending => ("number_pending", None, None),
        Condition::Broken { cause } => ("broken", Some(cause), None),
        Condition::Unrepairable { cause } => ("unrepairable", Some(cause), None),
        Condition::Disconnected => ("disconnected", None, None),
        Condition::Unrecognized => ("unrecognized", None, None),
    }
}

/// Parses what [`in_words`] returned. Names of another release, and the state of a replaced account, are unrecognized.
pub(crate) fn from_words(state: &str, cause: Option<Cause>, ends: Option<i64>) -> Condition {
    match (state, cause) {
        ("healthy" | BLOCKED, _) => Condition::Healthy,
        ("expiring", _) => Condition::Expiring { on: ends },
        ("number_expired", _) => Condition::NumberExpired,
        ("number_pending", _) => Condition::NumberPending,
        ("broken", Some(cause)) => Condition::Broken { cause },
        ("unrepairable", Some(cause)) => Condition::Unrepairable { cause },
        ("disconnected", _) => Condition::Disconnected,
        _ => Condition::Unrecognized,
    }
}

#[cfg(test)]
mod tests;
