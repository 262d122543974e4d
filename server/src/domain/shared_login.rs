//! Accounts of one bank login: a relink of one of them may repair the others.

use relink_protocol::stripe::{Account, AccountStatus, Action, Authorization};
use relink_protocol::{AccountId, AuthorizationId, Condition};

use super::connection::StoredAccount;

/// Maximum number of bank logins to read, because each costs a call to Stripe, and a customer has few.
const MOST_LOGINS: usize = 5;

/// Returns the bank logins of accounts that need a relink and have an inactive account beside them; only for these
/// does it matter if one relink repairs all.
pub(crate) fn logins_to_check(accounts: &[(Account, Condition)]) -> Vec<AuthorizationId> {
    let mut logins = Vec::new();
    for (account, condition) in accounts {
        let Some(login) = account.authorization.as_ref().filter(|_| condition.is_repairable()) else {
            continue;
        };
        if !logins.contains(login) && !others_on_login(account, accounts).is_empty() {
            logins.push(login.clone());
        }
    }
    logins.truncate(MOST_LOGINS);
    logins
}

/// True if Stripe says that the bank login works or that a relink repairs it. An unknown state counts as false.
pub(crate) fn can_be_repaired(authorization: &Authorization) -> bool {
    let details = authorization.status_details.as_ref();
    match authorization.status {
        AccountStatus::Active => true,
        AccountStatus::Inactive => details
            .and_then(|details| details.inactive.as_ref())
            .is_some_and(|remedy| remedy.action == Action::RelinkRequired),
        AccountStatus::Disconnected | AccountStatus::Other(_) => false,
    }
}

/// Returns Stripe's action for the bank login, and its expected end in seconds since 1970.
pub(crate) fn remedy(authorization: &Authorization) -> (Option<&Action>, Option<i64>) {
    let details = authorization.status_details.as_ref();
    let remedy = match authorization.status {
        AccountStatus::Active => details.and_then(|details| details.active.as_ref()),
        AccountStatus::Inactive => details.and_then(|details| details.inactive.as_ref()),
        AccountStatus::Disconnected | AccountStatus::Other(_) => None,
    };
    let ends_on = remedy.and_then(|remedy| remedy.expected_deactivation_date);
    (remedy.map(|remedy| &remedy.action), ends_on)
}

/// Returns the accounts of a bank login that one relink repairs.
pub(crate) fn repaired_by_relink<'a>(
    authorization: &Authorization,
    accounts: &'a [StoredAccount],
) -> Vec<&'a AccountId> {
    let needs_it = accounts.iter().filter(|kept| kept.condition.is_repairable());
    needs_it.filter(|_| can_be_repaired(authorization)).map(|kept| &kept.account.id).collect()
}

/// Returns the other accounts that a relink of this one repairs. `repairable` are the bank logins that can be repaired.
pub(crate) fn also_repaired(
    account: &Account,
    condition: &Condition,
    accounts: &[(Account, Condition)],
    repairable: &[AuthorizationId],
) -> Vec<AccountId> {
    let is_repairable = account.authorization.as_ref().is_some_and(|login| repairable.contains(login));
    if condition.is_repairable() && is_repairable { others_on_login(account, accounts) } else { Vec::new() }
}

/// Returns the other inactive accounts of the bank login. Stripe promises that a relink may reactivate these, and nothing
/// for a number or a connection that only ends.
fn others_on_login(account: &Account, accounts: &[(Account, Condition)]) -> Vec<AccountId> {
    let others = accounts.iter().filter(|(other, condition)| {
        let is_inactive = matches!(condition, Condition::Broken { .. });
        other.id != account.id && other.authorization == account.authorization && is_inactive
    });
    others.map(|(other, _)| other.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use relink_protocol::stripe::Cause;
    use serde_json::{Value, json};

    use super::*;

    fn account(id: &str, login: usize, condition: Condition) -> (Account, Condition) {
        let account = serde_json::from_value(json!({
            "id": format!("fca_{id}"), "authorization": format!("fcauth_{login}"), "institution_name": "Alder Bank",
            "livemode": false, "status": "inactive", "subcategory": "checking"
        }));
        (account.unwrap(), condition)
    }

    fn broken() -> Condition {
        Condition::Broken { cause: Cause::AccessExpired }
    }

    #[test]
    fn a_relink_also_repairs_what_is_inactive_on_the_same_login() {
        let accounts = [
            account("a", 1, broken()),
            account("b", 1, Condition::NumberExpired),
            account("healthy", 1, Condition::Healthy),
            account("closed", 1, Condition::Unrepairable { cause: Cause::AccountClosed }),
            account("alone", 2, broken()),
            account("c", 3, Condition::Expiring { on: None }),
            account("d", 3, broken()),
        ];
        let logins = logins_to_check(&accounts);
        assert_eq!(logins.iter().map(AuthorizationId::as_str).collect::<Vec<_>>(), ["fcauth_1", "fcauth_3"]);
        let repaired = accounts.iter().map(|(account, condition)| {
            let also = also_repaired(account, condition, &accounts, &logins[..1]);
            also.iter()
                .map(|id| id.as_str().trim_start_matches("fca_").to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        });
        assert_eq!(repaired.collect::<Vec<_>>(), ["", "a", "", "", "", "", ""]);
    }

    #[test]
    fn five_logins_are_asked_about() {
        let accounts: Vec<_> = (0..7)
            .flat_map(|login| {
                [
                    account(&format!("a{login}"), login, broken()),
                    account(&format!("b{login}"), login, broken()),
                ]
            })
            .collect();
        assert_eq!(logins_to_check(&accounts).len(), 5);
    }

    #[test]
    fn a_login_promises_a_repair_only_in_a_state_that_is_known_to_allow_it() {
        for (status, details, expected) in [
            ("active", json!({}), true),
            ("active", json!(null), true),
            ("inactive", json!({"inactive": {"action": "relink_required"}}), true),
            ("inactive", json!({"inactive": {"action": "none"}}), false),
            ("inactive", json!({"inactive": {"action": "call_the_bank"}}), false),
            ("inactive", json!({}), false),
            ("disconnected", json!({}), false),
            ("hibernating", json!({"inactive": {"action": "relink_required"}}), false),
        ] {
            let login: Value = json!({
                "id": "fcauth_1", "institution_name": "Alder Bank", "status": status, "status_details": details
            });
            assert_eq!(
                can_be_repaired(&serde_json::from_value(login).unwrap()),
                expected,
                "{status} {details}"
            );
        }
    }
}
