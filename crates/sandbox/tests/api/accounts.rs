//! Reading of accounts, authorizations and institutions.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Client, EXACT, ids};

#[tokio::test]
async fn an_inactive_account_has_cause_and_action() {
    let account = Client::new().get(&format!("{ACCOUNTS}/fca_AlderChecking6789")).await.body;
    assert_snapshot!(format!("{account:#}"), @r#"
    {
      "account_holder": {
        "customer": "cus_SandboxJenny",
        "type": "customer"
      },
      "account_numbers": [
        {
          "expected_expiry_date": null,
          "identifier_type": "account_number",
          "status": "transactable",
          "supported_networks": [
            "ach"
          ]
        }
      ],
      "authorization": "fcauth_AlderJenny",
      "balance": null,
      "balance_refresh": null,
      "category": "cash",
      "created": 1780000500,
      "display_name": "Checking",
      "id": "fca_AlderChecking6789",
      "institution": "fcinst_AlderBank",
      "institution_name": "Alder Bank",
      "last4": "6789",
      "livemode": false,
      "object": "financial_connections.account",
      "ownership": null,
      "ownership_refresh": null,
      "permissions": [
        "payment_method",
        "balances"
      ],
      "status": "inactive",
      "status_details": {
        "inactive": {
          "action": "relink_required",
          "cause": "access_expired"
        }
      },
      "subcategory": "checking",
      "subscriptions": [],
      "supported_payment_method_types": [
        "us_bank_account"
      ],
      "transaction_refresh": null
    }
    "#);
}

#[tokio::test]
async fn a_closed_account_has_the_action_none() {
    let account = Client::new().get(&format!("{ACCOUNTS}/fca_TernChecking0937")).await.body;
    assert_snapshot!(account["status_details"], @r#"{"inactive":{"action":"none","cause":"account_closed"}}"#);
}

#[tokio::test]
async fn an_account_without_a_holder_has_a_null_holder() {
    let account = Client::new().get(&format!("{ACCOUNTS}/fca_NoHolderChecking7300")).await.body;
    assert_eq!(account["account_holder"], Value::Null);
}

#[tokio::test]
async fn a_list_is_of_one_customer_and_in_pages() {
    let client = Client::new();
    let jenny = format!("{ACCOUNTS}?account_holder[customer]=cus_SandboxJenny");
    let all = client.get(&jenny).await.body;
    assert_eq!(
        ids(&all),
        "fca_AlderChecking6789 fca_AlderSavings1204 fca_CopperfieldSavings4421 fca_TernChecking0937"
    );
    assert_eq!((&all["has_more"], &all["url"]), (&json!(false), &json!(ACCOUNTS)));
    let first = client.get(&format!("{jenny}&limit=2")).await.body;
    assert_eq!(
        (ids(&first).as_str(), &first["has_more"]),
        ("fca_AlderChecking6789 fca_AlderSavings1204", &json!(true))
    );
    let rest = client.get(&format!("{jenny}&limit=2&starting_after=fca_AlderSavings1204")).await.body;
    assert_eq!(
        (ids(&rest).as_str(), &rest["has_more"]),
        ("fca_CopperfieldSavings4421 fca_TernChecking0937", &json!(false))
    );
    let before = client.get(&format!("{jenny}&ending_before=fca_AlderSavings1204")).await.body;
    assert_eq!(ids(&before), "fca_AlderChecking6789");
    let nobody = client.get(&format!("{ACCOUNTS}?account_holder[customer]=cus_Unknown")).await;
    assert_eq!((nobody.status.as_u16(), ids(&nobody.body).as_str()), (200, ""));
}

#[tokio::test]
async fn a_list_of_all_accounts_can_be_refused() {
    let client = Client::new();
    let all = client.get(&format!("{ACCOUNTS}?limit=100")).await.body;
    assert!(ids(&all).contains("fca_NoHolderChecking7300") && ids(&all).contains("fca_OtherChecking5150"));
    client.set(json!({ "accounts_need_holder": true })).await;
    assert_eq!(client.get(ACCOUNTS).await.refusal(), "400 parameter_missing account_holder");
    let jenny = client.get(&format!("{ACCOUNTS}?account_holder[customer]=cus_SandboxJenny")).await.body;
    assert!(ids(&jenny).contains("fca_AlderChecking6789"));
}

#[tokio::test]
async fn a_list_can_be_of_what_one_session_collected() {
    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    let path = format!("{ACCOUNTS}?session={id}");
    assert_eq!(ids(&client.get(&path).await.body), "");
    client.choose(&secret, "6789").await;
    assert_eq!(ids(&client.get(&path).await.body), "fca_AlderChecking6789");
}

#[tokio::test]
async fn wrong_list_parameters_are_refused() {
    let client = Client::new();
    let table = [
        ("limit=0", "400 - limit"),
        ("starting_after=fca_x", "400 resource_missing starting_after"),
        ("session=fcsess_x", "400 resource_missing session"),
        ("account_holder[customer]=jenny", "400 resource_missing account_holder[customer]"),
        ("authorization=fcauth_AlderJenny", "400 parameter_unknown authorization"),
    ];
    for (query, refusal) in table {
        assert_eq!(client.get(&format!("{ACCOUNTS}?{query}")).await.refusal(), refusal, "{query}");
    }
    assert_eq!(client.get(&format!("{ACCOUNTS}/fca_x")).await.refusal(), "404 resource_missing id");
}

#[tokio::test]
async fn an_authorization_has_a_status_but_no_cause_and_no_accounts() {
    let authorization =
        Client::new().get("/v1/financial_connections/authorizations/fcauth_AlderJenny").await.body;
    assert_snapshot!(format!("{authorization:#}"), @r#"
    {
      "account_holder": {
        "customer": "cus_SandboxJenny",
        "type": "customer"
      },
      "id": "fcauth_AlderJenny",
      "institution": "fcinst_AlderBank",
      "institution_name": "Alder Bank",
      "livemode": false,
      "object": "financial_connections.authorization",
      "status": "inactive",
      "status_details": {
        "inactive": {
          "action": "relink_required"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn institutions_are_listed_and_read() {
    let client = Client::new();
    let list = client.get("/v1/financial_connections/institutions?limit=2").await.body;
    assert_eq!(
        (ids(&list).as_str(), &list["has_more"]),
        ("fcinst_AlderBank fcinst_Copperfield", &json!(true))
    );
    let one = client.get("/v1/financial_connections/institutions/fcinst_TernBank").await.body;
    assert_eq!((&one["name"], &one["status"]), (&json!("Tern Bank"), &json!("active")));
}
