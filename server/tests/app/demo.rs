//! In a demo, every visitor is the demo customer.

use axum::http::Request;
use relink_server::Options;
use serde_json::{Value, json};

use crate::objects::{broken, session};
use crate::support::{Answer, TestApp};

async fn demo() -> TestApp {
    TestApp::with(|options| Options {
        stripe_secret_key: None,
        stripe_publishable_key: None,
        stripe_api_url: None,
        stripe_js_url: None,
        merchant_name: None,
        token_audience: Some("demo".to_owned()),
        demo_customer: Some("cus_1".to_owned()),
        ..options
    })
    .await
}

async fn token(app: &TestApp, cookie: &str) -> Answer {
    let request = Request::get("/demo/token").header("cookie", cookie).body(String::new().into()).unwrap();
    app.send(request).await
}

fn text(answer: &Answer) -> String {
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_reload_is_the_same_sign_in_session_and_another_browser_is_not() {
    let app = demo().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    let first = token(&app, "a=b").await;
    assert_eq!(first.headers["cache-control"], "no-store");
    let cookie = first.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/demo; HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(app.begin(&text(&first), "fca_1").await.status, 200);
    let unfinished = async |answer: Answer| {
        app.get("/api/accounts", &text(&answer)).await.json()["unfinished"]["session"].clone()
    };
    let pair = format!("a=b; {}", cookie.split(';').next().unwrap());
    assert_eq!(unfinished(token(&app, &pair).await).await, json!("fcsess_1"));
    for other in ["", "relink_demo=", "relink_demo=nonsense", "relink_demox=1"] {
        assert_eq!(unfinished(token(&app, other).await).await, Value::Null, "{other}");
    }
}

#[tokio::test]
async fn without_a_demo_nobody_is_given_a_token() {
    let app = TestApp::start().await;
    assert_eq!(token(&app, "").await.status, 404);
}

#[tokio::test]
async fn the_own_page_asks_for_the_demos_tokens() {
    let app = demo().await;
    let page = app.get("/", "").await;
    assert!(page.text.contains("<bank-relink token-url=\"/demo/token\"></bank-relink>"), "{}", page.text);
}
