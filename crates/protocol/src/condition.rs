//! Is this account relinkable? The rule that decides what a customer is offered.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::stripe::{Account, AccountStatus, Action, Cause};

/// What is true of a connection, in the customer's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Works, and nothing is known to end that.
    Healthy,
    /// Works, but Stripe says that it is going to break; a relink now prevents it.
    Expiring {
        /// When, in seconds since 1970, where Stripe knows.
        on: Option<i64>,
    },
    /// Broken; a relink repairs it.
    Broken {
        /// Why it broke.
        cause: Cause,
    },
    /// Broken, and no relink can repair it.
    Unrepairable {
        /// Why it broke.
        cause: Cause,
    },
    /// The merchant or the customer ended it on purpose.
    Disconnected,
    /// Stripe reports a status that is newer than this code: promise nothing, offer nothing.
    Unrecognized,
}

impl Condition {
    /// Whether a relink helps, so that the customer is offered one.
    pub fn is_repairable(&self) -> bool {
        match self {
            Self::Expiring { .. } | Self::Broken { .. } => true,
            Self::Healthy | Self::Unrepairable { .. } | Self::Disconnected | Self::Unrecognized => false,
        }
    }
}

/// An inactive account came without `status_details.inactive` or `authorization`, which Stripe sends only on preview
/// versions of its API.
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

/// Stripe's rule: ask for a relink exactly when `action` is `relink_required`. Any other action, known or not, means
/// that a relink is not the answer.
pub fn condition(account: &Account) -> Result<Condition, MissingPreviewFields> {
    if account.authorization.is_none() {
        return Err(MissingPreviewFields);
    }
    let details = account.status_details.as_ref();
    Ok(match account.status {
        AccountStatus::Active => match details.and_then(|details| details.active.as_ref()) {
            Some(active) if active.action == Action::RelinkRequired => {
                Condition::Expiring { on: active.expected_deactivation_date }
            }
            _ => Condition::Healthy,
        },
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

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
            assert_eq!(condition(&account(status, &details)), Ok(expected), "{status} {details}");
        }
    }

    #[test]
    fn a_version_without_relink_fields_is_an_error_that_says_what_to_do() {
        assert_eq!(condition(&account("inactive", &json!({}))), Err(MissingPreviewFields));
        let general = Account { authorization: None, ..account("active", &json!({})) };
        assert!(condition(&general).unwrap_err().to_string().contains("STRIPE_VERSION"));
    }

    #[test]
    fn what_a_customer_can_repair_is_broken_or_about_to_break() {
        assert!(Condition::Expiring { on: None }.is_repairable());
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
