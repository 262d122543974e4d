//! Decides whether an account can be relinked, and so what the customer is offered.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::stripe::{
    Account, AccountNumber, AccountNumberStatus, AccountStatus, Action, Cause, IdentifierType,
};

/// Condition of a connection, in the customer's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Stripe reports a status that is newer than this code, so nothing is promised or offered. A page reads conditions
    /// that are newer than itself as this one.
    #[serde(other)]
    Unrecognized,
}

impl Condition {
    /// True if a relink helps, so that the customer is offered one.
    pub fn is_repairable(&self) -> bool {
        match self {
            Self::Expiring { .. } | Self::NumberExpired | Self::Broken { .. } => true,
            Self::Healthy | Self::Unrepairable { .. } | Self::Disconnected | Self::Unrecognized => false,
        }
    }

    /// True if the connection works now, so that backing out of a relink leaves a working connection.
    pub fn is_connected(&self) -> bool {
        match self {
            Self::Healthy | Self::Expiring { .. } | Self::NumberExpired => true,
            Self::Broken { .. } | Self::Unrepairable { .. } | Self::Disconnected | Self::Unrecognized => {
                false
            }
        }
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
/// not, means that a relink does not help.
pub fn condition(account: &Account, now: i64) -> Result<Condition, MissingPreviewFields> {
    if account.authorization.is_none() {
        return Err(MissingPreviewFields);
    }
    let details = account.status_details.as_ref();
    Ok(match account.status {
        AccountStatus::Active => {
            let connection = match details.and_then(|details| details.active.as_ref()) {
                Some(active) if active.action == Action::RelinkRequired => {
                    Condition::Expiring { on: active.expected_deactivation_date }
                }
                _ => Condition::Healthy,
            };
            more_urgent(
                connection,
                numbers_condition(account.account_numbers.as_deref().unwrap_or_default(), now),
            )
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

/// Returns the next time, in seconds since 1970, at which the condition may change without any event: the warning or
/// the expiry of a tokenized number.
pub fn next_change(account: &Account, now: i64) -> Option<i64> {
    let numbers = account.account_numbers.iter().flatten();
    let ends = numbers.filter_map(|number| number.expected_expiry_date);
    ends.flat_map(|end| [end - NUMBER_WARNING, end]).filter(|change| *change > now).min()
}

/// Returns the condition of an account's numbers. The best number counts, because payments use it. Pending numbers and
/// statuses that are newer than this code cause no warning.
fn numbers_condition(numbers: &[AccountNumber], now: i64) -> Condition {
    let mut ends = None;
    let mut any_ended = false;
    for number in numbers {
        let is_tokenized = number.identifier_type == IdentifierType::TokenizedAccountNumber;
        match (&number.status, number.expected_expiry_date.filter(|_| is_tokenized)) {
            (AccountNumberStatus::Transactable, Some(end)) if end <= now => any_ended = true,
            (AccountNumberStatus::Transactable, Some(end)) if end <= now.saturating_add(NUMBER_WARNING) => {
                ends = ends.max(Some(end));
            }
            (AccountNumberStatus::Deactivated | AccountNumberStatus::Expired, _) => any_ended |= is_tokenized,
            _ => return Condition::Healthy,
        }
    }
    match (ends, any_ended) {
        (Some(_), _) => Condition::Expiring { on: ends },
        (None, true) => Condition::NumberExpired,
        (None, false) => Condition::Healthy,
    }
}

/// Returns the more urgent of two conditions: an expired number before any warning, and the earlier warning of two.
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
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_790_000_000;
    const DAY: i64 = 24 * 60 * 60;

    fn account(status: &str, details: &Value) -> Account {
        serde_json::from_value(json!({
            "id": "fca_1", "authorization": "fcauth_1", "account_holder": null, "display_name": null,
            "institution_name": "StripeBank", "last4": "6789", "livemode": false, "permissions": [],
            "status": status, "status_details": details, "subcategory": "checking"
        }))
        .unwrap()
    }

    #[test]
    fn only_relink_required_offers_a_relink() {
        let cause = Cause::AccessExpired;
        for (status, details, expected) in [
            ("active", json!({}), Condition::Healthy),
            ("active", json!(null), Condition::Healthy),
            ("active", json!({"active": {"action": "none"}}), Condition::Healthy),
            (
                "active",
                json!({"active": {"action": "relink_required", "expected_deactivation_date": 7}}),
                Condition::Expiring { on: Some(7) },
            ),
            ("active", json!({"active": {"action": "relink_required"}}), Condition::Expiring { on: None }),
            (
                "inactive",
                json!({"inactive": {"action": "relink_required", "cause": "access_expired"}}),
                Condition::Broken { cause: cause.clone() },
            ),
            (
                "inactive",
                json!({"inactive": {"action": "none", "cause": "access_expired"}}),
                Condition::Unrepairable { cause: cause.clone() },
            ),
            (
                "inactive",
                json!({"inactive": {"action": "call_the_bank", "cause": "access_expired"}}),
                Condition::Unrepairable { cause },
            ),
            ("disconnected", json!({}), Condition::Disconnected),
            ("hibernating", json!({}), Condition::Unrecognized),
        ] {
            assert_eq!(condition(&account(status, &details), NOW), Ok(expected), "{status} {details}");
        }
    }

    #[test]
    fn a_version_without_relink_fields_is_an_error_that_says_what_to_do() {
        assert_eq!(condition(&account("inactive", &json!({})), NOW), Err(MissingPreviewFields));
        let general = Account { authorization: None, ..account("active", &json!({})) };
        assert!(condition(&general, NOW).unwrap_err().to_string().contains("STRIPE_VERSION"));
    }

    fn numbered(numbers: &Value) -> Condition {
        let account_numbers = serde_json::from_value(numbers.clone()).unwrap();
        condition(&Account { account_numbers, ..account("active", &json!({})) }, NOW).unwrap()
    }

    fn token(status: &str, end: Option<i64>) -> Value {
        json!({"identifier_type": "tokenized_account_number", "status": status, "expected_expiry_date": end})
    }

    #[test]
    fn a_tokenized_number_is_warned_of_thirty_days_before_it_ends() {
        let soon = |days| Condition::Expiring { on: Some(NOW + days * DAY) };
        let own = json!({"identifier_type": "account_number", "status": "transactable", "expected_expiry_date": null});
        for (numbers, expected) in [
            (json!(null), Condition::Healthy),
            (json!([]), Condition::Healthy),
            (json!([own]), Condition::Healthy),
            (json!([token("transactable", None)]), Condition::Healthy),
            (json!([token("transactable", Some(NOW + 30 * DAY + 1))]), Condition::Healthy),
            (json!([token("transactable", Some(NOW + 30 * DAY))]), soon(30)),
            (json!([token("transactable", Some(NOW + 1))]), Condition::Expiring { on: Some(NOW + 1) }),
            (json!([token("transactable", Some(NOW))]), Condition::NumberExpired),
            (json!([token("expired", Some(NOW + 60 * DAY))]), Condition::NumberExpired),
            (json!([token("deactivated", None)]), Condition::NumberExpired),
            (json!([token("pending", None)]), Condition::Healthy),
            (json!([token("new_status", None)]), Condition::Healthy),
            (json!([token("expired", None), token("pending", None)]), Condition::Healthy),
            (json!([token("expired", None), own]), Condition::Healthy),
            (
                json!([token("expired", None), token("transactable", Some(NOW + 60 * DAY))]),
                Condition::Healthy,
            ),
            (json!([token("expired", None), token("transactable", Some(NOW + 5 * DAY))]), soon(5)),
            (
                json!([
                    token("transactable", Some(NOW + 5 * DAY)),
                    token("transactable", Some(NOW + 9 * DAY))
                ]),
                soon(9),
            ),
            (
                json!([{"identifier_type": "account_number", "status": "deactivated", "expected_expiry_date": null}]),
                Condition::Healthy,
            ),
            (
                json!([
                    {"identifier_type": "account_number", "status": "deactivated", "expected_expiry_date": null},
                    token("expired", None),
                ]),
                Condition::NumberExpired,
            ),
        ] {
            assert_eq!(numbered(&numbers), expected, "{numbers}");
        }
    }

    #[test]
    fn of_two_warnings_the_earlier_counts_and_what_has_ended_before_both() {
        let details =
            json!({"active": {"action": "relink_required", "expected_deactivation_date": NOW + 9 * DAY}});
        for (number, expected) in [
            (token("transactable", Some(NOW + 5 * DAY)), Condition::Expiring { on: Some(NOW + 5 * DAY) }),
            (token("transactable", Some(NOW + 20 * DAY)), Condition::Expiring { on: Some(NOW + 9 * DAY) }),
            (token("transactable", None), Condition::Expiring { on: Some(NOW + 9 * DAY) }),
            (token("expired", None), Condition::NumberExpired),
        ] {
            let account_numbers = Some(vec![serde_json::from_value(number.clone()).unwrap()]);
            let account = Account { account_numbers, ..account("active", &details) };
            assert_eq!(condition(&account, NOW), Ok(expected), "{number}");
        }
    }

    #[test]
    fn a_connection_that_is_only_about_to_break_still_works() {
        for works in [Condition::Healthy, Condition::Expiring { on: None }, Condition::NumberExpired] {
            assert!(works.is_connected(), "{works:?}");
        }
        let cause = Cause::Unspecified;
        for broken in [
            Condition::Broken { cause: cause.clone() },
            Condition::Unrepairable { cause },
            Condition::Disconnected,
            Condition::Unrecognized,
        ] {
            assert!(!broken.is_connected(), "{broken:?}");
        }
    }

    #[test]
    fn what_a_customer_can_repair_is_broken_or_about_to_break() {
        assert!(Condition::Expiring { on: None }.is_repairable());
        assert!(Condition::NumberExpired.is_repairable());
        assert!(Condition::Broken { cause: Cause::Unspecified }.is_repairable());
        for other in [
            Condition::Healthy,
            Condition::Unrepairable { cause: Cause::AccountClosed },
            Condition::Disconnected,
            Condition::Unrecognized,
        ] {
            assert!(!other.is_repairable(), "{other:?}");
        }
    }
}
