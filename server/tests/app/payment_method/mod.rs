//! Paying from an account that an attempt has added: one payment method, and only with the mandate.

mod address;
mod language;
mod refused;

use std::time::Duration;

use insta::assert_snapshot;
use relink_server::Options;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::objects::{active, any_account, broken, form, signed_in, told};
use crate::support::{TestApp, now, request, signed, token};

pub(crate) const METHODS: &str = "/v1/payment_methods";
pub(crate) const INTENTS: &str = "/v1/setup_intents";

pub(crate) fn lenient(options: Options) -> Options {
    Options { any_account: true, ..options }
}

/// Runs an attempt that links another account than the broken one. Stripe knows the customer's name.
pub(crate) async fn added(app: &TestApp, token: &str) {
    app.stripe_has(
        "/v1/customers/cus_1",
        json!({"id": "cus_1", "object": "customer", "name": "Jenny Rosen"}),
    )
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    assert_eq!(app.begin(token, "fca_1").await.status, 200);
    let mut new = active("fca_new", Some("cus_1"));
    new["last4"] = json!("4421");
    app.stripe_has_account(new.clone());
    let address = "/v1/financial_connections/sessions/fcsess_1";
    app.stripe_has(address, any_account("fcsess_1", &signed_in("fcauth_1"), &[new])).await;
    let outcome = app.outcome(token, "fcsess_1", "finished").await.json();
    assert_eq!(told(&outcome), "new_account:  | fca_new | fca_1");
}

async fn shop() -> TestApp {
    let app = TestApp::with(lenient).await;
    added(&app, &token("cus_1")).await;
    app
}

