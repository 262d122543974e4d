//! Decides if a customer can sign in at a bank now, for what the merchant needs.

use serde::{Deserialize, Serialize};

use crate::stripe::{Institution, InstitutionStatus, Permission};

/// Trouble of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BankTrouble {
    /// Sign-ins work, and some fail.
    Degraded,
    /// No sign-in works, or none that gives the merchant what it needs.
    Unavailable,
}

/// Returns the bank's trouble with these permissions; `None` if it works.
///
/// Stripe's `status` is that of the bank in the bank window: `active`, `degraded` or `inactive`. Beside it stands for each
/// feature whether the bank supports it. A bank that supports only some of what is needed counts as degraded. Statuses
/// that are newer than this code are no trouble, because a warning that is wrong keeps customers away.
pub fn bank_trouble(bank: &Institution, needed: &[Permission]) -> Option<BankTrouble> {
    let features = bank.features.as_ref();
    let lacks = |permission: &&Permission| features.is_some_and(|it| it.supports(permission) == Some(false));
    let lacking = needed.iter().filter(lacks).count();
    match bank.status {
        InstitutionStatus::Inactive => Some(BankTrouble::Unavailable),
        _ if lacking > 0 && lacking == needed.len() => Some(BankTrouble::Unavailable),
        InstitutionStatus::Degraded => Some(BankTrouble::Degraded),
        InstitutionStatus::Active | InstitutionStatus::Other(_) => {
            (lacking > 0).then_some(BankTrouble::Degraded)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bank_is_in_trouble_if_it_is_down_or_lacks_what_is_needed() {
        use BankTrouble::{Degraded, Unavailable};
        let (payments, balances) = (Permission::PaymentMethod, Permission::Balances);
        let both = [payments.clone(), balances.clone()];
        for (status, payment_method, needed, expected) in [
            ("active", true, &both[..1], None),
            ("degraded", true, &both[..1], Some(Degraded)),
            ("inactive", true, &both[..1], Some(Unavailable)),
            ("asleep", true, &both[..1], None),
            ("active", false, &both[..1], Some(Unavailable)),
            ("active", false, &both[..], Some(Degraded)),
            ("degraded", false, &both[..1], Some(Unavailable)),
            ("active", false, &both[1..], None),
            ("active", false, &[][..], None),
        ] {
            let bank: Institution = serde_json::from_value(json!({
                "id": "fcinst_1", "name": "Alder Bank", "status": status,
                "features": {"balances": {"supported": true}, "payment_method": {"supported": payment_method}},
            }))
            .unwrap();
            assert_eq!(bank_trouble(&bank, needed), expected, "{status} {payment_method} {needed:?}");
        }
        let old = json!({"id": "fcinst_1", "name": "Alder Bank", "status": "active"});
        let old: Institution = serde_json::from_value(old).unwrap();
        assert_eq!(bank_trouble(&old, &both), None, "nothing is guessed");
    }
}
