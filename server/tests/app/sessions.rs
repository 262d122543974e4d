//! How an attempt begins.

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{CLIENT_SECRET, TestApp, broken, request, session, token};

async fn with_account(account: Value) -> TestApp {
    let app = TestApp::start().await;
    app.stripe_has_account(account).await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    app
}

#[tokio::test]
async fn stripe_is_asked_for_exactly_this_account_and_the_page_gets_what_it_needs() {
    let app = with_account(broken("fca_1", Some("cus_1"))).await;
    let answer = app.begin(&token("cus_1"), "fca_1").await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let expected =
        json!({"session": "fcsess_1", "client_secret": CLIENT_SECRET, "publishable_key": "pk_test_1"});
    assert_eq!(answer.json(), expected);
    let posts = app.posts().await;
    let sent = &posts[0];
    assert_eq!(sent.headers["stripe-version"], "2026-09-30.preview");
    assert_eq!(sent.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(sent.headers["authorization"], "Bearer rk_test_canary");
    let form = String::from_utf8(sent.body.clone()).unwrap().replace("%5B", "[").replace("%5D", "]");
    assert_snapshot!(form.replace('&', "\n"), @r"
    account_holder[type]=customer
    account_holder[customer]=cus_1
    permissions[]=payment_method
    permissions[]=balances
    relink_options[authorization]=fcauth_1
    relink_options[account]=fca_1
    filters[account_subcategories][]=checking
    filters[account_subcategories][]=savings
    limits[accounts]=1
    ");
}

#[tokio::test]
async fn a_new_attempt_has_a_new_idempotency_key_and_a_repeated_question_the_old_one() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1"))).await;
    app.stripe_answers_post(ResponseTemplate::new(503), 1).await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    let token = token("cus_1");
    for _ in 0..2 {
        assert_eq!(app.begin(&token, "fca_1").await.status, 200);
    }
    let posts = app.posts().await;
    let keys: Vec<_> = posts.iter().map(|post| post.headers["idempotency-key"].to_str().unwrap()).collect();
    assert_eq!(keys.len(), 3);
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[1], keys[2]);
    assert_eq!(posts[0].body, posts[1].body);
}

#[tokio::test]
async fn what_a_relink_cannot_help_is_not_begun() {
    for (status, details) in [
        ("active", json!({})),
        ("disconnected", json!({})),
        ("inactive", json!({"inactive": {"action": "none", "cause": "account_closed"}})),
        ("hibernating", json!({})),
    ] {
        let mut account = broken("fca_1", Some("cus_1"));
        account["status"] = json!(status);
        account["status_details"] = details;
        let app = with_account(account).await;
        let answer = app.begin(&token("cus_1"), "fca_1").await;
        assert_eq!(answer.problem(), (409, "not_repairable".to_owned()), "{status}");
        assert_eq!(app.posts().await.len(), 0);
    }
}

#[tokio::test]
async fn a_session_that_does_not_echo_the_relink_is_a_misconfiguration_and_opens_nothing() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1"))).await;
    let mut general = session("fcsess_1", "fca_1", &Value::Null);
    general.as_object_mut().unwrap().remove("relink_options");
    app.stripe_makes(general).await;
    let answer = app.begin(&token("cus_1"), "fca_1").await;
    assert_eq!(answer.problem(), (500, "misconfigured".to_owned()));
    assert!(!answer.text.contains(CLIENT_SECRET));
}

#[tokio::test]
async fn a_request_in_another_form_is_refused_as_a_problem() {
    let app = with_account(broken("fca_1", Some("cus_1"))).await;
    let token = token("cus_1");
    let send = async |content_type: &str, body: &str| {
        let mut request = request(Method::POST, "/api/sessions", &token, None);
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        *request.body_mut() = body.to_owned().into();
        app.send(request).await.problem()
    };
    let invalid = |status: u16| (status, "invalid_request".to_owned());
    assert_eq!(send("text/plain", r#"{"account":"fca_1"}"#).await, invalid(415));
    assert_eq!(send("application/x-www-form-urlencoded", "account=fca_1").await, invalid(415));
    for body in ["", "{", "[]", "{}", r#"{"account":"cus_1"}"#, r#"{"account":"fca_1","authorization":"x"}"#]
    {
        assert_eq!(send("application/json", body).await, invalid(400), "{body}");
    }
    let large = format!(r#"{{"account":"fca_1{}"}}"#, "1".repeat(16 * 1024));
    assert_eq!(send("application/json", &large).await, invalid(413));
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), 0);
}
