//! Kinds of keys: test and live, secret, restricted and expired.

use axum::body::Body;
use serde_json::json;

use crate::client::{ACCOUNTS, Answer, Client, PREVIEW};

async fn call(client: &Client, method: &str, path: &str, key: &str) -> Answer {
    let request = axum::http::Request::builder().method(method).uri(path).header("stripe-version", PREVIEW);
    let request = request.header("authorization", format!("Bearer {key}"));
    client.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_live_key_sees_no_test_object_but_a_hint_in_the_error() {
    let client = Client::new();
    let missing = call(&client, "GET", &format!("{ACCOUNTS}/fca_AlderChecking6789"), "sk_live_sandbox").await;
    assert_eq!(missing.refusal(), "404 resource_missing id");
    let message = missing.body["error"]["message"].as_str().unwrap();
    let words = "No such account: 'fca_AlderChecking6789'; a similar object exists in test mode, but a live mode key was \
                 used to make this request.";
    assert_eq!(message, words);
    let unknown = call(&client, "GET", &format!("{ACCOUNTS}/fca_x"), "sk_live_sandbox").await;
    assert_eq!(unknown.body["error"]["message"], "No such account: 'fca_x'");
    let list = call(&client, "GET", ACCOUNTS, "rk_live_sandbox").await;
    assert_eq!(list.body["data"], json!([]));
}

#[tokio::test]
async fn objects_say_in_which_mode_they_are() {
    let client = Client::new();
    let made = call(&client, "POST", "/v1/customers", "sk_live_sandbox").await.body;
    assert_eq!(made["livemode"], true);
    let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
    let with_test_key = call(&client, "GET", &path, "sk_test_sandbox").await;
    assert_eq!(with_test_key.status, 404);
    let message = with_test_key.body["error"]["message"].as_str().unwrap();
    let words = "; a similar object exists in live mode, but a test mode key was used to make this request.";
    assert!(message.ends_with(words), "{message}");
    let events = call(&client, "GET", "/v1/events", "sk_live_sandbox").await.body;
    assert_eq!(
        (&events["data"][0]["livemode"], &events["data"][0]["data"]["object"]["livemode"]),
        (&json!(true), &json!(true))
    );
    assert!(client.events().await.is_empty());
}

#[tokio::test]
async fn a_restricted_key_can_lack_a_permission_and_a_key_can_expire() {
    let client = Client::new();
    assert_eq!(call(&client, "GET", ACCOUNTS, "rk_test_sandbox_read").await.status, 200);
    let refused = call(&client, "POST", "/v1/customers", "rk_test_sandbox_read").await;
    assert_eq!(refused.refusal(), "403 - -");
    let expired = call(&client, "GET", ACCOUNTS, "sk_test_sandbox_expired").await;
    assert_eq!(expired.refusal(), "401 api_key_expired -");
}

#[tokio::test]
async fn a_live_publishable_key_opens_no_window() {
    let client = Client::new();
    let request = axum::http::Request::post("/bank/open").header("content-type", "application/json");
    let request = request.header("authorization", "Bearer pk_live_sandbox");
    let answer = client.send(request.body(json!({ "client_secret": "x" }).to_string().into()).unwrap()).await;
    assert_eq!(answer.refusal(), "400 livemode_mismatch client_secret");
}
