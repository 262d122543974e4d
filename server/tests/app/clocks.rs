//! Clocks that are wrong.

use relink_server::Options;
use secrecy::SecretString;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::objects::{active, broken};
use crate::support::{API_KEY, TestApp, token};
use crate::webhooks::event;

async fn start() -> TestApp {
    TestApp::with(|options| Options { api_key: Some(SecretString::from(API_KEY)), ..options }).await
}

async fn state(app: &TestApp) -> Vec<String> {
    app.database.texts("SELECT state FROM accounts WHERE id = 'fca_1'").await
}

#[tokio::test]
async fn an_answer_that_is_dated_2099_freezes_no_account() {
    let app = start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let future = ResponseTemplate::new(200)
        .set_body_json(broken("fca_1", Some("cus_1")))
        .insert_header("date", "Thu, 01 Jan 2099 00:00:00 GMT");
    let once = Mock::given(method("GET")).and(path("/v1/financial_connections/accounts/fca_1"));
    once.respond_with(future).up_to_n_times(1).with_priority(1).mount(&app.stripe).await;
    app.tell(&event("evt_1", "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(state(&app).await, ["broken"]);
    assert!(app.log().contains("ahead of Stripe's"));
    // The bank login works again, and another event reports it.
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    app.tell(&event("evt_2", "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(state(&app).await, ["healthy"]);
}

#[tokio::test]
async fn what_is_stored_for_2099_stops_nothing_after_a_start() {
    let app = start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.get("/api/accounts", &token("cus_1")).await;
    app.tell(&event("evt_1", "fca_1")).await;
    for statement in [
        "INSERT INTO budget (name, next_at) VALUES ('stripe', 4070908800000) ON CONFLICT (name) DO NOTHING",
        "UPDATE budget SET next_at = 4070908800000",
        "UPDATE meta SET value = '4070908800000' WHERE name IN ('began_at', 'last_seen', 'without_gap_since')",
        "UPDATE customers SET listed_at = 4070908800000",
        "UPDATE accounts SET read_at = 4070908800000, changed_at = 4070908800000, as_of = 4070908800",
        "UPDATE work SET due = 4070908800000, lease_until = 4070908800000, leased_by = 'another'",
    ] {
        app.database.run(statement).await;
    }
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    let again = app.another().await;
    relink_server::work_until_idle(&again.app).await;
    assert_eq!(state(&again).await, ["healthy"]);
    for _ in 0..3 {
        assert_eq!(again.get("/api/accounts", &token("cus_1")).await.status, 200);
    }
    let asked = again.stripe.received_requests().await.unwrap();
    let listings = asked.iter().filter(|request| request.url.path().ends_with("/accounts")).count();
    assert!(listings <= 3, "{listings}");
}

#[tokio::test]
async fn readiness_and_status_say_how_far_clocks_are_apart() {
    let app = start().await;
    let ready = app.get("/readyz", "").await;
    assert_eq!(ready.status, 200);
    assert!(ready.text.starts_with("ready\nclock: ") && ready.text.contains("Stripe's"), "{}", ready.text);
    assert_eq!(app.get("/api/status", API_KEY).await.json()["clock"]["ahead_of_stripe"], json!(null));
    app.get("/api/accounts", &token("cus_1")).await;
    let clock = &app.get("/api/status", API_KEY).await.json()["clock"];
    assert!(clock["ahead_of_stripe"].as_i64().unwrap().abs() <= 1, "{clock}");
    assert!(["database", "machine"].contains(&clock["source"].as_str().unwrap()), "{clock}");
}
