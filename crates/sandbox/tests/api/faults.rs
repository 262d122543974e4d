//! `/_sandbox/faults`: each kind, as a client in the same process sees it. Tests of connections are in `wire`.

use std::time::Duration;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::client::{ACCOUNTS, Answer, Client, EXACT, PREVIEW, SESSIONS};

const ONE: &str = "/v1/financial_connections/accounts/fca_AlderChecking6789";

async fn add(client: &Client, fault: Value) -> Answer {
    client.post("/_sandbox/faults", fault).await
}

fn with_key(key: &str) -> Request<Body> {
    let request = Client::request("POST", SESSIONS, PREVIEW).header("idempotency-key", key);
    request.body(EXACT.into()).unwrap()
}

#[tokio::test]
async fn a_fault_lasts_for_its_times_or_for_its_time() {
    let client = Client::new();
    add(&client, json!({ "route": format!("GET {ACCOUNTS}"), "status": 500, "times": 2 })).await;
    let statuses = [client.get(ACCOUNTS).await, client.get(ACCOUNTS).await, client.get(ACCOUNTS).await];
    assert_eq!(statuses.map(|answer| answer.status.as_u16()), [500, 500, 200]);
    add(&client, json!({ "route": "GET /v1/*", "status": 503, "seconds": 60 })).await;
    for _ in 0..3 {
        assert_eq!(client.get(ONE).await.status, 503);
    }
    assert_eq!(client.get("/_sandbox/faults").await.body.as_array().unwrap().len(), 1);
    client.advance(60).await;
    assert_eq!(client.get(ONE).await.status, 200);
    assert_eq!(client.get("/_sandbox/faults").await.body, json!([]));
}

#[tokio::test]
async fn faults_can_be_taken_away() {
    let client = Client::new();
    add(&client, json!({ "route": "GET /v1/*", "status": 503, "times": 9 })).await;
    client.send(Request::delete("/_sandbox/faults").body(Body::empty()).unwrap()).await;
    assert_eq!(client.get(ONE).await.status, 200);
}

