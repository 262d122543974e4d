//! One email about an account in 48 hours: when the period begins, when it is cancelled, and what delays an email.

use relink_test_kit::SmtpStub;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{REQUESTS, ask, ask_for, breaks_again, by_mail, is_repaired, mailing, plain, read, rule, shop};
use crate::objects::session;
use crate::support::{API_KEY, Answer, TestApp, now};

const TWO_DAYS: i64 = 48 * 60 * 60;

async fn by_stripes_mail(app: &TestApp) -> Answer {
    ask(app, &json!({"account": "fca_1", "delivery": "stripe_email", "return_url": "https://shop.example/"}))
        .await
}

/// Creates a request, and marks its email as automatic, since a test can't wait for a real one.
async fn automatic(app: &TestApp) -> Value {
    let made = ask_for(app, "email").await.json();
    app.database.run("UPDATE requests SET is_automatic = 1").await;
    made["id"].clone()
}

#[tokio::test]
async fn a_customer_who_gave_up_after_stripes_mail_gets_no_second_one_at_once() {
    let app = plain().await;
    let mut made = session("fcsess_1", "fca_1", &Value::Null);
    app.stripe_makes(made.clone()).await;
    let id = by_stripes_mail(&app).await.json()["id"].clone();
    made["status"] = json!("cancelled");
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", made).await;
    app.database
        .run("INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
              VALUES ('session:fcsess_1', 'session', 'fcsess_1', 0, 1, 1, 0, 0, 0, 0)")
        .await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(read(&app, &id).await["state"], "failed");
    assert_eq!(rule(&by_stripes_mail(&app).await).1, "mailed_within_48_hours");
}

#[tokio::test]
async fn where_nobody_knows_whether_stripe_has_mailed_the_turn_is_taken() {
    let app = plain().await;
    app.stripe_answers_post(ResponseTemplate::new(500), 10).await;
    assert_eq!(by_stripes_mail(&app).await.problem().0, 503);
    assert_eq!(rule(&by_stripes_mail(&app).await).1, "mailed_within_48_hours");
}

#[tokio::test]
async fn a_repair_gives_the_turn_back_though_the_request_was_cancelled() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    let id = ask_for(&app, "email").await.json()["id"].clone();
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(office.emails().len(), 1);
    let cancel = format!("{REQUESTS}/{}/cancel", id.as_str().unwrap());
    assert_eq!(app.post(&cancel, API_KEY, &json!({})).await.status, 200);
    assert_eq!(rule(&ask_for(&app, "email").await).1, "mailed_within_48_hours");
    is_repaired(&app, "evt_1").await;
    breaks_again(&app, "evt_2").await;
    assert_eq!(ask_for(&app, "email").await.status, 201);
}

#[tokio::test]
async fn the_48_hours_begin_when_the_mail_goes() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    ask_for(&app, "email").await;
    // Requested half a day ago.
    app.database.run("UPDATE mail_turns SET next_at = next_at - 43200000").await;
    relink_server::work_until_idle(&app.app).await;
    let (_, _, from) = rule(&ask_for(&app, "email").await);
    let wait = from.unwrap() - now();
    assert!((wait - TWO_DAYS).abs() < 120, "{wait}");
}

#[tokio::test]
async fn who_wants_no_reminders_gets_none_that_was_waiting_either() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    let id = automatic(&app).await;
    app.database.run("INSERT INTO opt_outs (customer, at) VALUES ('cus_1', 0)").await;
    relink_server::work_until_idle(&app.app).await;
    assert!(office.emails().is_empty());
    assert_eq!(read(&app, &id).await["state"], "failed");
}

#[tokio::test]
async fn a_reminder_that_could_not_go_before_the_quiet_hours_goes_after_them() {
    let office = SmtpStub::start().await.unwrap();
    let hour = now() / 3600 % 24;
    let quiet = format!("{:02}:00-{:02}:00", hour, (hour + 2) % 24);
    let url = office.url().to_owned();
    let app = shop(|requests| relink_server::RequestOptions {
        remind: Some("broken".to_owned()),
        quiet_hours: Some(quiet),
        time_zone: Some("UTC".to_owned()),
        ..by_mail(requests, &url)
    })
    .await;
    let id = automatic(&app).await;
    relink_server::work_until_idle(&app.app).await;
    assert!(office.emails().is_empty());
    assert_eq!(read(&app, &id).await["state"], "created");
    let due = app.database.texts("SELECT CAST(due / 1000 AS TEXT) FROM work WHERE kind = 'mail'").await;
    let wait = due[0].parse::<i64>().unwrap() - now();
    assert!((60 * 60 - 120..=2 * 60 * 60).contains(&wait), "{wait}");
}
