//! What an attempt achieved: Stripe decides, the browser hints.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::support::{TestApp, broken, repaired, session, token};

/// An attempt that was begun, of which Stripe then says this, one after the other and the last for good.
async fn begun(answers: &[Value]) -> TestApp {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1"))).await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    for (place, answer) in answers.iter().enumerate() {
        let mock = Mock::given(method("GET"))
            .and(path("/v1/financial_connections/sessions/fcsess_1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer));
        let times = if place + 1 == answers.len() { u64::MAX } else { 1 };
        mock.up_to_n_times(times).mount(&app.stripe).await;
    }
    app
}

fn of(result: &Value) -> Value {
    session("fcsess_1", "fca_1", result)
}

async fn outcome(app: &TestApp, reported: &str) -> Value {
    app.outcome(&token("cus_1"), "fcsess_1", reported).await.json()
}

#[tokio::test]
async fn stripes_word_stands_whatever_the_browser_reports() {
    let failed = |reason: &str| json!({"authorization": null, "account": null, "failure_reason": reason});
    for (result, expected) in [
        (repaired("fca_1"), "relinked"),
        (failed("no_account"), "no_account"),
        (failed("no_authorization"), "no_authorization"),
        (failed("meteor"), "failed"),
    ] {
        let app = begun(&[of(&result)]).await;
        for reported in ["finished", "closed", "error", "unknown"] {
            assert_eq!(outcome(&app, reported).await, json!(expected), "{reported}");
        }
    }
}

#[tokio::test]
async fn while_stripe_does_not_know_it_is_asked_again_only_if_the_customer_is_through() {
    let app = begun(&[of(&Value::Null), of(&repaired("fca_1"))]).await;
    assert_eq!(outcome(&app, "finished").await, json!("relinked"));
    let app = begun(&[of(&Value::Null), of(&repaired("fca_1"))]).await;
    assert_eq!(outcome(&app, "unknown").await, json!("pending"));
    assert_eq!(outcome(&app, "unknown").await, json!("relinked"));
}

#[tokio::test]
async fn a_final_answer_stays_and_is_logged_with_what_it_is_about() {
    let app = begun(&[of(&Value::Null)]).await;
    assert_eq!(outcome(&app, "closed").await, json!("cancelled"));
    assert_eq!(outcome(&app, "finished").await, json!("cancelled"));
    let log = app.log();
    let line: Value = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|line| line["fields"]["message"] == "relink outcome")
        .unwrap();
    let fields = &line["fields"];
    assert_eq!(
        [
            &fields["session"],
            &fields["account"],
            &fields["customer"],
            &fields["outcome"],
            &fields["reported"]
        ],
        ["fcsess_1", "fca_1", "cus_1", "Cancelled", "Closed"]
    );
    assert_eq!(line["span"]["request_id"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_session_that_turns_out_to_be_for_another_account_repairs_nothing() {
    let app = begun(&[session("fcsess_1", "fca_2", &repaired("fca_1"))]).await;
    let answer = app.outcome(&token("cus_1"), "fcsess_1", "finished").await;
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
}
