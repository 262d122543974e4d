//! What is done with an account after it was relinked, while nobody waits.

use relink_server::Options;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::objects::{active, broken, form, repaired, session};
use crate::support::{TestApp, token};

const REFRESH: &str = "/v1/financial_connections/accounts/fca_1/refresh";
const SUBSCRIBE: &str = "/v1/financial_connections/accounts/fca_1/subscribe";

fn following_up(options: Options) -> Options {
    Options { refresh: None, subscribe: Some("balance,transactions".to_owned()), ..options }
}

/// Relinked, and asked what came of it twice at once and once more.
async fn relinked(app: &TestApp) {
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    let mine = token("cus_1");
    assert_eq!(app.begin(&mine, "fca_1").await.status, 200);
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    let address = "/v1/financial_connections/sessions/fcsess_1";
    app.stripe_has(address, session("fcsess_1", "fca_1", &repaired("fca_1"))).await;
    let ask = || app.outcome(&mine, "fcsess_1", "finished");
    let (first, second) = tokio::join!(ask(), ask());
    let third = ask().await;
    assert_eq!([first, second, third].map(|answer| answer.status.as_u16()), [200; 3]);
}

/// What is told of follow-ups, once it is in this state.
async fn told(app: &TestApp, expected: &str) -> Value {
    loop {
        let told = app.get("/api/accounts/fca_1", &token("cus_1")).await.json()["follow_up"].clone();
        if told.as_array().unwrap().iter().all(|one| one["state"] == expected) {
            return told;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_shared_is_refreshed_and_subscribed_to_once() {
    let app = TestApp::with(following_up).await;
    let taken = || ResponseTemplate::new(200).set_body_json(active("fca_1", Some("cus_1")));
    app.stripe_takes(REFRESH, taken(), u64::MAX).await;
    app.stripe_takes(SUBSCRIBE, taken(), u64::MAX).await;
    relinked(&app).await;
    // The account shares payments and balances.
    assert_eq!(
        told(&app, "done").await,
        json!([
            {"action": "refresh", "feature": "balance", "state": "done", "tries": 1},
            {"action": "subscribe", "feature": "balance", "state": "done", "tries": 1},
        ])
    );
    let posts = [app.posts_to(REFRESH).await, app.posts_to(SUBSCRIBE).await].concat();
    assert_eq!(posts.iter().map(form).collect::<Vec<_>>(), ["features[]=balance", "features[]=balance"]);
}

#[tokio::test]
async fn what_stripe_cannot_do_now_is_done_later_and_the_customer_does_not_wait() {
    let app = TestApp::with(|options| Options { refresh: Some("balance".to_owned()), ..options }).await;
    let down = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    app.stripe_takes(REFRESH, down, u64::MAX).await;
    relinked(&app).await;
    let told = told(&app, "retrying").await;
    assert_eq!(told, json!([{"action": "refresh", "feature": "balance", "state": "retrying", "tries": 1}]));
}

#[tokio::test]
async fn a_refusal_is_told_and_not_repeated() {
    let app = TestApp::with(|options| Options { refresh: Some("balance".to_owned()), ..options }).await;
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"error": {"code": "too_soon"}}));
    app.stripe_takes(REFRESH, refusal, u64::MAX).await;
    relinked(&app).await;
    assert_eq!(told(&app, "failed").await[0]["tries"], 1);
    assert!(app.log().contains("too_soon"));
    assert_eq!(app.posts_to(REFRESH).await.len(), 1);
}
