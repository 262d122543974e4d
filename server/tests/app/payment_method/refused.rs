//! Payment methods that Stripe or this server refuses.

use std::time::Duration;

use relink_server::Options;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::{
    INTENTS, METHODS, added, intent, keys, lenient, payment_method, shop, stripe_agrees, unfinished,
};
use crate::support::{TestApp, now, signed, token};

#[tokio::test]
async fn what_stripe_does_not_confirm_at_once_is_taken_back() {
    let declined = ResponseTemplate::new(402).insert_header("request-id", "req_402").set_body_json(json!({"error": {
        "type": "card_error", "code": "setup_intent_authentication_failure", "message": "Declined.",
        "setup_intent": {"id": "seti_1", "client_secret": "seti_1_secret_canary", "status": "requires_payment_method"},
    }}));
    for (answer, cancels, logged) in [
        (declined, 1, "request req_402"),
        (intent("requires_action"), 1, "requires_action"),
        (intent("requires_payment_method"), 1, "requires_payment_method"),
        (intent("requires_confirmation"), 1, "requires_confirmation"),
        (intent("hibernating"), 1, "hibernating"),
        (intent("canceled"), 0, "canceled"),
    ] {
        let app = shop().await;
        let mine = token("cus_1");
        app.stripe_takes(METHODS, payment_method(), u64::MAX).await;
        app.stripe_takes(INTENTS, answer, 1).await;
        Mock::given(method("POST"))
            .and(path("/v1/setup_intents/seti_1/cancel"))
            .respond_with(intent("canceled"))
            .expect(cancels)
            .mount(&app.stripe)
            .await;
        let refused = app.pay(&mine, "fcsess_1", "fca_new").await;
        assert_eq!(refused.problem(), (409, "payment_refused".to_owned()), "{logged}");
        assert!(app.log().contains(logged), "{logged}");
        // The customer may accept again, which is a new acceptance with new idempotency keys.
        assert_eq!(unfinished(&app, &mine).await, "fcsess_1");
        app.stripe_takes(INTENTS, intent("succeeded"), 1).await;
        assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
        for posts in [app.posts_to(METHODS).await, app.posts_to(INTENTS).await] {
            assert_ne!(keys(&posts)[0], keys(&posts)[1]);
        }
    }
}

#[tokio::test]
async fn of_two_clicks_at_once_that_are_refused_stripe_sees_one() {
    let app = shop().await;
    let mine = token("cus_1");
    let inactive =
        json!({"error": {"code": "financial_connections_account_inactive", "message": "Inactive."}});
    let refusal = ResponseTemplate::new(400).set_body_json(inactive).set_delay(Duration::from_secs(3));
    app.stripe_takes(METHODS, refusal, u64::MAX).await;
    let (first, second) =
        tokio::join!(app.pay(&mine, "fcsess_1", "fca_new"), app.pay(&mine, "fcsess_1", "fca_new"));
    for answer in [first, second] {
        assert_eq!(answer.problem(), (409, "payment_refused".to_owned()));
    }
    assert_eq!(app.posts_to(METHODS).await.len(), 1);
    assert!(app.log().contains("financial_connections_account_inactive"));
}

#[tokio::test]
async fn a_refusal_that_cannot_be_taken_back_is_still_a_refusal() {
    let app = shop().await;
    app.stripe_takes(METHODS, payment_method(), 1).await;
    app.stripe_takes(INTENTS, intent("requires_action"), 1).await;
    let answer = app.pay(&token("cus_1"), "fcsess_1", "fca_new").await;
    assert_eq!(answer.problem(), (409, "payment_refused".to_owned()));
    assert!(app.log().contains("failed to cancel the setup intent"));
}

#[tokio::test]
async fn only_what_was_added_for_this_customer_in_this_sign_in_is_paid_from() {
    let app = shop().await;
    stripe_agrees(&app).await;
    let elsewhere = signed(&json!({"sub": "cus_1", "sid": "s2", "exp": now() + 60}));
    let bound = signed(&json!({"sub": "cus_1", "sid": "s1", "exp": now() + 60, "any_account": false}));
    for (token, session, account) in [
        (token("cus_1"), "fcsess_1", "fca_1"),
        (token("cus_1"), "fcsess_1", "fca_other"),
        (token("cus_1"), "fcsess_2", "fca_new"),
        (token("cus_2"), "fcsess_1", "fca_new"),
        (elsewhere.clone(), "fcsess_1", "fca_new"),
        (bound, "fcsess_1", "fca_new"),
    ] {
        let answer = app.pay(&token, session, account).await;
        assert_eq!(answer.problem(), (404, "not_found".to_owned()), "{session} {account}");
    }
    assert_eq!(app.keep(&elsewhere, "fcsess_1").await.problem(), (404, "not_found".to_owned()));
    assert_eq!(app.posts_to(METHODS).await.len(), 0);
}

#[tokio::test]
async fn where_nobody_pays_nothing_is_offered() {
    let payouts = |options| Options { purpose: "payouts".to_owned(), ..lenient(options) };
    let app = TestApp::with(payouts).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    let outcome = app.outcome(&mine, "fcsess_1", "finished").await.json();
    assert_eq!(outcome["new_account"]["mandate"], Value::Null);
    assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 404);
    assert_eq!(unfinished(&app, &mine).await, Value::Null);
    assert_eq!(app.keep(&mine, "fcsess_1").await.status, 204);
}
