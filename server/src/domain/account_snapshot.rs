//! Snapshot of the customer's accounts when an attempt begins, to compare with afterwards.

use relink_protocol::stripe::{Account, AccountStatus};
use relink_protocol::{AccountId, AccountName, ConditionRules, KnownAccount, condition};

/// Maximum number of accounts in a snapshot; more than any customer has.
pub(crate) const MOST: usize = 200;

/// Returns a snapshot of the accounts, those of this account's bank login first, because the relink concerns them. Of a
/// customer with more than `MOST` accounts the rest is dropped; a dropped one that is linked would count as new.
/// `replaced` accounts need nothing, but are known if they come back.
pub(crate) fn known(
    accounts: Vec<Account>,
    account: &Account,
    replaced: &[AccountId],
    rules: ConditionRules,
    now: i64,
) -> Vec<KnownAccount> {
    let (beside, others): (Vec<_>, Vec<_>) =
        accounts.into_iter().partition(|other| other.authorization == account.authorization);
    let known = beside.into_iter().chain(others).map(|account| {
        let is_replaced = replaced.contains(&account.id);
        KnownAccount {
            authorization: account.authorization.clone(),
            was_broken: account.status == AccountStatus::Inactive && !is_replaced,
            condition: condition(&account, rules, now).ok().filter(|_| !is_replaced),
            connected_at: account.created,
            name: AccountName::from(account),
        }
    });
    known.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn account(number: usize, login: &str, status: &str) -> Account {
        serde_json::from_value(json!({
            "id": format!("fca_{number}"), "authorization": login, "institution_name": "Alder Bank", "livemode": false,
            "status": status, "subcategory": "checking"
        }))
        .unwrap()
    }

    #[test]
    fn of_more_accounts_than_can_be_kept_those_of_the_login_are_kept() {
        let mut accounts: Vec<_> =
            (0..MOST + 5).map(|number| account(number, "fcauth_2", "active")).collect();
        accounts.push(account(900, "fcauth_1", "inactive"));
        let repaired = account(901, "fcauth_1", "active");
        accounts.push(repaired.clone());
        let known = known(accounts, &repaired, &[], ConditionRules::default(), 0);
        assert_eq!(known.len(), MOST);
        let first: Vec<_> =
            known[..3].iter().map(|known| (known.name.id.as_str(), known.was_broken)).collect();
        assert_eq!(first, [("fca_900", true), ("fca_901", false), ("fca_0", false)]);
    }

    #[test]
    fn a_replaced_account_is_known_and_not_to_be_repaired() {
        let (old, new) = (account(1, "fcauth_1", "inactive"), account(2, "fcauth_2", "active"));
        let replaced = [old.id.clone()];
        let known = known(vec![old, new.clone()], &new, &replaced, ConditionRules::default(), 0);
        let known: Vec<_> = known.iter().map(|known| (known.was_broken, known.condition.is_some())).collect();
        assert_eq!(known, [(false, true), (false, false)]);
    }
}
