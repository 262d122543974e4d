//! `/_sandbox/requests`

use insta::assert_snapshot;
use serde_json::json;

use crate::client::{ACCOUNTS, Client, EXACT};

#[tokio::test]
async fn nothing_is_recorded_until_asked_for_and_then_the_last_calls_without_secrets() {
    let client = Client::new();
    client.get(ACCOUNTS).await;
    assert_eq!(client.get("/_sandbox/requests").await.body, json!({ "keep": 0, "requests": [] }));
    client.post("/_sandbox/requests", json!({ "keep": 2 })).await;
    client.get(&format!("{ACCOUNTS}?limit=1")).await;
    let session = client.create(EXACT).await;
    assert!(session.body["client_secret"].as_str().unwrap().starts_with("fcsess_"), "callers get it");
    client.get(&format!("{ACCOUNTS}/fca_x")).await;
    let recorded = client.get("/_sandbox/requests").await;
    assert!(!recorded.text.contains("fcsess_client_secret"));
    let requests = recorded.body["requests"].as_array().unwrap();
    assert_eq!((requests.len(), &requests[0]["answer"]["id"]), (2, &session.body["id"]));
    assert_eq!(requests[0]["parameters"][1], json!(["account_holder[customer]", "cus_SandboxJenny"]));
    assert_snapshot!(requests[1], @r#"{"answer":{"error":{"code":"resource_missing","doc_url":"https://stripe.com/docs/error-codes/resource-missing","message":"No such account: 'fca_x'","param":"id","type":"invalid_request_error"}},"method":"GET","parameters":[],"path":"/v1/financial_connections/accounts/fca_x","route":"/v1/financial_connections/accounts/{id}","status":404,"version":"2026-09-30.preview"}"#);
}

#[tokio::test]
async fn the_recorder_forgets_and_stops() {
    let client = Client::new();
    client.post("/_sandbox/requests", json!({ "keep": 5 })).await;
    client.get(ACCOUNTS).await;
    let request = axum::http::Request::delete("/_sandbox/requests").body(String::new().into()).unwrap();
    client.send(request).await;
    assert_eq!(client.get("/_sandbox/requests").await.body, json!({ "keep": 5, "requests": [] }));
    client.get(ACCOUNTS).await;
    client.post("/_sandbox/requests", json!({ "keep": 0 })).await;
    assert_eq!(client.get("/_sandbox/requests").await.body["requests"], json!([]));
    assert_eq!(client.post("/_sandbox/requests", json!({ "keep": -1 })).await.refusal(), "400 - keep");
}
