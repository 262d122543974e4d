//! `/v2/core/events` and `/v2/core/event_destinations`: thin events.

use axum::body::Body;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    client::{ACCOUNTS, Answer, Client, EXACT, PREVIEW},
    receiver::Receiver,
};

const EVENTS: &str = "/v2/core/events";
const DESTINATIONS: &str = "/v2/core/event_destinations";
const FIRST: &str = "/v2/core/event_destinations/ed_Sandbox0001";
const HEALTHY: &str = "fca_CopperfieldSavings4421";

async fn post(client: &Client, path: &str, body: Value) -> Answer {
    client.send(Client::request("POST", path, PREVIEW).body(Body::from(body.to_string())).unwrap()).await
}

/// Creates a destination for these types of thin events.
async fn listening(receiver: &Receiver, types: Value) -> Client {
    let client = Client::new();
    let body = json!({
        "name": "Mine", "type": "webhook_endpoint", "event_payload": "thin", "enabled_events": types,
        "webhook_endpoint": { "url": receiver.url },
    });
    let made = post(&client, DESTINATIONS, body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    client
}

async fn refresh(client: &Client) {
    let answer = client.submit(&format!("{ACCOUNTS}/{HEALTHY}/refresh"), "features[]=balance").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

fn types(list: &Value) -> String {
    let types: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    types.join(" ").replace("v1.financial_connections.", "")
}

#[tokio::test]
async fn a_destination_is_created_read_changed_and_deleted() {
    let client = Client::new();
    let body = json!({
        "name": "Mine", "description": "For tests", "type": "webhook_endpoint", "event_payload": "thin",
        "enabled_events": ["v1.financial_connections.account.deactivated"],
        "webhook_endpoint": { "url": "http://127.0.0.1:9/hook" }, "metadata": { "a": "1" },
        "include": ["webhook_endpoint.signing_secret", "webhook_endpoint.url"],
    });
    let mut made = post(&client, DESTINATIONS, body).await.body;
    let secret = made["webhook_endpoint"]["signing_secret"].take();
    assert!(secret.as_str().unwrap().starts_with("whsec_"));
    assert_snapshot!(made, @r#"{"created":"2026-11-18T11:06:40.000Z","description":"For tests","enabled_events":["v1.financial_connections.account.deactivated"],"event_payload":"thin","events_from":["@self"],"id":"ed_Sandbox0001","livemode":false,"metadata":{"a":"1"},"name":"Mine","object":"v2.core.event_destination","snapshot_api_version":null,"status":"enabled","status_details":null,"type":"webhook_endpoint","updated":"2026-11-18T11:06:40.000Z","webhook_endpoint":{"signing_secret":null,"url":"http://127.0.0.1:9/hook"}}"#);
    let read = client.get(FIRST).await.body;
    let hidden = json!({ "signing_secret": null, "url": null });
    assert_eq!(read["webhook_endpoint"], hidden, "shown on request only");
    let with_url = client.get(&format!("{FIRST}?include[0]=webhook_endpoint.url")).await.body;
    assert_eq!(
        with_url["webhook_endpoint"],
        json!({ "signing_secret": null, "url": "http://127.0.0.1:9/hook" })
    );
    let refusal = client.get(&format!("{FIRST}?include[0]=webhook_endpoint.signing_secret")).await.refusal();
    assert_eq!(refusal, "400 - include[0]", "the secret is shown once");
    let change = json!({ "name": "Yours", "description": null, "metadata": { "a": null, "b": "2" } });
    let changed = post(&client, FIRST, change).await.body;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Yours"), &json!("")));
    assert_eq!(changed["metadata"], json!({ "b": "2" }));
    let disabled = post(&client, &format!("{FIRST}/disable"), json!({})).await.body;
    assert_eq!(disabled["status_details"], json!({ "disabled": { "reason": "user" } }));
    assert_eq!(post(&client, &format!("{FIRST}/enable"), json!({})).await.body["status"], "enabled");
    assert_eq!(client.get(DESTINATIONS).await.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(client.get("/v1/webhook_endpoints").await.body["data"], json!([]));
    assert_eq!(client.get("/v1/webhook_endpoints/ed_Sandbox0001").await.status, 404);
    let deleted = client.send(Client::request("DELETE", FIRST, PREVIEW).body(Body::empty()).unwrap()).await;
    assert_eq!(deleted.body, json!({ "id": "ed_Sandbox0001", "object": "v2.core.event_destination" }));
    assert_eq!(client.get(FIRST).await.status, 404);
}

#[tokio::test]
async fn a_refresh_has_the_thin_events_of_its_end_and_of_its_result() {
    let receiver = Receiver::new(&[]).await;
    let client = listening(&receiver, json!(["*"])).await;
    refresh(&client).await;
    client.set(json!({ "refresh_fails": true })).await;
    refresh(&client).await;
    client.sandbox.deliver_due().await;
    assert_snapshot!(receiver.types().replace(' ', "\n"), @r"
    v1.account.refreshed_balance
    v1.account.balance_refresh_succeeded
    v1.account.refreshed_balance
    v1.account.balance_refresh_failed
    ");
    assert_eq!(types(&client.get(&format!("{EVENTS}?limit=1")).await.body), "account.balance_refresh_failed");
}

#[tokio::test]
async fn a_thin_event_names_the_object_and_the_call_and_can_be_read_by_its_id() {
    let receiver = Receiver::new(&[]).await;
    let client =
        listening(&receiver, json!(["v1.financial_connections.account.balance_refresh_succeeded"])).await;
    refresh(&client).await;
    client.sandbox.deliver_due().await;
    let [message] = <[_; 1]>::try_from(receiver.received()).unwrap();
    let mut event = message.event();
    let id = event["id"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("{EVENTS}/{id}")).await.body, event);
    let snapshot = event["snapshot_event"].as_str().unwrap().to_owned();
    let of_snapshot = client.get(&format!("/v1/events/{snapshot}")).await.body;
    assert_eq!(of_snapshot["type"], "financial_connections.account.refreshed_balance");
    assert_eq!(client.get(event["related_object"]["url"].as_str().unwrap()).await.body["id"], HEALTHY);
    for field in ["id", "snapshot_event"] {
        event[field] = "[id]".into();
    }
    assert_snapshot!(event, @r#"{"context":null,"created":"2026-11-18T11:06:40.000Z","id":"[id]","livemode":false,"object":"v2.core.event","reason":{"request":{"id":"req_Sandbox000002","idempotency_key":""},"type":"request"},"related_object":{"id":"fca_CopperfieldSavings4421","type":"financial_connections.account","url":"/v1/financial_connections/accounts/fca_CopperfieldSavings4421"},"snapshot_event":"[id]","type":"v1.financial_connections.account.balance_refresh_succeeded"}"#);
    assert_eq!(client.get(&format!("{EVENTS}/{snapshot}")).await.status, 404, "a snapshot is no thin event");
}

#[tokio::test]
async fn no_thin_event_is_about_a_session_an_authorization_or_the_refresh_of_inferred_balances() {
    let client = Client::new();
    let (_, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    let form = "features[]=inferred_balances";
    client.submit(&format!("{ACCOUNTS}/fca_AlderChecking6789/refresh"), form).await;
    assert_snapshot!(types(&client.get(EVENTS).await.body), @"account.inferred_balances_refresh_succeeded account.reactivated account.reactivated");
}

#[tokio::test]
async fn thin_events_are_listed_by_type_and_object_in_pages_for_thirty_days() {
    let client = Client::new();
    refresh(&client).await;
    client.deactivate(HEALTHY).await;
    client.deactivate("fca_HarborExpiring2750").await;
    let all = client.get(&format!("{EVENTS}?limit=2")).await.body;
    assert_eq!(types(&all), "account.deactivated account.deactivated");
    let next = client.get(all["next_page_url"].as_str().unwrap()).await.body;
    assert_eq!(types(&next), "account.balance_refresh_succeeded account.refreshed_balance");
    assert_eq!(next["next_page_url"], Value::Null);
    let of_account = client.get(&format!("{EVENTS}?object_id=fca_HarborExpiring2750")).await.body;
    assert_eq!(types(&of_account), "account.deactivated");
    let by_type = format!("{EVENTS}?types[0]=v1.financial_connections.account.refreshed_balance");
    assert_eq!(types(&client.get(&by_type).await.body), "account.refreshed_balance");
    client.advance("31d").await;
    assert_eq!(client.get(&by_type).await.body["data"], json!([]));
}

#[tokio::test]
async fn thin_events_are_listed_by_time_as_text_or_in_unix_seconds() {
    let client = Client::new();
    client.deactivate(HEALTHY).await;
    client.advance("1h").await;
    client.deactivate("fca_HarborExpiring2750").await;
    let count = async |filter: &str| {
        let answer = client.get(&format!("{EVENTS}?{filter}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["data"].as_array().unwrap().len()
    };
    for (filter, expected) in [
        ("created[gte]=2026-11-18T11:06:40.000Z", 2),
        ("created[gt]=2026-11-18T11:06:40Z", 1),
        ("created[gte]=2026-11-18T11:06:40.001Z", 1),
        ("created[lt]=2026-11-18T11:06:40.001Z", 1),
        ("created[lt]=2026-11-18T11:06:40.000Z", 0),
        ("created[lte]=2026-11-18T13:06:40%2B02:00", 1),
        ("created[gt]=1795000000", 1),
    ] {
        assert_eq!(count(filter).await, expected, "{filter}");
    }
    let refused = client.get(&format!("{EVENTS}?created[gt]=yesterday")).await.refusal();
    assert_eq!(refused, "400 - created[gt]");
    assert_eq!(client.get(&format!("{EVENTS}?created=1")).await.refusal(), "400 - created");
}

#[tokio::test]
async fn a_ping_is_sent_to_its_destination_only_and_is_no_snapshot_event() {
    let (receiver, other) = (Receiver::new(&[]).await, Receiver::new(&[]).await);
    let client = listening(&receiver, json!(["v1.customer.created"])).await;
    let form = format!("url={}&enabled_events[]=*", other.url);
    client.submit("/v1/webhook_endpoints", &form).await;
    let sent = post(&client, &format!("{FIRST}/ping"), json!({})).await.body;
    assert_eq!(sent["type"], "v2.core.event_destination.ping");
    assert_eq!(sent["related_object"]["url"], FIRST);
    client.sandbox.deliver_due().await;
    assert_eq!((receiver.received().len(), other.received().len()), (1, 0));
    assert_eq!(receiver.received()[0].event(), sent);
    assert!(client.events().await.is_empty());
}

#[tokio::test]
async fn a_destination_can_get_snapshots_in_a_version_of_its_own() {
    let receiver = Receiver::new(&[]).await;
    let client = Client::new();
    let body = json!({
        "name": "Mine", "type": "webhook_endpoint", "event_payload": "snapshot",
        "enabled_events": ["financial_connections.account.deactivated"],
        "snapshot_api_version": "2026-10-28.endive", "webhook_endpoint": { "url": receiver.url },
    });
    assert_eq!(post(&client, DESTINATIONS, body).await.body["snapshot_api_version"], "2026-10-28.endive");
    client.deactivate(HEALTHY).await;
    client.sandbox.deliver_due().await;
    let event = receiver.received()[0].event();
    assert_eq!((&event["object"], &event["api_version"]), (&json!("event"), &json!("2026-10-28.endive")));
}

#[tokio::test]
async fn a_destination_gets_the_events_of_connected_accounts_if_it_asks_for_them() {
    let mut lines = Vec::new();
    for from in [json!(["@self"]), json!(["@accounts"]), json!(["@self", "@accounts"])] {
        let receiver = Receiver::new(&[]).await;
        let client = Client::new();
        client.post("/_sandbox/connected_accounts", json!({ "id": "acct_Ada" })).await;
        let body = json!({
            "name": "Mine", "type": "webhook_endpoint", "event_payload": "thin", "events_from": from,
            "enabled_events": ["v1.customer.created"], "webhook_endpoint": { "url": receiver.url },
        });
        assert_eq!(post(&client, DESTINATIONS, body).await.body["events_from"], from);
        client.submit("/v1/customers", "name=Own").await;
        let request = Client::request("POST", "/v1/customers", PREVIEW).header("stripe-account", "acct_Ada");
        client.send(request.body(Body::from("name=Theirs")).unwrap()).await;
        client.sandbox.deliver_due().await;
        let events = receiver.received();
        let contexts: Vec<String> = events.iter().map(|one| one.event()["context"].to_string()).collect();
        lines.push(format!("{from}: {}", contexts.join(" ")));
        if let Some(theirs) =
            events.iter().map(crate::receiver::Received::event).find(|one| !one["context"].is_null())
        {
            let request = Client::request("GET", theirs["related_object"]["url"].as_str().unwrap(), PREVIEW);
            let request = request.header("stripe-context", theirs["context"].as_str().unwrap());
            assert_eq!(client.send(request.body(Body::empty()).unwrap()).await.body["name"], "Theirs");
        }
    }
    assert_snapshot!(lines.join("\n"), @r#"
    ["@self"]: null
    ["@accounts"]: "acct_Ada"
    ["@self","@accounts"]: null "acct_Ada"
    "#);
}

#[tokio::test]
async fn wrong_destinations_are_refused() {
    let client = Client::new();
    let whole = json!({
        "name": "Mine", "type": "webhook_endpoint", "event_payload": "thin",
        "enabled_events": ["v1.customer.created"], "webhook_endpoint": { "url": "http://127.0.0.1:9/hook" },
    });
    for (field, value, refusal) in [
        ("name", Value::Null, "400 parameter_invalid_empty name"),
        ("type", json!("amazon_eventbridge"), "400 - type"),
        ("event_payload", json!("fat"), "400 - event_payload"),
        ("enabled_events", json!(["customer.created"]), "400 - enabled_events[0]"),
        ("enabled_events", json!([]), "400 parameter_missing enabled_events"),
        ("webhook_endpoint", json!({ "url": "ftp://x" }), "400 - webhook_endpoint[url]"),
        ("webhook_endpoint", json!({}), "400 parameter_missing webhook_endpoint[url]"),
        ("snapshot_api_version", json!("2026-10-28.endive"), "400 - snapshot_api_version"),
        ("events_from", json!(["@organization_members"]), "400 - events_from[0]"),
        ("colour", json!("blue"), "400 parameter_unknown colour"),
    ] {
        let mut body = whole.clone();
        body[field] = value;
        assert_eq!(post(&client, DESTINATIONS, body).await.refusal(), refusal, "{field}");
    }
    let broken = Client::request("POST", DESTINATIONS, PREVIEW).body(Body::from("name=Mine")).unwrap();
    assert_eq!(client.send(broken).await.status, 400);
}
