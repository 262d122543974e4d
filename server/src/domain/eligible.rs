//! Eligibility of accounts for relink requests.

use relink_protocol::stripe::{Account, Action};
use relink_protocol::{Condition, CustomerId};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// Reason for which an account is eligible. The first two are Stripe's rules for hosted relinks; the third is Relink's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It is inactive, and a relink repairs it.
    Inactive,
    /// Its tokenized number has expired, or will within 30 days.
    NumberExpiring,
    /// Stripe expects to deactivate the connection.
    AboutToBeDeactivated,
}

/// Rule that excludes an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
pub(crate) enum Ineligible {
    /// It works and is not known to expire.
    #[strum(serialize = "account_healthy")]
    Healthy,
    /// It is inactive, and no relink repairs it.
    #[strum(serialize = "account_not_relinkable")]
    NotRelinkable,
    /// It was disconnected on purpose.
    #[strum(serialize = "account_disconnected")]
    Disconnected,
    /// It has no customer whom a request could address.
    #[strum(serialize = "account_without_owner")]
    NoOwner,
    /// Its bank is issuing a new number, and nobody has to act.
    #[strum(serialize = "account_number_pending")]
    NumberPending,
    /// The customer has linked it again under another identifier.
    #[strum(serialize = "account_replaced")]
    Replaced,
    /// Its state is unknown to this version of the server.
    #[strum(serialize = "account_unrecognized")]
    Unrecognized,
}

impl Ineligible {
    /// Returns the code in the API.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Returns the customer to ask and the reason, or the rule that excludes the account.
pub(crate) fn eligible(account: &Account, condition: &Condition) -> Result<(CustomerId, Reason), Ineligible> {
    let reason = match condition {
        Condition::Broken { .. } => Reason::Inactive,
        Condition::Expiring { on } if is_to_be_deactivated(account, *on) => Reason::AboutToBeDeactivated,
        Condition::Expiring { .. } | Condition::NumberExpired => Reason::NumberExpiring,
        Condition::Healthy => return Err(Ineligible::Healthy),
        Condition::NumberPending => return Err(Ineligible::NumberPending),
        Condition::Unrepairable { .. } => return Err(Ineligible::NotRelinkable),
        Condition::Disconnected => return Err(Ineligible::Disconnected),
        Condition::Unrecognized => return Err(Ineligible::Unrecognized),
    };
    let holder = account.account_holder.as_ref().and_then(|holder| holder.customer.clone());
    Ok((holder.ok_or(Ineligible::NoOwner)?, reason))
}

/// True if the connection expires on that date, rather than the account number.
fn is_to_be_deactivated(account: &Account, on: Option<i64>) -> bool {
    let active = account.status_details.as_ref().and_then(|details| details.active.as_ref());
    active.is_some_and(|active| {
        active.action == Action::RelinkRequired && active.expected_deactivation_date == on
    })
}

#[cfg(test)]
mod tests {
    use relink_protocol::{ConditionRules, condition};
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_790_000_000;
    const DAY: i64 = 24 * 60 * 60;

    fn judge(fields: &Value) -> Result<Reason, Ineligible> {
        let mut account = json!({
            "id": "fca_1", "authorization": "fcauth_1", "institution_name": "Alder Bank", "livemode": false,
            "status": "active", "subcategory": "checking", "account_holder": {"customer": "cus_1"},
        });
        account.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let account = serde_json::from_value(account).unwrap();
        let rules = ConditionRules { expiring_within: 90 * DAY, moves_money: true };
        eligible(&account, &condition(&account, rules, NOW).unwrap()).map(|(customer, reason)| {
            assert_eq!(customer.as_str(), "cus_1");
            reason
        })
    }

    fn inactive(action: &str) -> Value {
        json!({"status": "inactive", "status_details": {"inactive": {"action": action, "cause": "access_expired"}}})
    }

    fn number(days: i64) -> Value {
        let number = json!({
            "expected_expiry_date": NOW + days * DAY, "identifier_type": "tokenized_account_number",
            "status": "transactable",
        });
        json!({"account_numbers": [number]})
    }

    #[test]
    fn eligible_is_what_stripe_says_and_what_is_about_to_be_deactivated() {
        let ends = json!({"status_details": {"active": {
            "action": "relink_required", "expected_deactivation_date": NOW + 60 * DAY,
        }}});
        let mut ownerless = inactive("relink_required");
        ownerless["account_holder"] = Value::Null;
        for (fields, expected) in [
            (inactive("relink_required"), Ok(Reason::Inactive)),
            (inactive("none"), Err(Ineligible::NotRelinkable)),
            (inactive("dance"), Err(Ineligible::NotRelinkable)),
            (ownerless, Err(Ineligible::NoOwner)),
            (json!({}), Err(Ineligible::Healthy)),
            (json!({"status": "disconnected"}), Err(Ineligible::Disconnected)),
            (json!({"status": "asleep"}), Err(Ineligible::Unrecognized)),
            (number(29), Ok(Reason::NumberExpiring)),
            (number(31), Err(Ineligible::Healthy)),
            (number(-1), Ok(Reason::NumberExpiring)),
            (ends, Ok(Reason::AboutToBeDeactivated)),
            (
                json!({"account_numbers": [{
                    "identifier_type": "tokenized_account_number", "status": "pending", "expected_expiry_date": null
                }]}),
                Err(Ineligible::NumberPending),
            ),
        ] {
            assert_eq!(judge(&fields), expected, "{fields}");
        }
    }
}
