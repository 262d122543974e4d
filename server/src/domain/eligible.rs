//! Eligibility of accounts for relink requests.

use relink_protocol::stripe::{Account, AccountNumber, AccountNumberStatus, Action, IdentifierType};
use relink_protocol::{Condition, HolderId};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// Reason for which an account is eligible. The first two are Stripe's rules for hosted relinks; the others are Relink's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It is inactive, and a relink repairs it.
    Inactive,
    /// Its tokenized number has expired, or will within 30 days.
    NumberExpiring,
    /// Stripe expects to deactivate the connection.
    AboutToBeDeactivated,
    /// It works, and the merchant asks for more than the customer shares.
    PermissionsChanged,
}

/// Reason that the merchant gives for a request. Without one, the account has to need a relink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GivenReason {
    /// The account may also work: the customer is asked to share what `RELINK_PERMISSIONS` has and the account lacks.
    PermissionsChanged,
}

/// Rule that excludes an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
pub(crate) enum Ineligible {
    /// It works and is not known to expire.
    #[strum(serialize = "account_healthy")]
    Healthy,
    /// It works, and the customer shares all that the merchant asks for.
    #[strum(serialize = "permissions_unchanged")]
    PermissionsUnchanged,
    /// Stripe's hosted relink is not for accounts like it.
    #[strum(serialize = "account_not_for_hosted_relink")]
    NotHosted,
    /// It is inactive, and no relink repairs it.
    #[strum(serialize = "account_not_relinkable")]
    NotRelinkable,
    /// It was disconnected on purpose.
    #[strum(serialize = "account_disconnected")]
    Disconnected,
    /// It has no account holder whom a request could address.
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

/// Account that a request would be about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) account: &'a Account,
    pub(crate) condition: &'a Condition,
    /// True if the account works and lacks what the merchant asks for.
    pub(crate) is_updatable: bool,
}

/// Returns the customer to ask and the reason, or the rule that excludes the account.
pub(crate) fn eligible(
    candidate: Candidate<'_>,
    given: Option<GivenReason>,
) -> Result<(HolderId, Reason), Ineligible> {
    let Candidate { account, condition, is_updatable } = candidate;
    let reason = match condition {
        Condition::Broken { .. } => Reason::Inactive,
        Condition::Expiring { on } if is_to_be_deactivated(account, *on) => Reason::AboutToBeDeactivated,
        Condition::Expiring { .. } | Condition::NumberExpired => Reason::NumberExpiring,
        Condition::Healthy => match given {
            Some(GivenReason::PermissionsChanged) if is_updatable => Reason::PermissionsChanged,
            Some(GivenReason::PermissionsChanged) => return Err(Ineligible::PermissionsUnchanged),
            None => return Err(Ineligible::Healthy),
        },
        Condition::NumberPending => return Err(Ineligible::NumberPending),
        Condition::Unrepairable { .. } => return Err(Ineligible::NotRelinkable),
        Condition::Disconnected => return Err(Ineligible::Disconnected),
        Condition::Unrecognized => return Err(Ineligible::Unrecognized),
    };
    let holder = account.holder().cloned();
    Ok((holder.ok_or(Ineligible::NoOwner)?, reason))
}

/// Checks that Stripe hosts a relink of the account: according to Stripe, accounts are eligible that are inactive, or whose
/// tokenized number is set to expire within the next 30 days. The end of a connection makes none eligible.
pub(crate) fn may_be_hosted(account: &Account, condition: &Condition, now: i64) -> Result<(), Ineligible> {
    let is_expiring = account.account_numbers.iter().flatten().any(|number| is_expiring(number, now));
    let is_eligible = matches!(condition, Condition::Broken { .. }) || is_expiring;
    if is_eligible { Ok(()) } else { Err(Ineligible::NotHosted) }
}

/// Seconds before its expiry from which Stripe hosts the relink of a tokenized number.
const HOSTED_WITHIN: i64 = 30 * 24 * 60 * 60;

fn is_expiring(number: &AccountNumber, now: i64) -> bool {
    let is_over = matches!(number.status, AccountNumberStatus::Deactivated | AccountNumberStatus::Expired);
    let ends_soon = number.expected_expiry_date.is_some_and(|end| end <= now.saturating_add(HOSTED_WITHIN));
    number.identifier_type == IdentifierType::TokenizedAccountNumber && (is_over || ends_soon)
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

    fn account(fields: &Value) -> Account {
        let mut account = json!({
            "id": "fca_1", "authorization": "fcauth_1", "institution_name": "Alder Bank", "livemode": false,
            "status": "active", "subcategory": "checking", "account_holder": {"customer": "cus_1"},
        });
        account.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(account).unwrap()
    }

    fn condition_of(account: &Account) -> Condition {
        let rules = ConditionRules { expiring_within: 90 * DAY, moves_money: true };
        condition(account, rules, NOW).unwrap()
    }

    fn judge_with(
        fields: &Value,
        given: Option<GivenReason>,
        is_updatable: bool,
    ) -> Result<Reason, Ineligible> {
        let account = account(fields);
        let condition = condition_of(&account);
        let candidate = Candidate { account: &account, condition: &condition, is_updatable };
        eligible(candidate, given).map(|(customer, reason)| {
            assert_eq!(customer.as_str(), "cus_1");
            reason
        })
    }

    fn judge(fields: &Value) -> Result<Reason, Ineligible> {
        judge_with(fields, None, true)
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

    fn ends(days: i64) -> Value {
        json!({"status_details": {"active": {
            "action": "relink_required", "expected_deactivation_date": NOW + days * DAY,
        }}})
    }

    #[test]
    fn an_account_that_works_is_asked_about_only_for_new_permissions_that_the_merchant_names_as_the_reason() {
        const GIVEN: Option<GivenReason> = Some(GivenReason::PermissionsChanged);
        for (fields, is_updatable, expected) in [
            (json!({}), true, Ok(Reason::PermissionsChanged)),
            (json!({}), false, Err(Ineligible::PermissionsUnchanged)),
            (json!({"account_holder": null}), true, Err(Ineligible::NoOwner)),
            (inactive("relink_required"), false, Ok(Reason::Inactive)),
            (inactive("none"), false, Err(Ineligible::NotRelinkable)),
            (ends(60), false, Ok(Reason::AboutToBeDeactivated)),
            (json!({"status": "disconnected"}), false, Err(Ineligible::Disconnected)),
        ] {
            assert_eq!(judge_with(&fields, GIVEN, is_updatable), expected, "{fields} {is_updatable}");
        }
    }

    #[test]
    fn stripe_hosts_relinks_of_inactive_accounts_and_of_numbers_that_expire_within_30_days_and_no_others() {
        let both = |days| {
            let mut fields = number(days);
            fields.as_object_mut().unwrap().extend(ends(3).as_object().unwrap().clone());
            fields
        };
        for (fields, expected) in [
            (inactive("relink_required"), Ok(())),
            (number(29), Ok(())),
            (number(-1), Ok(())),
            (number(31), Err(Ineligible::NotHosted)),
            (ends(3), Err(Ineligible::NotHosted)),
            (both(29), Ok(())),
            (both(31), Err(Ineligible::NotHosted)),
            (json!({}), Err(Ineligible::NotHosted)),
        ] {
            let account = account(&fields);
            assert_eq!(may_be_hosted(&account, &condition_of(&account), NOW), expected, "{fields}");
        }
    }

    #[test]
    fn eligible_is_what_stripe_says_and_what_is_about_to_be_deactivated() {
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
            (ends(60), Ok(Reason::AboutToBeDeactivated)),
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
