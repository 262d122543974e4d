//! Decides whether an account can be relinked, and so what the customer is offered.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::stripe::{
    Account, AccountNumber, AccountNumberStatus, AccountStatus, Action, ActiveDetails, BlockRemedy, Cause,
    IdentifierType, PaymentBlock,
};

/// Condition of a connection, in the customer's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Works, with no known end.
    Healthy,
    /// Works, but the connection or its account number is about to expire; a relink now prevents that.
    Expiring {
        /// Expiry in seconds since 1970, if Stripe knows it.
        on: Option<i64>,
    },
    /// The connection works, but its account number has expired, so no money can move; a relink provides a new number.
    NumberExpired,
    /// The connection works, but no money can move until the bank has issued a new account number; nobody has to act.
    NumberPending,
    /// Broken; a relink repairs it.
    Broken {
        /// Reason for the break.
        cause: Cause,
    },
    /// Broken, and no relink can repair it.
    Unrepairable {
        /// Reason for the break.
        cause: Cause,
    },
    /// Disconnected on purpose, by the merchant or the customer.
    Disconnected,
    /// Stripe reports a status that is newer than this code, so nothing is promised or offered.
    // A page reads conditions that are newer than itself as this one.
    #[serde(other)]
    Unrecognized,
}

impl Condition {
    /// True if a relink helps, so that the customer is offered one.
    pub fn is_repairable(&self) -> bool {
        match self {
            Self::Expiring { .. } | Self::NumberExpired | Self::Broken { .. } => true,
            Self::Healthy
            | Self::NumberPending
            | Self::Unrepairable { .. }
            | Self::Disconnected
            | Self::Unrecognized => false,
        }
    }

    /// True if the connection works now, so that backing out of a relink leaves a working connection.
    pub fn is_connected(&self) -> bool {
        match self {
            Self::Healthy | Self::Expiring { .. } | Self::NumberExpired | Self::NumberPending => true,
            Self::Broken { .. } | Self::Unrepairable { .. } | Self::Disconnected | Self::Unrecognized => {
                false
            }
        }
    }

    /// True if a change from `before` to this condition means that the customer has done what was needed, or that it is
    /// needed no more: the account became active, got a new number or got a later end.
    ///
    /// A bank whose consent recurs sets an end again at once, so the end itself is no reason to say no.
    pub fn is_recovery_from(&self, before: &Self) -> bool {
        match self {
            Self::Healthy | Self::Expiring { .. } | Self::NumberPending => (),
            // With `NumberExpired` it is relinked, but still without a number: the customer is still needed.
            Self::NumberExpired
            | Self::Broken { .. }
            | Self::Unrepairable { .. }
            | Self::Disconnected
            | Self::Unrecognized => return false,
        }
        match (before, self) {
            (Self::Healthy, _) | (Self::NumberPending, Self::NumberPending) => false,
            (Self::Expiring { on: before }, Self::Expiring { on: now }) => {
                before.zip(*now).is_some_and(|(before, now)| now > before)
            }
            (
                Self::Expiring { .. }
                | Self::NumberExpired
                | Self::NumberPending
                | Self::Broken { .. }
                | Self::Unrepairable { .. }
                | Self::Disconnected
                | Self::Unrecognized,
                _,
            ) => true,
        }
    }
}

/// The merchant's rules for conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConditionRules {
    /// Number of seconds before the end of a connection from which it counts as expiring.
    pub expiring_within: i64,
    /// True if money moves, so that an account needs a number that can be used.
    pub moves_money: bool,
}

impl Default for ConditionRules {
    /// Returns the rules of a merchant who moves money and has set nothing: 30 days, like Stripe's warning of numbers.
    fn default() -> Self {
        Self { expiring_within: NUMBER_WARNING, moves_money: true }
    }
}

/// An account lacks `authorization`, or an inactive one `status_details.inactive`. Stripe sends these fields only on
/// preview versions of its API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingPreviewFields;

impl fmt::Display for MissingPreviewFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "Stripe left out the relink fields of an account: relink needs a preview version of the API \
             (2026-01-28.preview or later); set STRIPE_VERSION, for example to 2026-09-30.preview",
        )
    }
}

impl Error for MissingPreviewFields {}

/// Number of seconds before its expiry from which a tokenized account number counts as expiring: 30 days, like Stripe.
const NUMBER_WARNING: i64 = 30 * 24 * 60 * 60;

