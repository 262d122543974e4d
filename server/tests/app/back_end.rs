//! Lists of connections and metrics for the merchant's back end.

use relink_server::Options;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::objects::{active, broken};
use crate::support::{API_KEY, TestApp, token};
use crate::webhooks::event;

async fn start() -> TestApp {
    TestApp::with(|options| Options { api_key: Some(SecretString::from(API_KEY)), ..options }).await
}

/// Sends an event for the account, which makes the server read it.
async fn known(app: &TestApp, account: Value) {
    let id = account["id"].as_str().unwrap().to_owned();
    app.stripe_has_account(account);
    app.tell(&event(&format!("evt_{id}"), &id)).await;
    relink_server::work_until_idle(&app.app).await;
}

async fn ids(app: &TestApp, query: &str) -> Vec<String> {
    let answer = app.get(&format!("/api/connections{query}"), API_KEY).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let list = answer.json();
    assert_eq!(list["object"], "list");
    list["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn connections_are_listed_by_state_and_customer() {
    let app = start().await;
    known(&app, broken("fca_1", Some("cus_1"))).await;
    known(&app, active("fca_2", Some("cus_1"))).await;
    known(&app, broken("fca_3", Some("cus_2"))).await;
    assert_eq!(ids(&app, "").await, ["fca_1", "fca_2", "fca_3"]);
    assert_eq!(ids(&app, "?state=broken").await, ["fca_1", "fca_3"]);
    assert_eq!(ids(&app, "?customer=cus_1").await, ["fca_1", "fca_2"]);
    assert_eq!(ids(&app, "?state=healthy&customer=cus_1").await, ["fca_2"]);
    assert_eq!(ids(&app, "?starting_after=fca_1&limit=1").await, ["fca_2"]);
    assert_eq!(app.get("/api/connections?limit=1", API_KEY).await.json()["has_more"], true);
    let first = app.get("/api/connections?limit=1", API_KEY).await.json()["data"][0].clone();
    assert_eq!((&first["state"], &first["cause"]), (&json!("broken"), &json!("access_expired")));
    assert_eq!((&first["customer"], &first["authorization"]), (&json!("cus_1"), &json!("fcauth_1")));
    for query in ["?state=sad", "?customer=fca_1", "?limit=x"] {
        let answer = app.get(&format!("/api/connections{query}"), API_KEY).await;
        assert_eq!(answer.problem().0, 400, "{query}");
    }
}

#[tokio::test]
async fn the_back_end_alone_may_ask() {
    let app = start().await;
    let without = TestApp::start().await;
    for path in ["connections", "deliveries", "deliveries/msg_1", "work", "status"] {
        let path = format!("/api/{path}");
        assert_eq!(app.get(&path, &token("cus_1")).await.problem().0, 401, "{path}");
        assert_eq!(app.get(&path, "").await.problem().0, 401, "{path}");
        assert_eq!(without.get(&path, API_KEY).await.problem().0, 404, "{path}");
    }
    for path in ["/api/deliveries/msg_1/replay", "/api/work/account:fca_1/retry"] {
        assert_eq!(app.post(path, &token("cus_1"), &json!({})).await.problem().0, 401, "{path}");
        // An unknown id is not found.
        assert_eq!(app.post(path, API_KEY, &json!({})).await.problem().0, 404, "{path}");
    }
    for path in ["/api/deliveries/msg_1", "/api/deliveries/%00", "/api/deliveries/a%2Fb"] {
        assert_eq!(app.get(path, API_KEY).await.problem().0, 404, "{path}");
    }
}

#[tokio::test]
async fn what_was_given_up_is_seen_and_can_be_tried_again() {
    let app = start().await;
    app.tell(&event("evt_1", "fca_1")).await;
    app.database
        .run("UPDATE work SET parked_at = 1000, tries = 28, last_error = 'x' WHERE kind = 'account'")
        .await;
    let parked = app.get("/api/work?state=parked", API_KEY).await.json();
    let expected = json!([{"id": "account:fca_1", "tries": 28, "due": parked["data"][0]["due"], "parked_at": 1, "last_error": "x"}]);
    assert_eq!(parked["data"], expected);
    assert_eq!(app.get("/api/status", API_KEY).await.json()["work"]["parked"], 1);
    assert_eq!(app.post("/api/work/account:fca_1/retry", API_KEY, &json!({})).await.status, 202);
    assert_eq!(app.get("/api/work?state=parked", API_KEY).await.json()["data"], json!([]));
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(ids(&app, "?state=broken").await, ["fca_1"]);
}

#[tokio::test]
async fn the_status_says_how_much_is_to_do() {
    let app = start().await;
    relink_server::work_until_idle(&app.app).await;
    app.tell(&event("evt_1", "fca_1")).await;
    let status = app.get("/api/status", API_KEY).await.json();
    assert_eq!((&status["work"]["due"], &status["work"]["parked"]), (&json!(1), &json!(0)));
    assert!(status["work"]["oldest_due"].as_i64().unwrap() > 1_700_000_000);
    let none = json!({"pending": 0, "due": 0, "oldest_pending": null, "failed": 0});
    assert_eq!(status["deliveries"], none);
    assert_eq!((&status["clock_skew"], &status["live_streams"]), (&json!(0), &json!(0)));
}
