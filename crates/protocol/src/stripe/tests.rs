//! Tests that objects of every API version decode.

use serde_json::json;

use super::*;

#[test]
fn an_account_of_a_general_version_decodes_without_the_relink_fields() {
    let account: Account = serde_json::from_value(json!({
        "id": "fca_1", "object": "financial_connections.account", "account_holder": null, "created": 1,
        "display_name": null, "institution_name": "StripeBank", "last4": "6789", "livemode": false,
        "permissions": null, "status": "hibernating", "subcategory": "other", "balance": null
    }))
    .unwrap();
    assert_eq!(account.status, AccountStatus::Other("hibernating".to_owned()));
    assert_eq!((account.authorization, account.status_details), (None, None));
}

#[test]
fn a_holder_may_be_an_id_or_an_expanded_object() {
    for customer in [json!("cus_1"), json!({"id": "cus_1", "object": "customer"})] {
        let holder: AccountHolder =
            serde_json::from_value(json!({"type": "customer", "customer": customer})).unwrap();
        assert_eq!(holder.id, Some("cus_1".parse().unwrap()));
    }
    for (holder, id) in [
        (json!({"type": "account", "account": "acct_1"}), Some("acct_1")),
        (json!({"type": "customer", "customer_account": {"id": "acct_1"}}), Some("customer_account_acct_1")),
        (json!({"type": "meteor", "meteor": "met_1"}), None),
    ] {
        let read: AccountHolder = serde_json::from_value(holder.clone()).unwrap();
        assert_eq!(read.id, id.map(|id| id.parse().unwrap()), "{holder}");
    }
}

#[test]
fn a_sessions_accounts_may_be_a_list_object_or_an_array() {
    for accounts in [json!([]), json!({"object": "list", "data": [], "has_more": false, "url": "/"})] {
        let session: Session =
            serde_json::from_value(json!({"id": "fcsess_1", "accounts": accounts})).unwrap();
        assert_eq!(session.accounts.first_page(), []);
        assert_eq!(session.relink_result, None);
    }
}

#[test]
fn printing_a_session_shows_no_client_secret() {
    let session: Session = serde_json::from_value(
        json!({"id": "fcsess_1", "accounts": [], "client_secret": "fcsess_client_secret_canary"}),
    )
    .unwrap();
    assert!(!format!("{session:?}").contains("canary"));
}
