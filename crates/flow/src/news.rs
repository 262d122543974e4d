//! What has changed without the customer's doing.

use relink_protocol::{AccountName, Condition, Overview};

/// What a customer who has `before` in front of them would be surprised by in `after`: accounts that are no longer what
/// they were, and those that are gone.
pub(crate) fn between(before: &Overview, after: &Overview) -> Vec<AccountName> {
    let mut news = Vec::new();
    for account in &after.accounts {
        match before.account(&account.name.id) {
            Some(old) if look_alike(&old.condition, &account.condition) => {}
            _ => news.push(account.name.clone()),
        }
    }
    for account in &before.accounts {
        if after.account(&account.name.id).is_none() {
            news.push(account.name.clone());
        }
    }
    news
}

/// The same for a customer who reads about this one account.
pub(crate) fn of(name: &AccountName, before: &Condition, after: &Condition) -> Vec<AccountName> {
    if look_alike(before, after) { Vec::new() } else { vec![name.clone()] }
}

/// Why an account is broken is not said where all accounts are shown.
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
    use crate::example::{broken, closed, expiring, healthy, overview};

    fn with(accounts: Vec<AccountSummary>) -> Overview {
        Overview { accounts, ..overview() }
    }

    #[test]
    fn accounts_that_changed_came_or_went_are_news() {
        let before = with(vec![broken(), expiring(), closed()]);
        let repaired = AccountSummary { condition: Condition::Healthy, ..broken() };
        let after = with(vec![repaired, expiring(), healthy()]);
        let expected = vec![broken().name, healthy().name, closed().name];
        assert_eq!(between(&before, &after), expected);
    }

    #[test]
    fn another_date_is_news_and_another_cause_is_not() {
        let later = AccountSummary { condition: Condition::Expiring { on: None }, ..expiring() };
        let news = between(&with(vec![expiring()]), &with(vec![later]));
        assert_eq!(news, [expiring().name]);
        let condition = Condition::Broken { cause: Cause::Unspecified };
        let otherwise = AccountSummary { condition, ..broken() };
        assert_eq!(between(&with(vec![broken()]), &with(vec![otherwise.clone()])), []);
        assert_eq!(of(&broken().name, &broken().condition, &otherwise.condition), []);
    }
}
