//! Worlds for tests that run in parallel, and states that repeat exactly.

use axum::body::Body;
use relink_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{
    client::{ACCOUNTS, Answer, Client, EXACT, NOW, PREVIEW, SESSIONS, ids},
    receiver::Receiver,
};

const HEALTHY: &str = "fca_CopperfieldSavings4421";

/// Calls the API or a route of the sandbox with this key, and with the header `Sandbox-World` unless it is empty.
async fn call(client: &Client, world: &str, key: &str, method: &str, path: &str, body: &str) -> Answer {
    let request = axum::http::Request::builder().method(method).uri(path).header("stripe-version", PREVIEW);
    let request = request.header("authorization", format!("Bearer {key}"));
    let request = request.header("content-type", "application/json");
    let request = if world.is_empty() { request } else { request.header("sandbox-world", world) };
    client.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn by_header(client: &Client, world: &str, method: &str, path: &str, body: &str) -> Answer {
    call(client, world, "sk_test_sandbox", method, path, body).await
}

async fn session_in(client: &Client, world: &str) -> Value {
    by_header(client, world, "POST", SESSIONS, EXACT).await.body
}

async fn complete(client: &Client, world: &str, session: &Value) -> Answer {
    let path = format!("/_sandbox/sessions/{}/complete", session["id"].as_str().unwrap());
    by_header(client, world, "POST", &path, "").await
}

#[tokio::test]
async fn worlds_share_no_object_no_switch_no_fault_and_no_clock() {
    let client = Client::new();
    by_header(&client, "a", "POST", "/_sandbox/settings", r#"{"pending_reads":3}"#).await;
    by_header(&client, "a", "POST", "/_sandbox/clock", r#"{"advance":"2d"}"#).await;
    by_header(&client, "a", "POST", &format!("/_sandbox/accounts/{HEALTHY}"), r#"{"status":"inactive"}"#)
        .await;
    let fault = json!({ "route": format!("GET {ACCOUNTS}"), "kind": "status", "status": 500 });
    by_header(&client, "a", "POST", "/_sandbox/faults", &fault.to_string()).await;
    for world in ["", "b"] {
        let settings = by_header(&client, world, "GET", "/_sandbox/settings", "").await.body;
        assert_eq!(settings["pending_reads"], 0);
        assert_eq!(by_header(&client, world, "GET", "/_sandbox/clock", "").await.body["now"], NOW);
        let healthy = format!("{ACCOUNTS}/{HEALTHY}");
        assert_eq!(by_header(&client, world, "GET", &healthy, "").await.body["status"], "active");
        assert_eq!(by_header(&client, world, "GET", ACCOUNTS, "").await.status, 200);
    }
    assert_eq!(by_header(&client, "a", "GET", ACCOUNTS, "").await.status, 500);
    assert_eq!(client.get("/_sandbox/worlds").await.body, json!([{ "name": "a" }, { "name": "b" }]));
    client.post("/_sandbox/reset", json!({})).await;
    let a = by_header(&client, "a", "GET", "/_sandbox/clock", "").await.body;
    assert_eq!(a["now"], NOW + 2 * 86_400, "a reset is of one world");
}

#[tokio::test]
async fn no_id_is_made_in_two_worlds_not_even_after_one_was_removed() {
    let client = Client::with_unique_ids();
    by_header(&client, "a", "POST", "/_sandbox/connected_accounts", r#"{"id":"acct_Ada"}"#).await;
    let mut made = Vec::new();
    for world in ["", "a", "a-1", "a1", "b"] {
        let session = session_in(&client, world).await;
        assert_eq!(complete(&client, world, &session).await.status, 200);
        made.push(session["id"].as_str().unwrap().to_owned());
        let event = &by_header(&client, world, "GET", "/v1/events", "").await.body["data"][0]["id"];
        made.push(event.as_str().unwrap().to_owned());
        let request = by_header(&client, world, "GET", ACCOUNTS, "").await;
        made.push(request.header("request-id").to_owned());
    }
    assert_eq!(client.send(delete("a")).await.status, 200);
    assert_eq!(client.send(delete("a")).await.status, 404);
    made.push(session_in(&client, "a").await["id"].as_str().unwrap().to_owned());
    let all = made.len();
    made.sort();
    made.dedup();
    assert_eq!(made.len(), all, "{made:?}");
    assert!(made.iter().all(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')), "{made:?}");
}

fn delete(world: &str) -> axum::http::Request<Body> {
    axum::http::Request::delete(format!("/_sandbox/worlds/{world}")).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_key_can_name_the_world_so_that_stripe_js_and_every_library_reach_it() {
    let client = Client::new();
    let (secret_key, publishable) = ("sk_test_sandbox_world_shop-1", "pk_test_sandbox_world_shop-1");
    let session = call(&client, "", secret_key, "POST", SESSIONS, EXACT).await.body;
    let body = json!({ "client_secret": session["client_secret"] }).to_string();
    assert_eq!(call(&client, "", publishable, "POST", "/bank/open", &body).await.status, 200);
    assert_eq!(call(&client, "", "pk_test_sandbox", "POST", "/bank/open", &body).await.status, 400);
    complete(&client, "shop-1", &session).await;
    let path = format!("{SESSIONS}/{}", session["id"].as_str().unwrap());
    assert_eq!(call(&client, "", secret_key, "GET", &path, "").await.body["status"], "succeeded");
    assert_eq!(client.get(&path).await.status, 404);
    let live = call(&client, "", "sk_live_sandbox_world_shop-1", "GET", &path, "").await;
    assert!(live.text.contains("a similar object exists in test mode"), "{}", live.text);
    assert_eq!(call(&client, "", "sk_test_other_world_shop-1", "GET", &path, "").await.status, 401);
    let other = call(&client, "other", secret_key, "GET", &path, "").await;
    assert_eq!(other.refusal(), "400 - -");
    for name in ["Shop", "a_b", "", &"a".repeat(41)] {
        let key = format!("sk_test_sandbox_world_{name}");
        assert_eq!(call(&client, "", &key, "GET", ACCOUNTS, "").await.status, 400, "{name}");
    }
}

#[tokio::test]
async fn the_hosted_page_of_a_world_opens_its_window_there() {
    let client = Client::new();
    let form = format!("{EXACT}&ui_mode=hosted&return_url=https://m.example&hosted[delivery_method]=url");
    let session = by_header(&client, "a", "POST", SESSIONS, &form).await.body;
    let page = session["url"].as_str().unwrap().strip_prefix("http://localhost").unwrap();
    let begun = client.post(page, json!({})).await.body;
    assert_eq!(begun["publishable_key"], "pk_test_sandbox_world_a");
    let body = json!({ "client_secret": begun["client_secret"] }).to_string();
    assert_eq!(call(&client, "", "pk_test_sandbox_world_a", "POST", "/bank/open", &body).await.status, 200);
}

#[tokio::test]
async fn webhooks_of_a_world_go_to_its_endpoints_only_and_name_it() {
    let client = Client::new();
    let (main, a, b) = (Receiver::new(&[]).await, Receiver::new(&[]).await, Receiver::new(&[]).await);
    for (world, receiver) in [("", &main), ("a", &a), ("b", &b)] {
        let form = format!("url={}&enabled_events[]=*", receiver.url);
        by_header(&client, world, "POST", "/v1/webhook_endpoints", &form).await;
    }
    let live = format!("url={}&enabled_events[]=*", b.url);
    call(&client, "b", "sk_live_sandbox", "POST", "/v1/webhook_endpoints", &live).await;
    call(&client, "b", "sk_live_sandbox", "POST", "/v1/customers", "name=Ada").await;
    let session = session_in(&client, "a").await;
    complete(&client, "a", &session).await;
    while client.sandbox.deliver_due().await > 0 {}
    assert_eq!(main.received().len(), 0);
    assert_eq!(a.types(), "account.reactivated account.reactivated session.updated");
    assert_eq!(a.received()[0].header("sandbox-world"), "a");
    assert_eq!(
        (b.types(), b.received()[0].event()["livemode"].clone()),
        ("customer.created".to_owned(), json!(true))
    );
}

/// Makes a few calls and returns everything that they brought about.
async fn story(client: &Client, world: &str) -> Value {
    let session = session_in(client, world).await;
    complete(client, world, &session).await;
    by_header(client, world, "POST", "/_sandbox/clock", r#"{"advance":"1d"}"#).await;
    by_header(client, world, "POST", "/v1/customers", "name=Ada").await;
    by_header(client, world, "GET", "/v1/events?limit=100", "").await.body
}

#[tokio::test]
async fn the_same_seed_and_time_make_the_same_ids_and_times_in_every_run() {
    let ticking = || {
        static SECONDS: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(NOW);
        SECONDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    };
    let reset = json!({ "seed": "checkout", "clock": 1_800_000_000 }).to_string();
    let mut stories = Vec::new();
    for client in [Client::of(Sandbox::with_unique_ids(ticking)), Client::of(Sandbox::seeded(ticking))] {
        for _ in 0..2 {
            for world in ["", "a"] {
                by_header(&client, world, "POST", "/_sandbox/reset", &reset).await;
                stories.push(story(&client, world).await);
            }
        }
    }
    assert_eq!((&stories[0], &stories[1]), (&stories[2], &stories[3]), "again in the same process");
    assert_eq!((&stories[0], &stories[1]), (&stories[4], &stories[5]), "in another one");
    assert_ne!(ids(&stories[0]), ids(&stories[1]), "two worlds share no id");
    assert_eq!(stories[0]["data"][0]["created"], 1_800_086_400);
    let client = Client::new();
    client.sandbox.stop_clock_at(1_700_000_000);
    for world in ["", "a"] {
        by_header(&client, world, "POST", "/_sandbox/reset", &reset).await;
        by_header(&client, world, "POST", "/_sandbox/reset", "").await;
        let clock = by_header(&client, world, "GET", "/_sandbox/clock", "").await.body;
        assert_eq!(
            (&clock["now"], &clock["stopped"]),
            (&json!(1_700_000_000), &json!(true)),
            "as it started"
        );
    }
}

#[tokio::test]
async fn a_stopped_clock_moves_when_it_is_advanced_and_can_run_again() {
    let ticking = || {
        static SECONDS: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(NOW);
        SECONDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    };
    let client = Client::of(Sandbox::seeded(ticking));
    let stopped = client.post("/_sandbox/clock", json!({ "stopped": true })).await.body;
    let then = client.get("/_sandbox/clock").await.body;
    assert_eq!((&then["now"], &then["stopped"]), (&stopped["now"], &json!(true)));
    let later =
        client.post("/_sandbox/clock", json!({ "advance": "1m" })).await.body["now"].as_i64().unwrap();
    assert_eq!(later, then["now"].as_i64().unwrap() + 60);
    assert_eq!(client.post("/_sandbox/clock", json!({ "stopped": "yes" })).await.refusal(), "400 - stopped");
    client.post("/_sandbox/clock", json!({ "stopped": false })).await;
    assert!(client.get("/_sandbox/clock").await.body["now"].as_i64().unwrap() > later);
}

#[tokio::test]
async fn a_reset_refuses_a_seed_that_is_no_word_a_time_out_of_range_and_both_for_a_connected_account() {
    let client = Client::new();
    for time in [-1, 253_402_300_800, i64::MAX] {
        let refused = client.post("/_sandbox/reset", json!({ "clock": time })).await;
        assert_eq!(refused.refusal(), "400 - clock", "{time}");
    }
    for seed in ["", "A", "a-b", "123456789012345678901"] {
        let refused = client.post("/_sandbox/reset", json!({ "seed": seed })).await;
        assert_eq!(refused.refusal(), "400 - seed", "{seed}");
    }
    client.post("/_sandbox/connected_accounts", json!({ "id": "acct_Ada" })).await;
    let request = axum::http::Request::post("/_sandbox/reset").header("stripe-account", "acct_Ada");
    let refused = client.send(request.body(Body::from(r#"{"clock":1}"#)).unwrap()).await;
    assert_eq!(refused.refusal(), "400 - -");
}
