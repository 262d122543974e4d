//! Every secret contains the same word, which must appear only in the one response that returns a client secret.

use relink_server::Options;
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::objects::{active, any_account, broken, repaired, session, signed_in};
use crate::support::{API_KEY, Answer, CANARY, CLIENT_SECRET, TestApp, token};

fn shows(answer: &Answer, token: &str) -> bool {
    let whole = format!("{:?}{}", answer.headers, answer.text);
    whole.contains(CANARY) || whole.contains(token)
}

/// Mocks two responses to POSTs: an error that contains secrets, and a session with secrets in other fields, which a
/// careless decoding error would repeat.
async fn stripe_repeats_secrets(app: &TestApp) {
    let leaky = json!({"error": {
        "code": CLIENT_SECRET, "param": "sk_live_canary", "message": format!("{CLIENT_SECRET} of rk_test_canary"),
    }});
    app.stripe_answers_post(ResponseTemplate::new(400).set_body_json(leaky), 1).await;
    let mut garbled = session("fcsess_1", "fca_1", &Value::Null);
    garbled["accounts"] = json!(CLIENT_SECRET);
    garbled["relink_result"] = json!(CLIENT_SECRET);
    app.stripe_answers_post(ResponseTemplate::new(200).set_body_json(garbled), 1).await;
}

#[tokio::test]
async fn no_secret_is_logged_or_answered_at_any_level() {
    let app = TestApp::start().await;
    let token = token("cus_1");
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has(
        "/v1/financial_connections/sessions/fcsess_1",
        session("fcsess_1", "fca_1", &repaired("fca_1")),
    )
    .await;
    stripe_repeats_secrets(&app).await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;

    let mut answers = vec![app.get("/api/accounts", &token).await];
    for _ in 0..2 {
        answers.push(app.begin(&token, "fca_1").await);
    }
    let started = app.begin(&token, "fca_1").await;
    assert_eq!(started.json()["client_secret"], CLIENT_SECRET);
    answers.push(app.outcome(&token, "fcsess_1", "finished").await);
    answers.push(app.get("/api/accounts", &format!("{token}x")).await);
    answers.push(app.post("/api/sessions", &token, &json!({"account": CLIENT_SECRET})).await);
    answers.push(app.outcome(&token, CLIENT_SECRET, "finished").await);
    for answer in &answers {
        assert!(!shows(answer, &token), "{} {}", answer.status, answer.text);
    }
    let log = app.log();
    assert!(log.contains("relink outcome") && log.contains("redacted"), "the flow was logged");
    let signature = token.rsplit('.').next().unwrap();
    let told: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(CANARY) || line.contains(signature))
        // The path of a request, which the client chose itself.
        .filter(|line| !line.contains(&format!("/api/sessions/{CLIENT_SECRET}/outcome")))
        .collect();
    assert!(told.is_empty(), "{told:#?}");
}

#[tokio::test]
async fn no_secret_comes_out_of_payments_and_account_data() {
    let app = TestApp::with(|options| Options {
        any_account: true,
        api_key: Some(SecretString::from(API_KEY)),
        refresh: Some("balance".to_owned()),
        ..options
    })
    .await;
    let token = token("cus_1");
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has("/v1/customers/cus_1", json!({"id": "cus_1", "name": "Jenny Rosen"})).await;
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    assert_eq!(app.begin(&token, "fca_1").await.status, 200);
    let new = active("fca_new", Some("cus_1"));
    app.stripe_has_account(new.clone());
    let ended = any_account("fcsess_1", &signed_in("fcauth_1"), &[new]);
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", ended).await;
    let leaky = json!({"error": {
        "code": "seti_1_secret_canary", "param": CLIENT_SECRET, "message": "seti_1_secret_canary of rk_test_canary",
        "setup_intent": {"id": "seti_1", "client_secret": "seti_1_secret_canary"},
    }});
    let intents = "/v1/setup_intents";
    app.stripe_takes(
        "/v1/payment_methods",
        ResponseTemplate::new(200).set_body_json(json!({"id": "pm_1"})),
        u64::MAX,
    )
    .await;
    app.stripe_takes(intents, ResponseTemplate::new(402).set_body_json(leaky), 1).await;
    let garbled = json!({"id": "seti_1_secret_canary!", "status": "seti_1_secret_canary", "client_secret": "seti_1_secret_canary"});
    app.stripe_takes(intents, ResponseTemplate::new(200).set_body_json(garbled), 1).await;
    let made = json!({"id": "seti_1", "status": "succeeded", "client_secret": "seti_1_secret_canary"});
    app.stripe_takes(intents, ResponseTemplate::new(200).set_body_json(made), 1).await;

    let mut answers = vec![app.outcome(&token, "fcsess_1", "finished").await];
    for expected in [409, 503, 204] {
        let answer = app.pay(&token, "fcsess_1", "fca_new").await;
        assert_eq!(answer.status, expected, "{}", answer.text);
        answers.push(answer);
    }
    answers.push(app.keep(&token, "fcsess_1").await);
    answers.push(app.get("/api/accounts/fca_1", &token).await);
    for path in ["", "/owners", "/transactions", "/transactions?limit=0"] {
        for bearer in [API_KEY, "canary", &token] {
            answers.push(app.get(&format!("/api/accounts/fca_1{path}"), bearer).await);
        }
    }
    for answer in &answers {
        assert!(!shows(answer, &token), "{} {}", answer.status, answer.text);
    }
    let log = app.log();
    assert!(log.contains("mandate accepted") && log.contains("redacted"), "the flow was logged");
    let signature = token.rsplit('.').next().unwrap();
    let told: Vec<&str> =
        log.lines().filter(|line| line.contains(CANARY) || line.contains(signature)).collect();
    assert!(told.is_empty(), "{told:#?}");
}