fn made(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn payment_method() -> ResponseTemplate {
    made(json!({"id": "pm_1", "object": "payment_method", "type": "us_bank_account"}))
}

fn intent(status: &str) -> ResponseTemplate {
    made(
        json!({"id": "seti_1", "object": "setup_intent", "status": status, "client_secret": "seti_1_secret_canary"}),
    )
}

pub(crate) async fn stripe_agrees(app: &TestApp) {
    app.stripe_takes(METHODS, payment_method(), u64::MAX).await;
    app.stripe_takes(INTENTS, intent("succeeded"), u64::MAX).await;
}

async fn unfinished(app: &TestApp, token: &str) -> Value {
    app.get("/api/accounts", token).await.json()["unfinished"]["session"].clone()
}

fn keys(posts: &[Request]) -> Vec<String> {
    posts.iter().map(|post| post.headers["idempotency-key"].to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_mandate_is_shown_before_and_carried_by_the_setup_intent() {
    let app = shop().await;
    let mine = token("cus_1");
    let outcome = app.outcome(&mine, "fcsess_1", "finished").await.json();
    let mandate = outcome["new_account"]["mandate"].as_str().unwrap();
    assert!(mandate.contains("Acme") && mandate.contains("Alder Bank ••4421"), "{mandate}");
    stripe_agrees(&app).await;
    let answer = app.pay(&mine, "fcsess_1", "fca_new").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let methods = app.posts_to(METHODS).await;
    assert_snapshot!(form(&methods[0]), @r"
    type=us_bank_account
    us_bank_account[financial_connections_account]=fca_new
    billing_details[name]=Jenny+Rosen
    metadata[relink_session]=fcsess_1
    metadata[replaces_account]=fca_1
    ");
    let intents = app.posts_to(INTENTS).await;
    let sent = form(&intents[0]);
    let (before, rest) = sent.split_once("[accepted_at]=").unwrap();
    let (accepted_at, after) = rest.split_once('\n').unwrap();
    assert!((now() - accepted_at.parse::<i64>().unwrap()).abs() < 60);
    assert_snapshot!(format!("{before}[accepted_at]=…\n{after}"), @r"
    customer=cus_1
    payment_method=pm_1
    allowed_payment_method_types[]=us_bank_account
    confirm=true
    usage=off_session
    mandate_data[customer_acceptance][type]=online
    mandate_data[customer_acceptance][accepted_at]=…
    mandate_data[customer_acceptance][online][ip_address]=192.0.2.1
    mandate_data[customer_acceptance][online][user_agent]=unknown
    metadata[relink_session]=fcsess_1
    metadata[replaces_account]=fca_1
    ");
    let log = app.log();
    let line = log.lines().find(|line| line.contains("mandate accepted")).unwrap();
    for word in ["cus_1", "fca_new", "fca_1", "seti_1", "accepted_at", "fcsess_1"] {
        assert!(line.contains(word), "{word}: {line}");
    }
}

#[tokio::test]
async fn an_older_version_gets_its_own_parameter() {
    let old = |options| Options { stripe_version: "2026-07-29.preview".to_owned(), ..lenient(options) };
    let app = TestApp::with(old).await;
    added(&app, &token("cus_1")).await;
    stripe_agrees(&app).await;
    assert_eq!(app.pay(&token("cus_1"), "fcsess_1", "fca_new").await.status, 204);
    let sent = form(&app.posts_to(INTENTS).await[0]);
    assert!(sent.contains("\npayment_method_types[]=us_bank_account\n"), "{sent}");
}

#[tokio::test]
async fn twice_clicked_is_once_made_even_at_once() {
    let app = shop().await;
    let mine = token("cus_1");
    app.stripe_takes(METHODS, payment_method().set_delay(Duration::from_millis(50)), u64::MAX).await;
    app.stripe_takes(INTENTS, intent("processing"), u64::MAX).await;
    let (first, second) =
        tokio::join!(app.pay(&mine, "fcsess_1", "fca_new"), app.pay(&mine, "fcsess_1", "fca_new"));
    let third = app.pay(&mine, "fcsess_1", "fca_new").await;
    assert_eq!([first, second, third].map(|answer| answer.status.as_u16()), [204; 3]);
    assert_eq!((app.posts_to(METHODS).await.len(), app.posts_to(INTENTS).await.len()), (1, 1));
    // A later refusal does not undo it.
    assert_eq!(app.keep(&mine, "fcsess_1").await.status, 204);
    assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
    assert_eq!(app.posts_to(METHODS).await.len(), 1);
}

#[tokio::test]
async fn when_stripe_was_down_the_next_click_finishes_the_same_one() {
    let app = shop().await;
    let mine = token("cus_1");
    let down = || ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    app.stripe_takes(METHODS, down(), 1).await;
    app.stripe_takes(INTENTS, down(), 1).await;
    stripe_agrees(&app).await;
    for (status, agent) in [(503, "First"), (503, "Second"), (204, "Third")] {
        let body = json!({"account": "fca_new"});
        let mut click =
            request(reqwest::Method::POST, "/api/sessions/fcsess_1/payment-method", &mine, Some(&body));
        click.headers_mut().insert("user-agent", agent.parse().unwrap());
        let answer = app.send(click).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let (methods, intents) = (app.posts_to(METHODS).await, app.posts_to(INTENTS).await);
    assert_eq!((methods.len(), intents.len()), (3, 2));
    for posts in [methods, intents] {
        let first = (keys(&posts)[0].clone(), posts[0].body.clone());
        assert!(posts.iter().zip(keys(&posts)).all(|(post, key)| (key, post.body.clone()) == first));
    }
    assert!(form(&app.posts_to(INTENTS).await[1]).contains("First"));
}

#[tokio::test]
async fn the_holders_name_is_the_tokens_or_else_stripes_or_else_the_log_says_what_to_do() {
    let named = signed(&json!({"sub": "cus_1", "sid": "s1", "exp": now() + 60, "name": " J. Rosen "}));
    let app = shop().await;
    stripe_agrees(&app).await;
    assert_eq!(app.pay(&named, "fcsess_1", "fca_new").await.status, 204);
    assert!(form(&app.posts_to(METHODS).await[0]).contains("billing_details[name]=J.+Rosen\n"));
    for customer in [
        json!({"id": "cus_1", "object": "customer", "name": null}),
        json!({"id": "cus_1", "object": "customer", "name": " "}),
        json!({"id": "cus_1", "object": "customer", "deleted": true}),
    ] {
        let app = TestApp::with(lenient).await;
        // Mounted first, so that it takes precedence.
        app.stripe_has("/v1/customers/cus_1", customer).await;
        added(&app, &token("cus_1")).await;
        stripe_agrees(&app).await;
        let answer = app.pay(&token("cus_1"), "fcsess_1", "fca_new").await;
        assert_eq!(answer.problem(), (409, "payment_refused".to_owned()));
        assert!(app.log().contains("put the claim `name` into the tokens"));
        assert_eq!(app.posts_to(METHODS).await.len(), 0);
        assert_eq!(app.pay(&named, "fcsess_1", "fca_new").await.status, 204);
    }
}

#[tokio::test]
async fn a_reload_offers_it_again_until_the_customer_has_decided() {
    let app = shop().await;
    let mine = token("cus_1");
    let bound = signed(&json!({"sub": "cus_1", "sid": "s1", "exp": now() + 60, "any_account": false}));
    let elsewhere = signed(&json!({"sub": "cus_1", "sid": "s2", "exp": now() + 60}));
    assert_eq!(unfinished(&app, &mine).await, "fcsess_1");
    assert_eq!(unfinished(&app, &bound).await, Value::Null);
    assert_eq!(unfinished(&app, &elsewhere).await, Value::Null);
    assert_eq!(
        told(&app.outcome(&mine, "fcsess_1", "unknown").await.json()),
        "new_account:  | fca_new | fca_1"
    );
    for _ in 0..2 {
        assert_eq!(app.keep(&mine, "fcsess_1").await.status, 204);
        assert_eq!(unfinished(&app, &mine).await, Value::Null);
    }
    // The offer is still open in another tab.
    stripe_agrees(&app).await;
    assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
    let app = shop().await;
    stripe_agrees(&app).await;
    assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
    assert_eq!(unfinished(&app, &mine).await, Value::Null);
}
