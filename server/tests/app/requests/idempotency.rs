//! Idempotency keys: the same question twice makes one request.

use reqwest::Method;
use serde_json::{Value, json};

use super::{REQUESTS, plain};
use crate::support::{API_KEY, Answer, TestApp, request};

async fn ask(app: &TestApp, key: &str, body: &Value) -> Answer {
    ask_by(app, API_KEY, key, body).await
}

async fn ask_by(app: &TestApp, api_key: &str, key: &str, body: &Value) -> Answer {
    let mut request = request(Method::POST, REQUESTS, api_key, Some(body));
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    app.send(request).await
}

fn body() -> Value {
    json!({"account": "fca_1", "delivery": "link"})
}

#[tokio::test]
async fn under_the_same_key_the_same_request_and_the_same_link_come_back() {
    // Has a character that no hash has.
    const KEY: &str = "order.7";
    let app = plain().await;
    let first = ask(&app, KEY, &body()).await;
    let again = ask(&app.another().await, KEY, &body()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.json(), again.json(), "with the link, which is kept nowhere");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let link = first.json()["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    assert_eq!(super::open(&app, &link).await.status, 200);
    assert_ne!(ask(&app, "k2", &body()).await.json()["id"], first.json()["id"]);
    let rows = app.database.texts("SELECT fingerprint || salt || key FROM idempotency").await.join(" ");
    assert!(!rows.contains(&link) && !rows.contains(KEY), "{rows}");
}

#[tokio::test]
async fn another_question_under_the_same_key_is_refused() {
    let app = plain().await;
    ask(&app, "k1", &body()).await;
    let other = json!({"account": "fca_1", "delivery": "link", "expires_in": 3600});
    assert_eq!(ask(&app, "k1", &other).await.problem(), (422, "idempotency_key_reused".to_owned()));
    assert_eq!(ask(&app, &"k".repeat(256), &body()).await.problem().0, 400);
}

#[tokio::test]
async fn by_another_api_key_no_link_comes_back_that_leads_nowhere() {
    let app = plain().await;
    ask(&app, "k1", &body()).await;
    let changed = app.with_api_key("another-api-key-of-thirty-two-letters").await;
    let again = ask_by(&changed, "another-api-key-of-thirty-two-letters", "k1", &body()).await;
    assert_eq!(again.problem(), (422, "idempotency_key_reused".to_owned()));
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let app = plain().await;
    let working = json!({"account": "fca_2", "delivery": "link"});
    app.stripe_has_account(crate::objects::active("fca_2", Some("cus_1")));
    assert_eq!(ask(&app, "k1", &working).await.problem().0, 409);
    app.stripe_has_account(crate::objects::broken("fca_2", Some("cus_1")));
    app.tell(&crate::webhooks::event("evt_1", "fca_2")).await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(ask(&app, "k1", &working).await.status, 201);
}

#[tokio::test]
async fn of_32_at_once_on_two_servers_one_makes_it() {
    let app = plain().await;
    let other = app.another().await;
    ask(&app, "warm", &body()).await;
    let mut asking = tokio::task::JoinSet::new();
    for n in 0..32 {
        let router = if n % 2 == 0 { app.router.clone() } else { other.router.clone() };
        let mut request = request(Method::POST, REQUESTS, API_KEY, Some(&body()));
        request.headers_mut().insert("idempotency-key", "k1".parse().unwrap());
        asking.spawn(async move {
            let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
            assert_eq!(response.status(), 201);
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked.unwrap();
    }
    let made = app.database.texts("SELECT id FROM requests").await;
    assert_eq!(made.len(), 2);
}