/// Returns the condition of an account at `now`, in seconds since 1970.
///
/// Stripe's rule for connections: ask for a relink exactly if `action` is `relink_required`. Any other action, known or
/// not, means that a relink does not help. An end that is further away than the merchant's rule is no warning yet.
pub fn condition(
    account: &Account,
    rules: ConditionRules,
    now: i64,
) -> Result<Condition, MissingPreviewFields> {
    if account.authorization.is_none() {
        return Err(MissingPreviewFields);
    }
    let details = account.status_details.as_ref();
    Ok(match account.status {
        AccountStatus::Active => {
            let connection = match ending(account).map(|active| active.expected_deactivation_date) {
                Some(on) if on.is_none_or(|end| end <= now.saturating_add(rules.expiring_within)) => {
                    Condition::Expiring { on }
                }
                Some(_) | None => Condition::Healthy,
            };
            let numbers = account.account_numbers.as_deref().unwrap_or_default();
            let numbers = numbers_condition(numbers, rules, now);
            more_urgent(connection, blocked_number(numbers, account.payment_block.as_ref(), rules))
        }
        AccountStatus::Inactive => {
            let inactive =
                details.and_then(|details| details.inactive.as_ref()).ok_or(MissingPreviewFields)?;
            let cause = inactive.cause.clone();
            if inactive.action == Action::RelinkRequired {
                Condition::Broken { cause }
            } else {
                Condition::Unrepairable { cause }
            }
        }
        AccountStatus::Disconnected => Condition::Disconnected,
        AccountStatus::Other(_) => Condition::Unrecognized,
    })
}

/// Returns the details of an active connection that ends, on a date that Stripe may not give, unless it is relinked.
fn ending(account: &Account) -> Option<&ActiveDetails> {
    let active = account.status_details.as_ref()?.active.as_ref()?;
    (active.action == Action::RelinkRequired).then_some(active)
}

/// Returns the next time, in seconds since 1970, at which the condition may change without any event: the warning of a
/// connection's end, and the warning or the expiry of a tokenized number.
pub fn next_change(account: &Account, rules: ConditionRules, now: i64) -> Option<i64> {
    let is_active = account.status == AccountStatus::Active;
    let connection =
        ending(account).and_then(|active| active.expected_deactivation_date).filter(|_| is_active);
    let numbers = account.account_numbers.iter().flatten();
    let ends = numbers.filter_map(|number| number.expected_expiry_date);
    let warning = connection.map(|end| end.saturating_sub(rules.expiring_within));
    let changes = ends.flat_map(|end| [end - NUMBER_WARNING, end]).chain(warning);
    changes.filter(|change| *change > now).min()
}

/// Returns the condition of an account's numbers. The best number counts, because payments use it. According to Stripe a
/// pending number "isn't available yet for transfers". Statuses that are newer than this code cause no warning.
fn numbers_condition(numbers: &[AccountNumber], rules: ConditionRules, now: i64) -> Condition {
    let mut ends = None;
    let (mut any_ended, mut any_pending) = (false, false);
    for number in numbers {
        let is_tokenized = number.identifier_type == IdentifierType::TokenizedAccountNumber;
        match (&number.status, number.expected_expiry_date.filter(|_| is_tokenized)) {
            (AccountNumberStatus::Transactable, Some(end)) if end <= now => any_ended = true,
            (AccountNumberStatus::Transactable, Some(end)) if end <= now.saturating_add(NUMBER_WARNING) => {
                ends = ends.max(Some(end));
            }
            (AccountNumberStatus::Deactivated | AccountNumberStatus::Expired, _) => any_ended |= is_tokenized,
            (AccountNumberStatus::Pending, _) => any_pending = true,
            _ => return Condition::Healthy,
        }
    }
    match ends {
        // The next number is on its way while the current one works.
        Some(_) if any_pending => Condition::Healthy,
        Some(_) => Condition::Expiring { on: ends },
        None if any_pending && rules.moves_money => Condition::NumberPending,
        None if any_ended && !any_pending => Condition::NumberExpired,
        None => Condition::Healthy,
    }
}

/// Returns the condition of an account's numbers, given the block of a payment method. A number that the bank has revoked
/// can't be used for payments, whatever the account says of it, until the next one is on its way. Other blocks are of the
/// payment method alone.
fn blocked_number(numbers: Condition, block: Option<&PaymentBlock>, rules: ConditionRules) -> Condition {
    let is_revoked = block.is_some_and(|block| block.remedy() == BlockRemedy::Relink) && rules.moves_money;
    if is_revoked && numbers != Condition::NumberPending { Condition::NumberExpired } else { numbers }
}

/// Returns the more urgent of two conditions: a number that can't be used before any warning, and the earlier warning of
/// two.
fn more_urgent(connection: Condition, numbers: Condition) -> Condition {
    match (connection, numbers) {
        (Condition::Expiring { on: connection }, Condition::Expiring { on: numbers }) => {
            Condition::Expiring { on: connection.into_iter().chain(numbers).min() }
        }
        (connection, Condition::Healthy) => connection,
        (_, numbers) => numbers,
    }
}

#[cfg(test)]
mod tests;
