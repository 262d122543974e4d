//! Responses to the customer when Stripe fails.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::objects::{broken, session};
use crate::support::{TestApp, token};

async fn answering(answer: ResponseTemplate) -> TestApp {
    let app = TestApp::start().await;
    Mock::given(method("GET")).respond_with(answer).mount(&app.stripe).await;
    app
}

#[tokio::test]
async fn every_answer_of_stripes_becomes_a_problem_that_the_page_knows() {
    let error = |status: u16| {
        let body = json!({"error": {"type": "x", "code": "y", "message": "z"}});
        ResponseTemplate::new(status).set_body_json(body)
    };
    for (answer, tries, status, code) in [
        (error(400), 1, 500, "misconfigured"),
        (error(401), 1, 500, "misconfigured"),
        (error(403), 1, 500, "misconfigured"),
        (error(429), 1, 429, "rate_limited"),
        (error(409), 2, 500, "misconfigured"),
        (error(500), 2, 503, "stripe_unavailable"),
        (error(503).insert_header("stripe-should-retry", "false"), 1, 503, "stripe_unavailable"),
        (ResponseTemplate::new(502).set_body_string("<html>"), 2, 503, "stripe_unavailable"),
        (ResponseTemplate::new(200).set_body_string("<html>"), 1, 503, "stripe_unavailable"),
        (ResponseTemplate::new(200).set_body_json(json!({"data": 1})), 1, 503, "stripe_unavailable"),
        (ResponseTemplate::new(200).set_body_bytes(vec![b' '; 3 << 20]), 2, 503, "stripe_unavailable"),
    ] {
        let app = answering(answer).await;
        let answer = app.get("/api/accounts", &token("cus_1")).await;
        assert_eq!(answer.problem(), (status, code.to_owned()));
        assert_eq!(app.stripe.received_requests().await.unwrap().len(), tries, "{status} {code}");
        assert_eq!(answer.headers.contains_key("retry-after"), matches!(status, 429 | 503));
    }
}

#[tokio::test]
async fn an_object_that_another_call_is_using_is_asked_for_again() {
    let app = TestApp::start().await;
    let error = json!({"error": {"type": "invalid_request_error", "code": "lock_timeout", "message": "z"}});
    let locked = ResponseTemplate::new(429).set_body_json(error);
    Mock::given(method("GET")).respond_with(locked).up_to_n_times(1).mount(&app.stripe).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    assert_eq!(app.get("/api/accounts", &token("cus_1")).await.status, 200);
}

#[tokio::test]
async fn a_stripe_that_is_not_there_is_unavailable() {
    let nobody = "http://127.0.0.1:9".to_owned();
    let app =
        TestApp::with(|options| relink_server::Options { stripe_api_url: Some(nobody), ..options }).await;
    let answer = app.get("/api/accounts", &token("cus_1")).await;
    assert_eq!(answer.problem(), (503, "stripe_unavailable".to_owned()));
    assert!(app.log().contains("Stripe can't be reached"));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_goes_nowhere_else() {
    let elsewhere = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&elsewhere).await;
    for status in [301, 302, 307, 308] {
        let app = answering(ResponseTemplate::new(status).insert_header("location", elsewhere.uri())).await;
        let answer = app.get("/api/accounts", &token("cus_1")).await;
        assert_eq!(answer.problem(), (503, "stripe_unavailable".to_owned()), "{status}");
    }
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn stripes_names_for_a_refusal_are_in_the_log_and_not_in_the_answer() {
    let body =
        json!({"error": {"code": "parameter_unknown", "param": "relink_options", "message": "No relink."}});
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let answer = ResponseTemplate::new(400).set_body_json(body).insert_header("request-id", "req_9");
    app.stripe_answers_post(answer, u64::MAX).await;
    let answer = app.begin(&token("cus_1"), "fca_1").await;
    assert_eq!(answer.problem(), (500, "misconfigured".to_owned()));
    for word in ["parameter_unknown", "No relink.", "req_9"] {
        assert!(app.log().contains(word), "{word}");
        assert!(!answer.text.contains(word), "{word}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_late_is_waited_for() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let made = ResponseTemplate::new(200).set_body_json(session("fcsess_1", "fca_1", &json!(null)));
    app.stripe_answers_post(made.set_delay(Duration::from_millis(300)), u64::MAX).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
}
