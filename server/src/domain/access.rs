//! Access rules: which accounts a caller may see.

use relink_protocol::AccountId;
use relink_protocol::stripe::Account;

use super::customer_claims::Caller;

/// True if the token allows its bearer to know of this account at all. Checked before any call to Stripe. An account of
/// another connected account than the caller's is never known, whatever its identifier.
pub(crate) fn may_name(caller: &Caller, account: &AccountId) -> bool {
    caller.customer.stripe_account() == account.stripe_account()
        && caller.accounts.as_ref().is_none_or(|accounts| accounts.contains(account))
}

/// True if the account belongs to the caller: Stripe says so, and the token does not exclude it. An account without a
/// holder belongs to the caller if the token names it, because the merchant's back end then vouches for it.
pub(crate) fn may_see(caller: &Caller, account: &Account) -> bool {
    may_name(caller, &account.id)
        && match &account.account_holder {
            Some(holder) => holder.id.as_ref() == Some(&caller.customer),
            None => caller.accounts.is_some(),
        }
}

#[cfg(test)]
mod tests {
    use relink_protocol::Qualify as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::customer_claims::tests::caller as anyone;

    fn account(holder: &Value) -> Account {
        serde_json::from_value(json!({
            "id": "fca_1", "account_holder": holder, "institution_name": "Alder Bank", "livemode": false,
            "status": "active", "subcategory": "checking"
        }))
        .unwrap()
    }

    fn caller(accounts: Option<&[&str]>) -> Caller {
        let accounts = accounts.map(|accounts| accounts.iter().map(|id| id.parse().unwrap()).collect());
        Caller { accounts, ..anyone("cus_1", None) }
    }

    #[test]
    fn an_account_is_seen_by_its_holder_only_and_the_token_can_narrow_that() {
        let mine = json!({"type": "customer", "customer": "cus_1"});
        let theirs = json!({"type": "customer", "customer": "cus_2"});
        let payees = json!({"type": "account", "account": "acct_1"});
        let member = json!({"type": "customer", "customer_account": "acct_1"});
        let unknown = json!({"type": "meteor", "meteor": "met_1"});
        let nobodys = Value::Null;
        let (any, named, other, none) =
            (caller(None), caller(Some(&["fca_1"])), caller(Some(&["fca_2"])), caller(Some(&[])));
        for (holder, seen) in [
            (&mine, [true, true, false, false]),
            (&theirs, [false; 4]),
            (&payees, [false; 4]),
            (&member, [false; 4]),
            (&unknown, [false; 4]),
            (&nobodys, [false, true, false, false]),
        ] {
            let account = account(holder);
            let decided = [&any, &named, &other, &none].map(|caller| may_see(caller, &account));
            assert_eq!(decided, seen, "{holder}");
        }
    }

    #[test]
    fn holders_of_different_kinds_are_never_mixed_even_where_stripe_gives_them_one_identifier() {
        let holders = [
            ("cus_1", json!({"type": "customer", "customer": "cus_1"})),
            ("acct_1", json!({"type": "account", "account": "acct_1"})),
            ("customer_account_acct_1", json!({"type": "customer", "customer_account": "acct_1"})),
        ];
        for (who, _) in &holders {
            for (theirs, holder) in &holders {
                let caller = anyone(who, None);
                assert_eq!(may_see(&caller, &account(holder)), who == theirs, "{who} {holder}");
            }
        }
    }

    #[test]
    fn nothing_of_one_connected_account_is_seen_by_another_though_all_identifiers_are_the_same() {
        let holders = [
            ("cus_1", json!({"type": "customer", "customer": "cus_1"})),
            ("acct_1", json!({"type": "account", "account": "acct_1"})),
            ("customer_account_acct_1", json!({"type": "customer", "customer_account": "acct_1"})),
            ("", Value::Null),
        ];
        // The merchant itself, and two connected accounts.
        let qualifiers = [None, Some("acct_Ada"), Some("acct_Eve")];
        let qualified = |of: Option<&str>, id: &str| of.map_or(id.to_owned(), |of| format!("{of}.{id}"));
        let mut seen = 0;
        for callers in qualifiers {
            for accounts in qualifiers {
                for (who, _) in holders.iter().filter(|(who, _)| !who.is_empty()) {
                    for (theirs, holder) in &holders {
                        for vouches in [false, true] {
                            let mut account = account(holder);
                            if let Some(of) = accounts {
                                account.qualify(&of.parse().unwrap());
                            }
                            let named = vouches.then(|| vec![qualified(callers, "fca_1").parse().unwrap()]);
                            let caller = Caller { accounts: named, ..anyone(&qualified(callers, who), None) };
                            let expected =
                                callers == accounts && (who == theirs || theirs.is_empty() && vouches);
                            assert_eq!(may_see(&caller, &account), expected, "{caller:?} {account:?}");
                            assert_eq!(may_name(&caller, &account.id), callers == accounts);
                            seen += usize::from(expected);
                        }
                    }
                }
            }
        }
        assert_eq!(seen, 3 * (3 * 2 + 3), "each sees its own");
    }
}
