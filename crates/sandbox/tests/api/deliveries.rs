//! Deliveries of webhooks: signatures, retries and faults.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    client::{Client, EXACT, NOW, PREVIEW},
    receiver::Receiver,
};

const HEALTHY: &str = "fca_CopperfieldSavings4421";
const SECRET: &str = "whsec_test";

/// Creates a client with an endpoint for all events in this version.
async fn listening(receiver: &Receiver, version: &str) -> Client {
    let client = Client::new();
    let form = format!("url={}&enabled_events[]=*", receiver.url);
    let made = client.submit_as("/v1/webhook_endpoints", &form, version).await;
    assert_eq!(made.status, 200, "{}", made.text);
    client
}

async fn turn(client: &Client, switches: Value) {
    let answer = client.post("/_sandbox/webhooks", switches).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn deliveries(client: &Client) -> Vec<Value> {
    client.get("/_sandbox/deliveries").await.body.as_array().unwrap().clone()
}

#[tokio::test]
async fn an_event_is_delivered_in_the_endpoints_version() {
    let (preview, ga) = (Receiver::new(&[]).await, Receiver::new(&[]).await);
    let client = listening(&preview, PREVIEW).await;
    let form = format!("url={}&enabled_events[]=*", ga.url);
    client.submit_as("/v1/webhook_endpoints", &form, "2026-10-28.endive").await;
    let (_, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    assert_eq!(client.sandbox.deliver_due().await, 5);
    assert_snapshot!(preview.types(), @"account.reactivated account.reactivated session.updated");
    assert_snapshot!(ga.types(), @"account.reactivated account.reactivated");
    let (with, without) = (preview.received()[0].event(), ga.received()[0].event());
    assert_eq!(
        (&with["api_version"], &without["api_version"]),
        (&json!(PREVIEW), &json!("2026-10-28.endive"))
    );
    assert_eq!(with["data"]["object"]["authorization"], "fcauth_AlderJenny");
    assert_eq!(without["data"]["object"].get("authorization"), None);
    assert_eq!(client.sandbox.deliver_due().await, 0, "each is delivered once");
}

#[tokio::test]
async fn a_message_looks_like_one_of_stripes() {
    let receiver = Receiver::new(&[]).await;
    let client = Client::new();
    let destination = relink_sandbox::WebhookDestination {
        url: receiver.url.clone(),
        secret: Some(SECRET.to_owned()),
        api_version: PREVIEW.to_owned(),
    };
    assert_eq!(client.sandbox.send_events_to(destination).as_deref(), Ok(SECRET));
    client.advance("2d").await;
    client.deactivate(HEALTHY).await;
    client.sandbox.deliver_due().await;
    let all = receiver.received();
    let last = all.last().unwrap();
    assert!(last.text.starts_with("{\n  \""), "indented by two: {}", last.text);
    assert_eq!(last.event()["pending_webhooks"], 1);
    assert!(last.header("stripe-signature").starts_with(&format!("t={NOW},v1=")), "dated by the real clock");
    assert_snapshot!(last.header("content-type"), @"application/json; charset=utf-8");
    let event = last.event()["id"].as_str().unwrap().to_owned();
    let read = client.get(&format!("/v1/events/{event}")).await.body;
    assert_eq!(read["pending_webhooks"], 0);
}

#[tokio::test]
async fn only_2xx_is_success_and_the_clock_triggers_the_next_attempt() {
    let receiver = Receiver::new(&[500, 302, 204]).await;
    let client = listening(&receiver, PREVIEW).await;
    client.deactivate(HEALTHY).await;
    for (wait, next) in [(0, Some(300)), (300, Some(2_100)), (1_800, None)] {
        client.advance(wait).await;
        assert_eq!(client.sandbox.deliver_due().await, 1);
        let next = next.map_or(Value::Null, |seconds: i64| json!(NOW + seconds));
        assert_eq!(deliveries(&client).await[0]["next_try"], next);
        assert_eq!(client.sandbox.deliver_due().await, 0);
    }
    assert_eq!(deliveries(&client).await[0]["state"], "succeeded");
    let signatures: Vec<String> =
        receiver.received().iter().map(|one| one.header("stripe-signature").to_owned()).collect();
    assert_eq!(signatures.len(), 3);
    let ids: Vec<Value> = receiver.received().iter().map(|one| one.event()["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "the same event each time");
}

#[tokio::test]
async fn a_delivery_fails_after_its_last_attempt_and_can_be_resent() {
    let receiver = Receiver::new(&[400, 400, 400, 400]).await;
    let client = listening(&receiver, PREVIEW).await;
    client.deactivate(HEALTHY).await;
    for _ in 0..4 {
        client.sandbox.deliver_due().await;
        client.advance("1d").await;
    }
    let failed = deliveries(&client).await.into_iter().find(|one| one["state"] == "failed").unwrap();
    assert_eq!(failed["tries"].as_array().unwrap().len(), 4);
    let list = client.get("/v1/events?delivery_success=false").await.body;
    assert_eq!(list["data"][0]["id"], failed["event"]);
    let path = format!("/_sandbox/deliveries/{}/resend", failed["id"].as_str().unwrap());
    client.post(&path, json!({})).await;
    client.sandbox.deliver_due().await;
    let again = deliveries(&client).await.into_iter().find(|one| one["id"] == failed["id"]).unwrap();
    assert_eq!(again["state"], "succeeded");
    assert_eq!(client.post("/_sandbox/deliveries/x/resend", json!({})).await.status, 404);
}

#[tokio::test]
async fn an_unreachable_endpoint_is_a_failed_attempt() {
    let client = Client::new();
    client.submit("/v1/webhook_endpoints", "url=http://127.0.0.1:1/&enabled_events[]=*").await;
    client.deactivate(HEALTHY).await;
    client.sandbox.deliver_due().await;
    assert_snapshot!(deliveries(&client).await[0]["tries"], @r#"[{"at":1795000000,"error":"connection","status":null}]"#);
}

#[tokio::test]
async fn an_event_can_be_resent_to_every_endpoint() {
    let receiver = Receiver::new(&[]).await;
    let client = Client::new();
    client.deactivate(HEALTHY).await;
    let form = format!("url={}&enabled_events[]=customer.created", receiver.url);
    client.submit("/v1/webhook_endpoints", &form).await;
    let event = client.get("/v1/events").await.body["data"][0]["id"].clone();
    let path = format!("/_sandbox/events/{}/resend", event.as_str().unwrap());
    assert_eq!(client.post(&path, json!({})).await.body[0]["state"], "waiting");
    client.sandbox.deliver_due().await;
    assert_eq!(receiver.types(), "account.deactivated");
}

#[tokio::test]
async fn webhooks_can_be_duplicated_lost_and_delayed() {
    let receiver = Receiver::new(&[]).await;
    let client = listening(&receiver, PREVIEW).await;
    turn(&client, json!({ "duplicates": 2 })).await;
    client.deactivate(HEALTHY).await;
    assert_eq!(client.sandbox.deliver_due().await, 3);
    turn(&client, json!({ "duplicates": null, "lose": 1 })).await;
    client.submit("/v1/customers", "name=Ada").await;
    assert_eq!(client.sandbox.deliver_due().await, 0);
    assert_eq!(deliveries(&client).await[0]["state"], "lost");
    turn(&client, json!({ "delay": 60 })).await;
    client.submit("/v1/customers", "name=Ada").await;
    assert_eq!(client.sandbox.deliver_due().await, 0);
    client.advance(60).await;
    assert_eq!(client.sandbox.deliver_due().await, 1);
}

#[tokio::test]
async fn webhooks_can_come_in_the_wrong_order() {
    let receiver = Receiver::new(&[]).await;
    let client = listening(&receiver, PREVIEW).await;
    turn(&client, json!({ "reorder": 2 })).await;
    client.deactivate(HEALTHY).await;
    assert_eq!(client.sandbox.deliver_due().await, 0, "the first waits for the second");
    client.post(&format!("/_sandbox/accounts/{HEALTHY}"), json!({ "status": "active" })).await;
    assert_eq!(client.sandbox.deliver_due().await, 2);
    assert_eq!(receiver.types(), "account.reactivated account.deactivated");
    client.submit("/v1/customers", "name=Ada").await;
    turn(&client, json!({ "reorder": 0 })).await;
    assert_eq!(client.sandbox.deliver_due().await, 1, "turned off, nothing is kept back");
}

#[tokio::test]
async fn signature_payload_and_version_can_be_wrong() {
    let receiver = Receiver::new(&[]).await;
    let client = listening(&receiver, PREVIEW).await;
    let last = async |switches: Value| {
        turn(&client, switches).await;
        client.submit("/v1/customers", "name=Ada").await;
        client.sandbox.deliver_due().await;
        receiver.received().pop().unwrap()
    };
    assert_eq!(last(json!({ "signature": "missing" })).await.header("stripe-signature"), "");
    let old = last(json!({ "signature": null, "signature_age": 301 })).await;
    assert!(old.header("stripe-signature").starts_with(&format!("t={},", NOW - 301)));
    let other = last(json!({ "signature_age": null, "api_version": "2025-10-29.clover" })).await;
    assert_eq!(other.event()["api_version"], "2025-10-29.clover");
    let mut thin = last(json!({ "api_version": null, "payload": "thin" })).await.event();
    (thin["id"], thin["snapshot_event"]) = ("[id]".into(), "[id]".into());
    assert_snapshot!(thin, @r#"{"context":null,"created":"2026-11-18T11:06:40.000Z","id":"[id]","livemode":false,"object":"v2.core.event","reason":{"request":{"id":"req_Sandbox000009","idempotency_key":""},"type":"request"},"related_object":{"id":"cus_Sandbox0004","type":"customer","url":"/v1/customers/cus_Sandbox0004"},"snapshot_event":"[id]","type":"v1.customer.created"}"#);
}

#[tokio::test]
async fn no_thin_event_tells_of_a_session() {
    let receiver = Receiver::new(&[]).await;
    let client = listening(&receiver, PREVIEW).await;
    turn(&client, json!({ "payload": "thin" })).await;
    let (_, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    client.sandbox.deliver_due().await;
    assert_snapshot!(receiver.types(), @"v1.account.reactivated v1.account.reactivated");
}

#[tokio::test]
async fn wrong_switches_are_refused_by_name() {
    let client = Client::new();
    for (given, refusal) in [
        (json!({ "speed": 1 }), "400 parameter_unknown speed"),
        (json!({ "signature": "blue" }), "400 - signature"),
        (json!({ "duplicates": -1 }), "400 - duplicates"),
    ] {
        assert_eq!(client.post("/_sandbox/webhooks", given).await.refusal(), refusal);
    }
}

#[tokio::test]
async fn a_disabled_or_deleted_endpoint_gets_nothing() {
    let receiver = Receiver::new(&[500]).await;
    let client = listening(&receiver, PREVIEW).await;
    client.submit("/v1/webhook_endpoints/we_Sandbox0001", "disabled=true").await;
    client.deactivate(HEALTHY).await;
    assert_eq!(client.sandbox.deliver_due().await, 0);
    client.submit("/v1/webhook_endpoints/we_Sandbox0001", "disabled=false").await;
    client.submit("/v1/customers", "name=Ada").await;
    assert_eq!(client.sandbox.deliver_due().await, 1);
    let path = "/v1/webhook_endpoints/we_Sandbox0001";
    client.send(Client::request("DELETE", path, PREVIEW).body(String::new().into()).unwrap()).await;
    client.advance("1d").await;
    assert_eq!(client.sandbox.deliver_due().await, 0);
}
