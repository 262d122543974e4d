//! Changes that the customer did not make on this page.

use relink_protocol::{AccountName, Condition, Overview};

/// Returns the accounts that look different in `after` than in `before`, are new, or are gone.
pub(crate) fn between(before: &Overview, after: &Overview) -> Vec<AccountName> {
    let mut changes = Vec::new();
    for account in &after.accounts {
        match before.account(&account.name.id) {
            Some(old) if look_alike(&old.condition, &account.condition) => {}
            _ => changes.push(account.name.clone()),
        }
    }
    for account in &before.accounts {
        if after.account(&account.name.id).is_none() {
            changes.push(account.name.clone());
        }
    }
    changes
}

/// Returns the account if it looks different, for a screen that is about this account only.
pub(crate) fn of(name: &AccountName, before: &Condition, after: &Condition) -> Vec<AccountName> {
    if look_alike(before, after) { Vec::new() } else { vec![name.clone()] }
}

/// True if both look alike in the list of accounts, which does not show causes.
fn look_alike(before: &Condition, after: &Condition) -> bool {
    match (before, after) {
        (Condition::Broken { .. }, Condition::Broken { .. })
        | (Condition::Unrepairable { .. }, Condition::Unrepairable { .. }) => true,
        _ => before == after,
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::AccountSummary;
    use relink_protocol::stripe::Cause;

    use super::*;
    use crate::test_support::{broken, closed, expiring, healthy, overview};

    fn with(accounts: Vec<AccountSummary>) -> Overview {
        Overview { accounts, ..overview() }
    }

    #[test]
    fn changed_added_and_removed_accounts_are_reported() {
        let before = with(vec![broken(), expiring(), closed()]);
        let repaired = AccountSummary { condition: Condition::Healthy, ..broken() };
        let after = with(vec![repaired, expiring(), healthy()]);
        let expected = vec![broken().name, healthy().name, closed().name];
        assert_eq!(between(&before, &after), expected);
    }

    #[test]
    fn another_date_is_a_change_and_another_cause_is_not() {
        let later = AccountSummary { condition: Condition::Expiring { on: None }, ..expiring() };
        let changes = between(&with(vec![expiring()]), &with(vec![later]));
        assert_eq!(changes, [expiring().name]);
        let condition = Condition::Broken { cause: Cause::Unspecified };
        let otherwise = AccountSummary { condition, ..broken() };
        assert_eq!(between(&with(vec![broken()]), &with(vec![otherwise.clone()])), []);
        assert_eq!(of(&broken().name, &broken().condition, &otherwise.condition), []);
    }
}
