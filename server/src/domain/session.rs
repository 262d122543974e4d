//! What a relink session asks for. What the page shows beforehand comes from the same functions.

use relink_protocol::stripe::{Account, Permission, RelinkOptions, Session};
use relink_protocol::{AccountId, AccountSummary, MissingPreviewFields, condition};

/// What the customer is asked to share: what the account shares already, and what payments need.
pub(crate) fn permissions(account: &Account) -> Vec<Permission> {
    let mut permissions = account.permissions.clone().unwrap_or_default();
    if !permissions.contains(&Permission::PaymentMethod) {
        permissions.push(Permission::PaymentMethod);
    }
    permissions
}

/// Stripe's parameters for a session that repairs exactly this account.
pub(crate) fn parameters(account: &Account) -> Result<Vec<(&'static str, String)>, MissingPreviewFields> {
    let authorization = account.authorization.as_ref().ok_or(MissingPreviewFields)?;
    let mut form = Vec::new();
    // Copied, or left out where the account has none: Stripe refuses an empty one.
    if let Some(customer) = account.account_holder.as_ref().and_then(|holder| holder.customer.as_ref()) {
        form.push(("account_holder[type]", "customer".to_owned()));
        form.push(("account_holder[customer]", customer.to_string()));
    }
    form.extend(
        permissions(account).iter().map(|permission| ("permissions[]", permission.as_str().to_owned())),
    );
    form.push(("relink_options[authorization]", authorization.to_string()));
    // Only with the account named can nobody put another account in its place.
    form.push(("relink_options[account]", account.id.to_string()));
    form.push(("filters[account_subcategories][]", "checking".to_owned()));
    form.push(("filters[account_subcategories][]", "savings".to_owned()));
    form.push(("limits[accounts]", "1".to_owned()));
    Ok(form)
}

/// The account as its owner sees it.
pub(crate) fn summary(account: Account) -> Result<AccountSummary, MissingPreviewFields> {
    Ok(AccountSummary {
        condition: condition(&account)?,
        shares: permissions(&account),
        id: account.id,
        institution_name: account.institution_name,
        last4: account.last4,
        display_name: account.display_name,
        subcategory: account.subcategory,
    })
}

/// Whether a session, as Stripe has it, is for exactly this account.
pub(crate) fn is_for(session: &Session, account: &AccountId) -> Result<bool, MissingPreviewFields> {
    let RelinkOptions { account: requested, .. } =
        session.relink_options.as_ref().ok_or(MissingPreviewFields)?;
    Ok(requested.as_ref() == Some(account))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn account(holder: &Value, permissions: &Value) -> Account {
        serde_json::from_value(json!({
            "id": "fca_1", "authorization": "fcauth_1", "account_holder": holder, "institution_name": "Alder Bank",
            "livemode": false, "permissions": permissions, "status": "active", "subcategory": "checking"
        }))
        .unwrap()
    }

    #[test]
    fn what_is_asked_is_what_is_shared_and_payments() {
        for (shared, asked) in [
            (json!(null), vec!["payment_method"]),
            (json!(["balances"]), vec!["balances", "payment_method"]),
            (json!(["payment_method", "transactions"]), vec!["payment_method", "transactions"]),
        ] {
            let account = account(&Value::Null, &shared);
            let shown: Vec<_> = summary(account.clone()).unwrap().shares;
            assert_eq!(shown.iter().map(Permission::as_str).collect::<Vec<_>>(), asked);
            let form = parameters(&account).unwrap();
            let sent: Vec<_> = form.iter().filter(|(name, _)| *name == "permissions[]").collect();
            assert_eq!(sent.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), asked);
        }
    }

    #[test]
    fn an_account_without_a_holder_gets_a_session_without_one() {
        let form = parameters(&account(&Value::Null, &json!([]))).unwrap();
        assert!(!form.iter().any(|(name, _)| name.starts_with("account_holder")));
        let form =
            parameters(&account(&json!({"type": "customer", "customer": "cus_1"}), &json!([]))).unwrap();
        assert!(form.contains(&("account_holder[customer]", "cus_1".to_owned())));
    }

    #[test]
    fn a_session_is_for_the_account_that_it_names_and_a_general_version_names_none() {
        let session = |options: Value| -> Session {
            serde_json::from_value(json!({"id": "fcsess_1", "accounts": [], "relink_options": options}))
                .unwrap()
        };
        let account: AccountId = "fca_1".parse().unwrap();
        assert_eq!(
            is_for(&session(json!({"authorization": "fcauth_1", "account": "fca_1"})), &account),
            Ok(true)
        );
        assert_eq!(
            is_for(&session(json!({"authorization": "fcauth_1", "account": "fca_2"})), &account),
            Ok(false)
        );
        assert_eq!(is_for(&session(json!({"authorization": "fcauth_1"})), &account), Ok(false));
        assert_eq!(is_for(&session(Value::Null), &account), Err(MissingPreviewFields));
    }
}
