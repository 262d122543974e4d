//! The dashboard.

use serde_json::json;

use crate::client::Client;

#[tokio::test]
async fn every_file_of_the_dashboard_is_served() {
    let client = Client::new();
    let page = client.get("/").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let mut files: Vec<String> = page
        .text
        .split('"')
        .filter_map(|part| part.strip_prefix("/_sandbox/room/"))
        .map(str::to_owned)
        .collect();
    let mut at = 0;
    while let Some(name) = files.get(at).cloned() {
        let file = client.get(&format!("/_sandbox/room/{name}")).await;
        assert_eq!(file.status, 200, "{name}");
        for imported in file.text.split('\'').filter_map(|part| part.strip_prefix("./")) {
            if !files.iter().any(|known| known == imported) {
                files.push(imported.to_owned());
            }
        }
        at += 1;
    }
    assert!(files.len() > 12, "{files:?}");
    assert_eq!(client.get("/_sandbox/room/secret.js").await.status, 404);
}

#[tokio::test]
async fn reading_the_last_events_is_not_counted_and_needs_no_key() {
    let client = Client::new();
    client.deactivate("fca_CopperfieldSavings4421").await;
    let events = client.get("/_sandbox/events").await.body;
    let last = &events[0];
    assert_eq!(
        (&last["type"], &last["object"]),
        (&json!("financial_connections.account.deactivated"), &json!("fca_CopperfieldSavings4421"))
    );
    assert_eq!(client.get("/_sandbox/state").await.body["calls"], json!({}));
}

#[tokio::test]
async fn a_fault_of_every_call_does_not_affect_the_dashboard() {
    let client = Client::new();
    client.post("/_sandbox/faults", json!({ "route": "GET *", "status": 500, "times": 9 })).await;
    for path in ["/", "/_sandbox/room/main.js", "/_sandbox/events", "/_sandbox/state"] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
}
