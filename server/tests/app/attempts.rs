//! Attempts survive the server that began them, and all servers share them.

use relink_server::Options;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::objects::{active, broken, form, repaired, session, told};
use crate::payment_method::{INTENTS, METHODS, added, lenient, stripe_agrees};
use crate::support::{CLIENT_SECRET, TestApp, request, token};

pub(crate) const SESSION: &str = "/v1/financial_connections/sessions/fcsess_1";

/// Starts a server with an attempt in progress.
pub(crate) async fn begun(change: impl FnOnce(Options) -> Options) -> TestApp {
    let app = TestApp::with(change).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    app
}

/// Reads the outcome in its short form.
pub(crate) async fn outcome(app: &TestApp, reported: &str) -> String {
    told(&app.outcome(&token("cus_1"), "fcsess_1", reported).await.json())
}

#[tokio::test]
async fn a_restart_in_the_middle_loses_nothing() {
    let app = begun(|options| options).await;
    let mine = token("cus_1");
    assert_eq!(app.get("/api/accounts", &token("cus_2")).await.json()["unfinished"], Value::Null);
    let app = app.another().await;
    let expected =
        json!({"session": "fcsess_1", "account": "fca_1", "choice": "repair", "reported": "unknown"});
    assert_eq!(app.get("/api/accounts", &mine).await.json()["unfinished"], expected);
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    app.stripe_has(SESSION, session("fcsess_1", "fca_1", &repaired("fca_1"))).await;
    assert_eq!(outcome(&app, "finished").await, "relinked: fca_1 |  | ");
    let asked = app.stripe.received_requests().await.unwrap().len();
    let app = app.another().await;
    assert_eq!(outcome(&app, "unknown").await, "relinked: fca_1 |  | ");
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), asked, "Stripe was not asked again");
    assert_eq!(app.get("/api/accounts", &mine).await.json()["unfinished"], Value::Null);
}

#[tokio::test]
async fn what_one_server_began_another_makes_a_payment_method_of() {
    let app = TestApp::with(lenient).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    let app = app.another().await;
    assert_eq!(app.get("/api/accounts", &mine).await.json()["unfinished"]["session"], "fcsess_1");
    stripe_agrees(&app).await;
    assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
    let app = app.another().await;
    assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
    assert_eq!(app.posts_to(METHODS).await.len(), 1);
    assert_eq!(app.get("/api/accounts", &mine).await.json()["unfinished"], Value::Null);
}

#[tokio::test]
async fn twice_clicked_on_two_servers_is_once_made() {
    let app = TestApp::with(lenient).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    let other = app.another().await;
    let slow = ResponseTemplate::new(200).set_body_json(json!({"id": "pm_1"}));
    app.stripe_takes(METHODS, slow.set_delay(std::time::Duration::from_millis(50)), 1).await;
    stripe_agrees(&app).await;
    let (first, second) =
        tokio::join!(app.pay(&mine, "fcsess_1", "fca_new"), other.pay(&mine, "fcsess_1", "fca_new"));
    assert_eq!([first.status.as_u16(), second.status.as_u16()], [204; 2]);
    assert_eq!((app.posts_to(METHODS).await.len(), app.posts_to(INTENTS).await.len()), (1, 1));
}

#[tokio::test]
async fn of_two_clicks_on_two_servers_that_are_refused_stripe_sees_one() {
    let app = TestApp::with(lenient).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    let other = app.another().await;
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"error": {"code": "inactive"}}));
    // Long enough for the second click to arrive before the refusal on a busy machine; after it, the click would be a
    // new attempt to pay.
    app.stripe_takes(METHODS, refusal.set_delay(std::time::Duration::from_secs(3)), u64::MAX).await;
    let (first, second) =
        tokio::join!(app.pay(&mine, "fcsess_1", "fca_new"), other.pay(&mine, "fcsess_1", "fca_new"));
    for answer in [first, second] {
        assert_eq!(answer.problem(), (409, "payment_refused".to_owned()));
    }
    assert_eq!(app.posts_to(METHODS).await.len(), 1);
    assert_eq!(app.database.texts("SELECT CAST(refusals AS TEXT) FROM payments").await, ["1"]);
}

#[tokio::test]
async fn a_yes_outlives_the_server_that_heard_it() {
    let app = TestApp::with(lenient).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    let down = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    app.stripe_takes(METHODS, down, 1).await;
    stripe_agrees(&app).await;
    let click = async |app: &TestApp, agent: &str| {
        let body = json!({"account": "fca_new"});
        let path = "/api/sessions/fcsess_1/payment-method";
        let mut click = request(reqwest::Method::POST, path, &mine, Some(&body));
        click.headers_mut().insert("user-agent", agent.parse().unwrap());
        app.send(click).await.status.as_u16()
    };
    assert_eq!(click(&app, "First").await, 503);
    assert_eq!(click(&app.another().await, "Second").await, 204);
    let methods = app.posts_to(METHODS).await;
    assert_eq!(methods[0].headers["idempotency-key"], methods[1].headers["idempotency-key"]);
    assert!(form(&app.posts_to(INTENTS).await[0]).contains("First"));
}

#[tokio::test]
async fn what_the_database_does_not_take_opens_no_window() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    let mine = token("cus_1");
    for table in ["attempts", "audit"] {
        app.database.run(&format!("ALTER TABLE {table} RENAME TO elsewhere")).await;
        let answer = app.begin(&mine, "fca_1").await;
        assert_eq!(answer.problem(), (503, "store_unavailable".to_owned()), "{table}");
        assert!(!answer.text.contains(CLIENT_SECRET));
        app.database.run(&format!("ALTER TABLE elsewhere RENAME TO {table}")).await;
        assert_eq!(app.database.texts("SELECT session FROM attempts").await, [""; 0], "{table}");
    }
    assert_eq!(app.begin(&mine, "fca_1").await.status, 200);
}

#[tokio::test]
async fn a_yes_that_the_database_does_not_take_is_not_told_to_stripe() {
    let app = TestApp::with(lenient).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    stripe_agrees(&app).await;
    app.database.run("ALTER TABLE audit RENAME TO elsewhere").await;
    let answer = app.pay(&mine, "fcsess_1", "fca_new").await;
    assert_eq!(answer.problem(), (503, "store_unavailable".to_owned()));
    assert_eq!(app.posts_to(METHODS).await.len(), 0);
    app.database.run("ALTER TABLE elsewhere RENAME TO audit").await;
    assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
}

#[tokio::test]
async fn no_client_secret_is_in_the_database() {
    let app = TestApp::with(lenient).await;
    added(&app, &token("cus_1")).await;
    stripe_agrees(&app).await;
    assert_eq!(app.pay(&token("cus_1"), "fcsess_1", "fca_new").await.status, 204);
    for row in ["requested || known_before || COALESCE(settled, '')", "session || reported || choice"] {
        let texts = app.database.texts(&format!("SELECT {row} FROM attempts")).await;
        assert!(texts.len() == 1 && !texts[0].contains("secret"), "{texts:?}");
    }
    let texts = app.database.texts("SELECT detail || actor FROM audit").await;
    assert!(!texts.iter().any(|text| text.contains("canary")), "{texts:?}");
}