#[tokio::test]
async fn a_rate_limit_says_why() {
    let client = Client::new();
    add(&client, json!({ "route": format!("GET {ACCOUNTS}"), "status": 429 })).await;
    let answer = client.get(ACCOUNTS).await;
    assert_eq!(
        (answer.refusal().as_str(), answer.header("stripe-rate-limited-reason")),
        ("429 rate_limit -", "global-rate")
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_comes_late_and_a_silent_one_never() {
    let client = Client::new();
    add(&client, json!({ "route": "GET /v1/*", "kind": "slow", "milliseconds": 4_000 })).await;
    let begun = Instant::now();
    assert_eq!(client.get(ONE).await.status, 200);
    assert!(begun.elapsed() >= Duration::from_secs(4));
    add(&client, json!({ "route": "GET /v1/*", "kind": "silent" })).await;
    assert!(timeout(Duration::from_hours(1), client.get(ONE)).await.is_err());
    assert_eq!(client.get(ONE).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_key_of_a_call_under_way_is_in_use_until_it_is_over() {
    let client = Client::new();
    add(&client, json!({ "route": format!("POST {SESSIONS}"), "kind": "slow" })).await;
    let (first, (second, later)) = tokio::join!(client.send(with_key("k")), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let second = client.send(with_key("k")).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        (second, client.send(with_key("k")).await)
    });
    assert_eq!(second.refusal(), "409 idempotency_key_in_use -");
    assert_eq!((first.status.as_u16(), &later.body), (200, &first.body));
    assert_eq!(later.header("idempotent-replayed"), "true");
    add(&client, json!({ "route": format!("POST {SESSIONS}"), "kind": "silent" })).await;
    assert!(timeout(Duration::from_secs(9), client.send(with_key("other"))).await.is_err());
    assert_eq!(client.send(with_key("other")).await.status, 200, "a caller that went away holds nothing");
}

#[tokio::test]
async fn an_error_after_the_call_was_executed_is_stored_like_any_answer() {
    let client = Client::new();
    add(&client, json!({ "route": format!("POST {SESSIONS}"), "status": 500, "executed": true })).await;
    let (first, again) = (client.send(with_key("k")).await, client.send(with_key("k")).await);
    assert_eq!((first.status.as_u16(), &first.body), (500, &again.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let state = client.get("/_sandbox/state").await.body;
    assert_eq!(state["sessions"].as_array().unwrap().len(), 1);
    add(&client, json!({ "route": format!("POST {SESSIONS}"), "status": 500 })).await;
    assert_eq!(client.send(with_key("before")).await.status, 500);
    assert_eq!(client.send(with_key("before")).await.status, 200, "before it, nothing is stored");
}

#[tokio::test]
async fn faults_can_distort_bodies() {
    let client = Client::new();
    let spoilt = async |kind: &str, path: &str| {
        add(&client, json!({ "route": format!("GET {path}"), "kind": kind })).await;
        client.get(path).await
    };
    assert_eq!(spoilt("garbage", ONE).await.body, Value::Null);
    assert_eq!(spoilt("empty", ONE).await.text, "");
    let html = spoilt("content_type", ONE).await;
    assert_eq!(
        (html.header("content-type"), &html.body["id"]),
        ("text/html; charset=utf-8", &json!("fca_AlderChecking6789"))
    );
    let script = spoilt("garbage", "/stripe.js").await;
    assert!(script.header("content-type").starts_with("text/javascript") && !script.text.contains("Stripe"));
    assert_eq!(spoilt("empty", "/stripe.js").await.text, "");
}

#[tokio::test]
async fn a_preview_call_can_be_answered_in_the_shape_of_ga() {
    let client = Client::new();
    add(&client, json!({ "route": "GET /v1/*", "kind": "ga_shape" })).await;
    let account = client.get(ONE).await.body;
    assert_eq!((account.get("authorization"), &account["status_details"]), (None, &json!({})));
    add(&client, json!({ "route": format!("POST {SESSIONS}"), "kind": "ga_shape" })).await;
    let session = client.create(EXACT).await.body;
    assert_eq!((session.get("status"), session.get("relink_options")), (None, None));
    assert!(session["client_secret"].is_string());
}

#[tokio::test]
async fn faults_that_make_no_sense_are_refused() {
    let client = Client::new();
    let route = "GET /v1/x";
    for (fault, refusal) in [
        (json!({ "route": route }), "400 - status"),
        (json!({ "route": route, "status": 302 }), "400 - status"),
        (json!({ "route": route, "kind": "slow", "status": 500 }), "400 - status"),
        (json!({ "route": route, "kind": "cut", "milliseconds": 5 }), "400 - milliseconds"),
        (json!({ "route": route, "kind": "cut", "should_retry": true }), "400 - should_retry"),
    ] {
        assert_eq!(add(&client, fault).await.refusal(), refusal);
    }
}

#[tokio::test]
async fn an_object_can_be_locked_by_another_call() {
    let client = Client::new();
    for (advice, header) in [(json!(null), ""), (json!(true), "true"), (json!(false), "false")] {
        add(&client, json!({ "route": "GET /v1/*", "kind": "lock_timeout", "should_retry": advice })).await;
        let locked = client.get(ONE).await;
        assert_eq!(locked.refusal(), "429 lock_timeout -");
        assert_eq!(locked.header("stripe-should-retry"), header);
        assert_eq!(locked.header("stripe-rate-limited-reason"), "", "no rate limit");
        assert_eq!(client.get(ONE).await.status, 200);
    }
    add(&client, json!({ "route": "GET /v1/*", "status": 409 })).await;
    assert_eq!(client.get(ONE).await.refusal(), "409 idempotency_key_in_use -");
}
