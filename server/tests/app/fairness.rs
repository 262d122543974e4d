//! One customer, or the holder of one link, can't use up the capacity of others.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use relink_server::{Options, RateOptions};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::objects::{broken, session};
use crate::support::{TestApp, request, token};
use crate::webhooks::event;

/// Rate limit that the greedy customer never reaches, for tests of the other customers' share.
const NO_LIMIT: u32 = 100_000;

async fn busy(customer_rate: u32) -> TestApp {
    let app = TestApp::with(|options| Options {
        stripe_rate: 25,
        limits: RateOptions { customer_rate: Some(customer_rate), background_share: None },
        ..options
    })
    .await;
    for n in 0..=30 {
        app.stripe_has_account(broken(&format!("fca_{n}"), Some(&format!("cus_{n}"))));
    }
    app
}

/// Makes Stripe create a session for any account.
async fn stripe_makes_sessions(app: &TestApp) {
    Mock::given(method("POST"))
        .and(path("/v1/financial_connections/sessions"))
        .respond_with(|request: &wiremock::Request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let account = body.split("fca_").nth(1).unwrap().split('&').next().unwrap();
            let id = format!("fcsess_{}", uuid::Uuid::now_v7().simple());
            let made = session(&id, &format!("fca_{account}"), &Value::Null);
            ResponseTemplate::new(200).set_body_json(made).set_delay(Duration::from_millis(50))
        })
        .mount(&app.stripe)
        .await;
}

async fn begin(router: Router, n: u32) -> u16 {
    let body = json!({"account": format!("fca_{n}"), "choice": "repair"});
    let request = request(Method::POST, "/api/sessions", &token(&format!("cus_{n}")), Some(&body));
    router.oneshot(request).await.unwrap().status().as_u16()
}

/// Sends requests of the first customer in a loop on sixty connections, until the result is dropped.
fn be_greedy(app: &TestApp) -> JoinSet<()> {
    let mut asking = JoinSet::new();
    for _ in 0..60 {
        let router = app.router.clone();
        asking.spawn(async move {
            loop {
                begin(router.clone(), 0).await;
                sleep(Duration::from_millis(5)).await;
            }
        });
    }
    asking
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_greedy_customer_all_clicks_of_others_succeed_and_webhooks_are_read() {
    let app = busy(NO_LIMIT).await;
    stripe_makes_sessions(&app).await;
    let _greedy = be_greedy(&app);
    // From then on the budget of a second is used up.
    while app.stripe.received_requests().await.unwrap().len() < 25 {
        sleep(Duration::from_millis(10)).await;
    }
    let mut clicks = JoinSet::new();
    for n in 1..=30 {
        let router = app.router.clone();
        clicks.spawn(async move {
            sleep(Duration::from_millis(u64::from(n) * 200)).await;
            begin(router, n).await
        });
    }
    app.tell(&event("evt_1", "fca_7")).await;
    // Only that it ends while the greedy customer goes on: `cargo xtask soak --only greedy` measures how soon.
    timeout(Duration::from_mins(1), relink_server::work_until_idle(&app.app))
        .await
        .expect("the webhook's work starves");
    assert_eq!(app.database.texts("SELECT id FROM accounts WHERE id = 'fca_7'").await, ["fca_7"]);
    let clicks = clicks.join_all().await;
    assert!(clicks.iter().all(|status| *status == 200), "{clicks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_so_many_requests_a_minute_and_is_told_how_long_to_wait() {
    let app = busy(10).await;
    stripe_makes_sessions(&app).await;
    for n in 0..12 {
        let body = json!({"account": "fca_0", "choice": "repair"});
        let answer = app.post("/api/sessions", &token("cus_0"), &body).await;
        assert_eq!(answer.status, if n < 10 { 200 } else { 429 }, "{n}");
    }
    let asked = app.stripe.received_requests().await.unwrap().len();
    let session = app.database.texts("SELECT session FROM attempts LIMIT 1").await.remove(0);
    let token = token("cus_0");
    for answer in [
        app.get("/api/accounts/fca_0", &token).await,
        app.outcome(&token, &session, "unknown").await,
        app.begin(&token, "fca_0").await,
    ] {
        assert_eq!(answer.problem(), (429, "rate_limited".to_owned()));
        let wait: u32 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), asked, "Stripe heard nothing of it");
    assert_eq!(app.get("/api/accounts/fca_1", &crate::support::token("cus_1")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn identical_reads_at_the_same_time_are_one_question_to_stripe() {
    let app = Arc::new(busy(NO_LIMIT).await);
    let mut asking = JoinSet::new();
    for _ in 0..20 {
        let (router, token) = (app.router.clone(), token("cus_1"));
        asking.spawn(async move {
            let request = request(Method::GET, "/api/accounts/fca_1", &token, None);
            router.oneshot(request).await.unwrap().status().as_u16()
        });
    }
    assert!(asking.join_all().await.iter().all(|status| *status == 200));
    let asked = app.stripe.received_requests().await.unwrap();
    let reads = asked.iter().filter(|request| request.url.path().ends_with("/fca_1")).count();
    assert_eq!(reads, 1);
}

#[tokio::test]
async fn a_budget_that_is_used_up_is_not_called_stripes_rate_limit() {
    let app = TestApp::with(|options| Options { stripe_rate: 1, ..options }).await;
    let mut asking = JoinSet::new();
    for n in 0..12 {
        let (router, token) = (app.router.clone(), token(&format!("cus_{n}")));
        asking.spawn(async move {
            let answer = router.oneshot(request(Method::GET, "/api/accounts", &token, None)).await.unwrap();
            (answer.status().as_u16(), answer.headers().get("retry-after").cloned())
        });
    }
    let answers = asking.join_all().await;
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status == 429).collect();
    assert!(!refused.is_empty() && refused.iter().all(|(_, wait)| wait.is_some()), "{answers:?}");
    let log = app.log();
    assert!(log.contains("RELINK_STRIPE_RATE") && !log.contains("Stripe's rate limit"), "{log}");
}
