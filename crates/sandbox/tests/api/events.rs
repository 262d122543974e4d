//! `/v1/events`: the events of transitions, and reading them.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{Client, DATA, EXACT, NOW, ids};

const HEALTHY: &str = "fca_CopperfieldSavings4421";

async fn newest(client: &Client) -> Value {
    client.get("/v1/events?limit=1").await.body["data"][0].clone()
}

#[tokio::test]
async fn the_seed_has_no_events() {
    assert!(Client::new().events().await.is_empty());
}

#[tokio::test]
async fn a_deactivation_event_has_previous_attributes() {
    let client = Client::new();
    client.deactivate(HEALTHY).await;
    let mut event = newest(&client).await;
    assert_eq!(event["data"]["object"], client.account(HEALTHY).await);
    event["data"]["object"] = json!({});
    assert!(event["id"].as_str().unwrap().starts_with("evt_"));
    event["id"] = "[id]".into();
    assert_snapshot!(format!("{event:#}"), @r#"
    {
      "api_version": "2026-09-30.preview",
      "created": 1795000000,
      "data": {
        "object": {},
        "previous_attributes": {
          "status": "active",
          "status_details": {
            "inactive": null
          }
        }
      },
      "id": "[id]",
      "livemode": false,
      "object": "event",
      "pending_webhooks": 0,
      "request": {
        "id": null,
        "idempotency_key": null
      },
      "type": "financial_connections.account.deactivated"
    }
    "#);
}

#[tokio::test]
async fn a_relink_has_events_for_each_repaired_account_and_its_session() {
    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    assert_snapshot!(client.events().await.join("\n").replace(&id, "[session]"), @r#"
    account.reactivated fca_AlderChecking6789
    account.reactivated fca_AlderSavings1204
    session.updated [session]
    "#);
    let event = newest(&client).await;
    assert_eq!(event["data"]["previous_attributes"]["status"], "pending");
    let session = &event["data"]["object"];
    assert_eq!((&session["status"], &session["client_secret"]), (&json!("succeeded"), &Value::Null));
}

#[tokio::test]
async fn new_accounts_and_their_refreshes_have_events() {
    let client = Client::new();
    let (_, secret) = client.session(&format!("{DATA}&prefetch[]=balances")).await;
    client.choose_all(&secret, &["3001", "3005"]).await;
    assert_snapshot!(client.events().await.join("\n"), @r#"
    account.reactivated fca_FoundryChecking3001
    account.refreshed_balance fca_FoundryChecking3001
    account.created fca_Sandbox0001
    account.refreshed_balance fca_Sandbox0001
    session.updated fcsess_Sandbox0001
    "#);
}

#[tokio::test]
async fn events_name_the_call_that_caused_them() {
    let client = Client::new();
    let disconnect = format!("/v1/financial_connections/accounts/{HEALTHY}/disconnect");
    let answer = client.submit(&disconnect, "").await;
    let event = newest(&client).await;
    assert_eq!(event["type"], "financial_connections.account.disconnected");
    assert_eq!(event["request"]["id"], answer.header("request-id"));
    client.deactivate("fca_HarborExpiring2750").await;
    assert_eq!(newest(&client).await["request"], json!({ "id": null, "idempotency_key": null }));
}

#[tokio::test]
async fn each_change_of_an_account_has_its_event() {
    let client = Client::new();
    let table = [
        json!({ "expected_deactivation_date": NOW + 90 * 86_400 }),
        json!({ "account_numbers": [{ "identifier_type": "tokenized_account_number" }] }),
        json!({ "status": "inactive" }),
        json!({ "cause": "access_denied" }),
        json!({ "status": "active" }),
        json!({ "supported_payment_method_types": [] }),
        json!({ "status": "disconnected" }),
    ];
    for fields in table {
        let answer = client.post(&format!("/_sandbox/accounts/{HEALTHY}"), fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_snapshot!(client.events().await.join("\n"), @r#"
    account.expected_deactivation_date_updated fca_CopperfieldSavings4421
    authorization.expected_deactivation_date_updated fcauth_CopperfieldJenny
    account.account_numbers_updated fca_CopperfieldSavings4421
    account.deactivated fca_CopperfieldSavings4421
    account.reactivated fca_CopperfieldSavings4421
    account.supported_payment_method_types_updated fca_CopperfieldSavings4421
    account.disconnected fca_CopperfieldSavings4421
    "#);
}

#[tokio::test]
async fn payments_have_stripes_events() {
    let client = Client::new();
    client.submit("/v1/customers", "name=Ada").await;
    client.submit("/v1/customers/cus_Sandbox0001", "name=Ada+L").await;
    let method = client.payment_method().await;
    let agreed = "mandate_data[customer_acceptance][type]=offline";
    let form = format!("customer=cus_SandboxJenny&payment_method={method}&confirm=true&{agreed}");
    client.submit("/v1/setup_intents", &form).await;
    client.submit(&format!("/v1/payment_methods/{method}/detach"), "").await;
    assert_snapshot!(client.events().await.join("\n"), @r#"
    customer.created cus_Sandbox0001
    customer.updated cus_Sandbox0001
    payment_method.attached pm_Sandbox0001
    setup_intent.created seti_Sandbox0001
    setup_intent.succeeded seti_Sandbox0001
    payment_method.detached pm_Sandbox0001
    "#);
}

#[tokio::test]
async fn an_event_has_the_shape_of_its_readers_version_or_of_the_accounts() {
    let client = Client::new();
    client.deactivate(HEALTHY).await;
    let path = format!("/v1/events/{}", newest(&client).await["id"].as_str().unwrap());
    let ga = "2026-10-28.endive";
    let read = client.get_as(&path, ga).await.body;
    assert_eq!((&read["api_version"], &read["data"]["object"]["status_details"]), (&json!(ga), &json!({})));
    client.set(json!({ "event_version": ga })).await;
    assert_eq!(client.get(&path).await.body, read);
}

#[tokio::test]
async fn versions_lack_the_events_that_came_later() {
    let client = Client::new();
    let (_, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    let on_ga =
        client.get_as("/v1/events?type=financial_connections.session.updated", "2026-10-28.endive").await;
    assert_eq!(ids(&on_ga.body), "");
}

#[tokio::test]
async fn lists_are_of_types_and_times() {
    let client = Client::new();
    client.deactivate(HEALTHY).await;
    client.advance("1h").await;
    client.submit("/v1/customers", "name=Ada").await;
    let count = async |query: &str| {
        let answer = client.get(&format!("/v1/events?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        answer.body["data"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 2);
    assert_eq!(count("type=customer.created").await, 1);
    assert_eq!(count("type=financial_connections.*").await, 1);
    assert_eq!(count("types[]=customer.created&types[]=financial_connections.account.deactivated").await, 2);
    assert_eq!(count(&format!("created[gt]={NOW}")).await, 1);
    assert_eq!(count(&format!("created={NOW}")).await, 1);
    assert_eq!(count("delivery_success=true").await, 2);
    assert_eq!(count("limit=1").await, 1);
    let refused = client.get("/v1/events?type=a.b&types[]=a.b").await;
    assert_eq!(refused.refusal(), "400 parameters_exclusive type");
    assert_eq!(client.get("/v1/events/evt_x").await.refusal(), "404 resource_missing id");
}

#[tokio::test]
async fn events_are_read_for_thirty_days_and_reset_never_reuses_an_id() {
    let client = Client::new();
    client.deactivate(HEALTHY).await;
    let first = newest(&client).await["id"].clone();
    client.advance("31d").await;
    let types = client.events().await;
    assert!(!types.iter().any(|event| event.contains(HEALTHY)), "{types:?}");
    client.post("/_sandbox/reset", json!({})).await;
    client.deactivate(HEALTHY).await;
    assert_ne!(newest(&client).await["id"], first);
}
