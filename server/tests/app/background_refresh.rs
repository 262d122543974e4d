//! Background work on an account after a relink.

use relink_server::Options;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::objects::{active, broken, form, repaired, session};
use crate::support::{TestApp, token};

const REFRESH: &str = "/v1/financial_connections/accounts/fca_1/refresh";
const SUBSCRIBE: &str = "/v1/financial_connections/accounts/fca_1/subscribe";

fn following_up(options: Options) -> Options {
    Options { refresh: None, subscribe: Some("balance,transactions".to_owned()), ..options }
}

/// Relinks the account, and reads the outcome twice at once and once more.
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

/// Returns the account's follow-ups.
async fn told(app: &TestApp) -> Value {
    app.get("/api/accounts/fca_1", &token("cus_1")).await.json()["follow_up"].clone()
}

/// Makes all jobs due, and runs them.
async fn later(app: &TestApp) {
    app.database.run("UPDATE work SET due = 0").await;
    relink_server::work_until_idle(&app.app).await;
}

#[tokio::test]
async fn what_is_shared_is_refreshed_and_subscribed_to_once() {
    let app = TestApp::with(following_up).await;
    let taken = || ResponseTemplate::new(200).set_body_json(active("fca_1", Some("cus_1")));
    app.stripe_takes(REFRESH, taken(), u64::MAX).await;
    app.stripe_takes(SUBSCRIBE, taken(), u64::MAX).await;
    relinked(&app).await;
    // The account's permissions are payments and balances.
    assert_eq!(
        told(&app).await,
        json!([
            {"action": "refresh", "feature": "balance", "state": "queued", "tries": 0},
            {"action": "subscribe", "feature": "balance", "state": "queued", "tries": 0},
        ])
    );
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(
        told(&app).await,
        json!([
            {"action": "refresh", "feature": "balance", "state": "done", "tries": 1},
            {"action": "subscribe", "feature": "balance", "state": "done", "tries": 1},
        ])
    );
    later(&app).await;
    let posts = [app.posts_to(REFRESH).await, app.posts_to(SUBSCRIBE).await].concat();
    assert_eq!(posts.iter().map(form).collect::<Vec<_>>(), ["features[]=balance", "features[]=balance"]);
}

#[tokio::test]
async fn what_stripe_cannot_do_now_is_done_later_and_the_customer_does_not_wait() {
    let app = TestApp::with(|options| Options { refresh: Some("balance".to_owned()), ..options }).await;
    let down = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    app.stripe_takes(REFRESH, down, 2).await;
    let taken = ResponseTemplate::new(200).set_body_json(active("fca_1", Some("cus_1")));
    app.stripe_takes(REFRESH, taken, u64::MAX).await;
    relinked(&app).await;
    relink_server::work_until_idle(&app.app).await;
    for (state, tries) in [("retrying", 1), ("retrying", 2), ("done", 3), ("done", 3)] {
        let expected = json!([{"action": "refresh", "feature": "balance", "state": state, "tries": tries}]);
        assert_eq!(told(&app).await, expected);
        later(&app).await;
    }
}

#[tokio::test]
async fn what_was_still_to_do_is_done_by_another_server_after_a_restart() {
    let app = TestApp::with(following_up).await;
    let taken = || ResponseTemplate::new(200).set_body_json(active("fca_1", Some("cus_1")));
    app.stripe_takes(REFRESH, taken(), u64::MAX).await;
    app.stripe_takes(SUBSCRIBE, taken(), u64::MAX).await;
    relinked(&app).await;
    let app = app.another().await;
    relink_server::work_until_idle(&app.app).await;
    let states =
        told(&app).await.as_array().unwrap().iter().map(|one| one["state"].clone()).collect::<Vec<_>>();
    assert_eq!(states, ["done", "done"]);
}

#[tokio::test]
async fn a_later_relink_is_what_is_told_of() {
    let app = TestApp::with(following_up).await;
    let taken = || ResponseTemplate::new(200).set_body_json(active("fca_1", Some("cus_1")));
    app.stripe_takes(REFRESH, taken(), u64::MAX).await;
    app.stripe_takes(SUBSCRIBE, taken(), u64::MAX).await;
    relinked(&app).await;
    relink_server::work_until_idle(&app.app).await;
    // It breaks again, and is relinked when Stripe already keeps the balance up to date.
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe.reset().await;
    app.stripe_makes(session("fcsess_2", "fca_1", &Value::Null)).await;
    let mut subscribed = active("fca_1", Some("cus_1"));
    subscribed["subscriptions"] = json!(["balance"]);
    app.stripe_has("/v1/financial_connections/accounts/fca_1", subscribed.clone()).await;
    let list = |account: &Value| json!({"object": "list", "data": [account], "has_more": false});
    let address = "/v1/financial_connections/accounts";
    let first = ResponseTemplate::new(200).set_body_json(list(&broken("fca_1", Some("cus_1"))));
    Mock::given(method("GET"))
        .and(path(address))
        .respond_with(first)
        .up_to_n_times(1)
        .mount(&app.stripe)
        .await;
    app.stripe_has(address, list(&subscribed)).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    let ended = session("fcsess_2", "fca_1", &repaired("fca_1"));
    app.stripe_has("/v1/financial_connections/sessions/fcsess_2", ended).await;
    assert_eq!(app.outcome(&token("cus_1"), "fcsess_2", "finished").await.status, 200);
    assert_eq!(
        told(&app).await,
        json!([{"action": "refresh", "feature": "balance", "state": "queued", "tries": 0}])
    );
}

#[tokio::test]
async fn a_refusal_is_told_and_not_repeated() {
    let app = TestApp::with(|options| Options { refresh: Some("balance".to_owned()), ..options }).await;
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"error": {"code": "too_soon"}}));
    app.stripe_takes(REFRESH, refusal, u64::MAX).await;
    relinked(&app).await;
    relink_server::work_until_idle(&app.app).await;
    let given_up = json!([{"action": "refresh", "feature": "balance", "state": "failed", "tries": 1}]);
    assert_eq!(told(&app).await, given_up);
    later(&app).await;
    assert!(app.log().contains("too_soon"));
    assert_eq!(app.posts_to(REFRESH).await.len(), 1);
}
