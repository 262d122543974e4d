//! Relink requests that Stripe hosts.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{ask, breaks_again, is_repaired, plain, read, rule, told};
use crate::objects::{active, session};
use crate::support::{Answer, TestApp, now};

const PAGE: &str = "https://connect.stripe.example/canary-page";

fn hosted(id: &str) -> Value {
    let mut session = session(id, "fca_1", &Value::Null);
    session["url"] = json!(PAGE);
    session
}

async fn asks(app: &TestApp, delivery: &str) -> Answer {
    ask(app, &json!({"account": "fca_1", "delivery": delivery, "return_url": "https://shop.example/back"}))
        .await
}

fn refusal(code: &str, param: &str) -> ResponseTemplate {
    ResponseTemplate::new(400)
        .set_body_json(json!({"error": {"code": code, "param": param, "message": "No."}}))
}

#[tokio::test]
async fn stripe_gives_a_page_for_exactly_that_account() {
    let app = plain().await;
    app.stripe_makes(hosted("fcsess_1")).await;
    let made = asks(&app, "stripe_link").await;
    assert_eq!((made.status.as_u16(), &made.json()["url"]), (201, &json!(PAGE)));
    let form = String::from_utf8(app.posts().await.remove(0).body).unwrap();
    for part in [
        "ui_mode=hosted",
        "hosted%5Bdelivery_method%5D=url",
        "relink_options%5Baccount%5D=fca_1",
        "return_url=https%3A%2F%2Fshop.example%2Fback",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    assert!(!app.log().contains("canary-page"));
    is_repaired(&app, "evt_1").await;
    assert_eq!(read(&app, &made.json()["id"]).await["state"], "completed");
}

#[tokio::test]
async fn an_account_that_only_ends_or_works_is_not_for_stripes_page() {
    let app = plain().await;
    let mut ending = active("fca_1", Some("cus_1"));
    ending["status_details"] = json!({
        "active": {"action": "relink_required", "expected_deactivation_date": now() + 24 * 60 * 60}
    });
    app.stripe_has_account(ending.clone());
    for delivery in ["stripe_link", "stripe_email"] {
        let answer = asks(&app, delivery).await;
        assert_eq!(rule(&answer), (409, "account_not_for_hosted_relink".to_owned(), None));
    }
    assert_eq!(asks(&app, "link").await.status, 201, "this server's own page is for it");
    assert!(told(&app).await.iter().all(|kind| kind == "created"), "no request has failed");
}

#[tokio::test]
async fn of_stripes_mails_too_there_is_one_in_48_hours() {
    let app = plain().await;
    app.stripe_makes(hosted("fcsess_1")).await;
    let made = asks(&app, "stripe_email").await.json();
    assert_eq!((&made["state"], made.get("url").is_some()), (&json!("sent"), true));
    let answer = asks(&app, "stripe_email").await;
    assert_eq!(rule(&answer).1, "mailed_within_48_hours");
    assert_eq!(app.posts().await.len(), 1);
    assert_eq!(
        asks(&app, "stripe_link").await.status,
        503,
        "only mails wait; here Stripe repeats its session"
    );
    is_repaired(&app, "evt_1").await;
    breaks_again(&app, "evt_2").await;
    app.database.run("UPDATE requests SET session = NULL").await;
    assert_eq!(asks(&app, "stripe_email").await.status, 201, "after the relink it is allowed again");
}

#[tokio::test]
async fn where_stripe_has_no_hosted_relink_for_the_merchant_the_answer_says_so() {
    let app = plain().await;
    app.stripe_answers_post(refusal("parameter_unknown", "ui_mode"), 2).await;
    for delivery in ["stripe_link", "stripe_email"] {
        let answer = asks(&app, delivery).await;
        assert_eq!(rule(&answer), (409, "hosted_relink_not_available".to_owned(), None));
        assert!(answer.text.contains("private preview"), "{}", answer.text);
    }
    app.stripe_answers_post(refusal("other", "hosted[delivery_method]"), 1).await;
    let answer = asks(&app, "stripe_email").await;
    assert_eq!(rule(&answer).1, "mailed_within_48_hours", "nothing was sent, so the turn was given back");
    app.stripe_answers_post(ResponseTemplate::new(500), 10).await;
    assert_eq!(asks(&app, "stripe_link").await.problem(), (503, "stripe_unavailable".to_owned()));
    let told = told(&app).await;
    assert_eq!(told, ["created", "failed"].repeat(4));
}

#[tokio::test]
async fn that_the_customer_gave_up_at_stripe_is_known() {
    let app = plain().await;
    app.stripe_makes(hosted("fcsess_1")).await;
    let made = asks(&app, "stripe_link").await.json();
    let mut ended = hosted("fcsess_1");
    ended["status"] = json!("cancelled");
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", ended).await;
    app.database
        .run("INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
              VALUES ('session:fcsess_1', 'session', 'fcsess_1', 0, 1, 1, 0, 0, 0, 0)")
        .await;
    relink_server::work_until_idle(&app.app).await;
    let shown = read(&app, &made["id"]).await;
    assert_eq!(shown["state"], "failed");
    assert!(shown["failure"].as_str().unwrap().contains("gave up"), "{shown}");
}
