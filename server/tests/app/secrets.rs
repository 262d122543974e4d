//! One word is in every secret; it must come out nowhere but in the one answer that hands a client secret over.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{Answer, CANARY, CLIENT_SECRET, TestApp, broken, repaired, session, token};

fn shows(answer: &Answer, token: &str) -> bool {
    let whole = format!("{:?}{}", answer.headers, answer.text);
    whole.contains(CANARY) || whole.contains(token)
}

/// Two answers to the next two POSTs: a refusal that names secrets, and a session with secrets where other things belong,
/// so that the decoder's complaint would repeat them.
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
    app.stripe_lists("cus_1", &[broken("fca_1", Some("cus_1"))]).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1"))).await;
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
        // The address that was asked for, which was the asker's own choice.
        .filter(|line| !line.contains(&format!("/api/sessions/{CLIENT_SECRET}/outcome")))
        .collect();
    assert!(told.is_empty(), "{told:#?}");
}
