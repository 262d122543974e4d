//! Variants of behaviour that Stripe does not document.

use serde_json::{Value, json};

use crate::client::{Client, EXACT};

async fn cancelled(switch: Value) -> Value {
    let client = Client::new();
    client.set(json!({ "cancellation": switch })).await;
    let (id, secret) = client.session(EXACT).await;
    client.step("open", &secret, json!({})).await;
    client.step("close", &secret, json!({})).await;
    client.read_session(&id).await
}

#[tokio::test]
async fn a_cancellation_has_three_shapes() {
    let other = json!({ "authorization": null, "account": null, "failure_reason": "other" });
    let plain = cancelled(json!("plain")).await;
    assert_eq!((&plain["status"], plain.get("relink_result")), (&json!("cancelled"), None));
    let with = cancelled(json!("with_result")).await;
    assert_eq!((&with["status"], &with["relink_result"]), (&json!("cancelled"), &other));
    assert_eq!(with["status_details"], json!({ "cancelled": { "reason": "other" } }));
    let failed = cancelled(json!("failed")).await;
    assert_eq!((&failed["status"], &failed["relink_result"]), (&json!("failed"), &other));
}

#[tokio::test]
async fn stripe_js_can_omit_the_result_and_use_the_old_object_name() {
    let client = Client::new();
    client.set(json!({ "client_relink_result": "absent", "client_account_object": "linked_account" })).await;
    let (id, secret) = client.session(EXACT).await;
    let result = client.choose(&secret, "6789").await.body;
    assert_eq!(
        (result.get("relink_result"), &result["accounts"][0]["object"]),
        (None, &json!("linked_account"))
    );
    let session = client.read_session(&id).await;
    assert_eq!(session["relink_result"]["account"], "fca_AlderChecking6789");
    assert_eq!(session["accounts"]["data"][0]["object"], "financial_connections.account");
}

#[tokio::test]
async fn a_client_secret_can_grow_too_old() {
    let client = Client::new();
    client.set(json!({ "secret_seconds": 600 })).await;
    let (id, secret) = client.session(EXACT).await;
    client.advance(599).await;
    assert_eq!(client.step("open", &secret, json!({})).await.status, 200);
    client.advance(1).await;
    for step in ["open", "sign_in"] {
        assert_eq!(client.step(step, &secret, json!({})).await.refusal(), "400 - client_secret", "{step}");
    }
    assert_eq!(client.read_session(&id).await["status"], "pending");
}

#[tokio::test]
async fn a_client_secret_can_be_for_one_window_only() {
    let client = Client::new();
    client.set(json!({ "secret_single_use": true })).await;
    let (_, secret) = client.session(EXACT).await;
    assert_eq!(client.step("open", &secret, json!({})).await.status, 200);
    assert_eq!(client.step("open", &secret, json!({})).await.refusal(), "400 - client_secret");
}
