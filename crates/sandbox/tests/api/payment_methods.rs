//! `/v1/payment_methods`

use insta::assert_snapshot;
use serde_json::json;

use crate::client::{Client, HEALTHY, PREVIEW, ids};

const METHODS: &str = "/v1/payment_methods";

#[tokio::test]
async fn a_linked_account_becomes_a_payment_method() {
    let client = Client::new();
    let form = format!(
        "{HEALTHY}&billing_details[email]=jenny@example.com&billing_details[address][city]=Springfield\
        &metadata[order]=6735"
    );
    let made = client.submit(METHODS, &form).await.body;
    assert_snapshot!(format!("{made:#}"), @r#"
    {
      "allow_redisplay": "unspecified",
      "billing_details": {
        "address": {
          "city": "Springfield",
          "country": null,
          "line1": null,
          "line2": null,
          "postal_code": null,
          "state": null
        },
        "email": "jenny@example.com",
        "name": "Jenny Rosen",
        "phone": null,
        "tax_id": null
      },
      "created": 1795000000,
      "customer": null,
      "customer_account": null,
      "id": "pm_Sandbox0001",
      "livemode": false,
      "metadata": {
        "order": "6735"
      },
      "object": "payment_method",
      "type": "us_bank_account",
      "us_bank_account": {
        "account_holder_type": "individual",
        "account_type": "savings",
        "bank_name": "Copperfield Credit Union",
        "financial_connections_account": "fca_CopperfieldSavings4421",
        "fingerprint": "c7a1b7bd3dc8efd7",
        "last4": "4421",
        "networks": {
          "preferred": "ach",
          "supported": [
            "ach"
          ]
        },
        "routing_number": "110000002",
        "status_details": {}
      }
    }
    "#);
    assert_eq!(client.get(&format!("{METHODS}/pm_Sandbox0001")).await.body, made);
}

#[tokio::test]
async fn what_is_missing_or_does_not_fit_is_refused_by_name() {
    let client = Client::new();
    let account = "us_bank_account[financial_connections_account]";
    let table = [
        ("billing_details[name]=J".to_owned(), "400 parameter_missing type".to_owned()),
        ("type=card&billing_details[name]=J".to_owned(), "400 - type".to_owned()),
        (
            HEALTHY.replace("&billing_details[name]=Jenny+Rosen", ""),
            "400 parameter_missing billing_details[name]".to_owned(),
        ),
        (
            "type=us_bank_account&billing_details[name]=J".to_owned(),
            format!("400 parameter_missing {account}"),
        ),
        (
            format!("{HEALTHY}&us_bank_account[routing_number]=110000000"),
            format!("400 parameters_exclusive {account}"),
        ),
        (
            format!("{HEALTHY}&billing_details[address][planet]=Mars"),
            "400 parameter_unknown billing_details[address][planet]".to_owned(),
        ),
    ];
    for (form, refusal) in table {
        assert_eq!(client.submit(METHODS, &form).await.refusal(), refusal, "{form}");
    }
}

#[tokio::test]
async fn an_account_that_money_can_not_be_moved_with_is_refused_with_its_code() {
    let client = Client::new();
    let change = async |id: &str, fields| client.post(&format!("/_sandbox/accounts/{id}"), fields).await;
    let pending = json!([{ "identifier_type": "tokenized_account_number", "status": "pending" }]);
    change("fca_HarborExpiring2750", json!({ "account_numbers": pending })).await;
    change("fca_FoundrySavings3002", json!({ "status": "active" })).await;
    change("fca_FoundryMortgage3004", json!({ "status": "active", "permissions": ["payment_method"] })).await;
    let mut refusals = Vec::new();
    for account in [
        "fca_x",
        "fca_AlderChecking6789",
        "fca_WillowDisconnected9371",
        "fca_PinecrestNumberExpired8820",
        "fca_HarborExpiring2750",
        "fca_FoundrySavings3002",
        "fca_FoundryMortgage3004",
    ] {
        let form = HEALTHY.replace("fca_CopperfieldSavings4421", account);
        refusals.push(format!("{account}: {}", client.submit(METHODS, &form).await.refusal()));
    }
    assert_snapshot!(refusals.join("\n"), @"
    fca_x: 400 resource_missing us_bank_account[financial_connections_account]
    fca_AlderChecking6789: 400 financial_connections_account_inactive us_bank_account[financial_connections_account]
    fca_WillowDisconnected9371: 400 financial_connections_account_inactive us_bank_account[financial_connections_account]
    fca_PinecrestNumberExpired8820: 400 financial_connections_account_unavailable_account_numbers us_bank_account[financial_connections_account]
    fca_HarborExpiring2750: 400 financial_connections_account_pending_account_numbers us_bank_account[financial_connections_account]
    fca_FoundrySavings3002: 400 - us_bank_account[financial_connections_account]
    fca_FoundryMortgage3004: 400 - us_bank_account[financial_connections_account]
    ");
    assert_eq!(client.get("/_sandbox/state").await.body["payment_methods"], json!([]));
}

#[tokio::test]
async fn attached_payment_methods_are_listed_newest_first_in_pages() {
    let client = Client::new();
    for _ in 0..3 {
        let method = client.payment_method().await;
        let attached =
            client.submit(&format!("{METHODS}/{method}/attach"), "customer=cus_SandboxJenny").await;
        assert_eq!(attached.body["customer"], "cus_SandboxJenny");
    }
    client.payment_method().await;
    let of_jenny = format!("{METHODS}?customer=cus_SandboxJenny&type=us_bank_account&limit=2");
    let first = client.get(&of_jenny).await.body;
    assert_eq!((ids(&first).as_str(), &first["has_more"]), ("pm_Sandbox0003 pm_Sandbox0002", &json!(true)));
    let rest = client.get(&format!("{of_jenny}&starting_after=pm_Sandbox0002")).await.body;
    assert_eq!((ids(&rest).as_str(), &rest["has_more"]), ("pm_Sandbox0001", &json!(false)));
    assert_eq!(client.get(METHODS).await.refusal(), "400 parameter_missing customer");
}

#[tokio::test]
async fn a_payment_method_belongs_to_one_customer_until_it_is_detached() {
    let client = Client::new();
    let method = client.payment_method().await;
    let (attach, detach) = (format!("{METHODS}/{method}/attach"), format!("{METHODS}/{method}/detach"));
    assert_eq!(client.submit(&detach, "").await.refusal(), "400 - -");
    assert_eq!(client.submit(&attach, "").await.refusal(), "400 parameter_missing customer");
    client.submit(&attach, "customer=cus_SandboxJenny").await;
    assert_eq!(client.submit(&attach, "customer=cus_SandboxJenny").await.status, 200);
    assert_eq!(client.submit(&attach, "customer=cus_SandboxOther").await.refusal(), "400 - customer");
    assert_eq!(client.submit(&detach, "").await.body["customer"], json!(null));
    assert_eq!(
        client.submit(&attach, "customer=cus_SandboxOther").await.body["customer"],
        "cus_SandboxOther"
    );
}

#[tokio::test]
async fn the_same_key_makes_one_payment_method() {
    let client = Client::new();
    let make = async || {
        let request = Client::request("POST", METHODS, PREVIEW).header("idempotency-key", "once");
        client.send(request.body(HEALTHY.into()).unwrap()).await
    };
    let (first, again) = (make().await, make().await);
    assert_eq!((first.body, again.header("idempotent-replayed")), (again.body.clone(), "true"));
    let state = client.get("/_sandbox/state").await.body;
    assert_eq!(state["payment_methods"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_payment_method_of_a_customer_can_be_changed() {
    let client = Client::new();
    let form = format!("{HEALTHY}&billing_details[address][city]=Springfield&metadata[order]=1");
    let made = client.submit(METHODS, &form).await.body;
    let path = format!("{METHODS}/{}", made["id"].as_str().unwrap());
    let unattached = client.submit(&path, "metadata[order]=2").await;
    assert_eq!(unattached.refusal(), "400 - -", "Stripe changes only those of a customer");
    client.submit(&format!("{path}/attach"), "customer=cus_SandboxJenny").await;
    let change = "billing_details[phone]=15555550100&billing_details[address][line1]=1 Main St&metadata[order]=\
        &us_bank_account[account_holder_type]=company";
    let changed = client.submit(&path, change).await.body;
    assert_eq!(changed, client.get(&path).await.body);
    let billing = &changed["billing_details"];
    assert_eq!((&billing["phone"], &billing["name"]), (&json!("15555550100"), &json!("Jenny Rosen")));
    assert_eq!(billing["address"]["city"], "Springfield", "what the call does not name stays");
    assert_eq!(billing["address"]["line1"], "1 Main St");
    assert_eq!(changed["metadata"], json!({}));
    assert_eq!(changed["us_bank_account"]["account_holder_type"], "company");
    for (form, refusal) in [
        (
            "us_bank_account[financial_connections_account]=fca_x",
            "400 parameter_unknown us_bank_account[financial_connections_account]",
        ),
        ("billing_details[address][planet]=Mars", "400 parameter_unknown billing_details[address][planet]"),
    ] {
        assert_eq!(client.submit(&path, form).await.refusal(), refusal);
    }
}
