//! `/v1/webhook_endpoints`

use axum::body::Body;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{Client, PREVIEW, ids};

const PATH: &str = "/v1/webhook_endpoints";
const FORM: &str = "url=https://example.com/hook&enabled_events[]=financial_connections.account.deactivated\
    &metadata[by]=test&description=Ours";

#[tokio::test]
async fn an_endpoint_shows_its_secret_once_and_takes_the_preview_of_its_creation() {
    let client = Client::new();
    let mut made = client.submit(PATH, FORM).await.body;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let read = client.get(&format!("{PATH}/we_Sandbox0001")).await.body;
    made.as_object_mut().unwrap().remove("secret");
    assert_eq!(made, read);
    assert_snapshot!(format!("{read:#}"), @r#"
    {
      "api_version": "2026-09-30.preview",
      "application": null,
      "created": 1795000000,
      "description": "Ours",
      "enabled_events": [
        "financial_connections.account.deactivated"
      ],
      "id": "we_Sandbox0001",
      "livemode": false,
      "metadata": {
        "by": "test"
      },
      "object": "webhook_endpoint",
      "status": "enabled",
      "url": "https://example.com/hook"
    }
    "#);
    let state = client.get("/_sandbox/state").await;
    assert!(!state.text.contains("whsec_"));
}

#[tokio::test]
async fn a_ga_version_can_be_named_and_without_any_it_is_the_accounts() {
    let client = Client::new();
    let ga = "2026-10-28.endive";
    let named = client.submit(PATH, &format!("{FORM}&api_version={ga}")).await.body;
    assert_eq!(named["api_version"], ga);
    assert_eq!(client.submit_as(PATH, FORM, ga).await.body["api_version"], Value::Null);
    let preview = client.submit(PATH, &format!("{FORM}&api_version={PREVIEW}")).await;
    assert_eq!(preview.refusal(), "400 - api_version");
}

#[tokio::test]
async fn endpoints_are_listed_changed_and_deleted() {
    let client = Client::new();
    client.submit(PATH, FORM).await;
    client.submit(PATH, FORM).await;
    assert_eq!(ids(&client.get(PATH).await.body), "we_Sandbox0002 we_Sandbox0001");
    let one = format!("{PATH}/we_Sandbox0001");
    let form = "disabled=true&url=http://example.com/other&enabled_events[]=*&metadata[by]=&description=";
    let changed = client.submit(&one, form).await.body;
    assert_eq!(
        (&changed["status"], &changed["url"]),
        (&json!("disabled"), &json!("http://example.com/other"))
    );
    assert_eq!((&changed["metadata"], &changed["description"]), (&json!({}), &Value::Null));
    let delete =
        async || client.send(Client::request("DELETE", &one, PREVIEW).body(Body::empty()).unwrap()).await;
    assert_eq!(
        delete().await.body,
        json!({ "id": "we_Sandbox0001", "object": "webhook_endpoint", "deleted": true })
    );
    assert_eq!(delete().await.refusal(), "404 resource_missing id");
    assert_eq!(ids(&client.get(PATH).await.body), "we_Sandbox0002");
    client.post("/_sandbox/reset", json!({})).await;
    assert_eq!(ids(&client.get(PATH).await.body), "");
}

#[tokio::test]
async fn wrong_endpoints_are_refused_by_name() {
    let client = Client::new();
    let table = [
        ("enabled_events[]=*", "400 parameter_missing url"),
        ("url=https://example.com", "400 parameter_missing enabled_events"),
        ("url=example.com&enabled_events[]=*", "400 url_invalid url"),
        ("url=ftp://example.com&enabled_events[]=*", "400 url_invalid url"),
        (
            "url=https://a.example&enabled_events[]=*&enabled_events[]=financial_connections.x",
            "400 - enabled_events[1]",
        ),
        ("url=https://a.example&enabled_events[]=*&secret=x", "400 parameter_unknown secret"),
        ("url=https://a.example&enabled_events[]=*&api_version=new", "400 - api_version"),
    ];
    for (form, refusal) in table {
        assert_eq!(client.submit(PATH, form).await.refusal(), refusal, "{form}");
    }
}
