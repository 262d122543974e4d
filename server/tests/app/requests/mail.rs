//! Emails: one in 48 hours, sent once, with visible failures.

use relink_test_kit::{SmtpPoint, SmtpReply, SmtpStub};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::{REQUESTS, ask, ask_for, breaks_again, is_repaired, mailing, mailing_to, open, read, rule, told};
use crate::support::{API_KEY, TestApp, now, request};

const HOURS_48: i64 = 48 * 60 * 60;

/// Returns the link's secret. Lines of emails are wrapped at 76 characters.
fn link(mail: &str) -> String {
    let mail = mail.replace("=\n", "").replace("=3D", "=");
    let (_, rest) = mail.split_once("/r#").unwrap();
    rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).collect()
}

async fn mailed(app: &TestApp) -> Value {
    let answer = ask_for(app, "email").await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    relink_server::work_until_idle(&app.app).await;
    read(app, &answer.json()["id"]).await
}

/// Runs the retry that is scheduled for later.
async fn tries_again(app: &TestApp) {
    app.database.run("UPDATE work SET due = 0").await;
    relink_server::work_until_idle(&app.app).await;
}

#[tokio::test]
async fn a_mail_goes_to_the_customer_and_its_link_works() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    let sent = mailed(&app).await;
    assert_eq!((&sent["state"], &sent["mail"]["state"]), (&json!("sent"), &json!("sent")));
    let mails = office.emails();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    for part in [
        "From: Acme <billing@acme.example>",
        "To: jenny@mail.example",
        "Auto-Submitted: auto-generated",
        "multipart/alternative",
        "text/plain",
        "text/html",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    assert!(!mail.contains("List-Unsubscribe"), "somebody asked for it");
    assert_eq!(open(&app, &link(mail)).await.status, 200);
    assert_eq!(told(&app).await, ["created", "sent", "opened"]);
}

#[tokio::test]
async fn without_a_locale_the_mail_is_in_the_language_that_the_customer_prefers_at_stripe() {
    let office = SmtpStub::start().await.unwrap();
    let customer = json!({
        "id": "cus_1", "email": "jenny@mail.example", "preferred_locales": ["ja", "pt_BR.UTF-8", "de"],
    });
    let app = mailing_to(&office, customer).await;
    let sent = mailed(&app).await;
    assert_eq!(sent["locale"], "pt-BR");
    assert!(office.emails()[0].contains("Content-Language: pt-BR"), "{}", office.emails()[0]);
}

#[tokio::test]
async fn a_locale_of_a_request_counts_in_any_form() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    for (locale, expected) in [("DE_at.UTF-8", "de"), ("zh-Hant-TW", "zh-Hans"), ("ja", "en")] {
        let body = json!({"account": "fca_1", "delivery": "link", "locale": locale});
        assert_eq!(ask(&app, &body).await.json()["locale"], expected, "{locale}");
    }
}

#[tokio::test]
async fn the_merchants_word_for_the_address_counts_more_than_stripes() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    ask(&app, &json!({"account": "fca_1", "delivery": "email", "email": "jen@work.example", "locale": "ar"}))
        .await;
    relink_server::work_until_idle(&app.app).await;
    assert!(office.emails()[0].contains("To: jen@work.example"));
    let refused = json!({"account": "fca_1", "delivery": "email", "email": "a@b.example, c@d.example"});
    assert_eq!(rule(&ask(&app, &refused).await).1, "email_not_usable");
}

#[tokio::test]
async fn the_second_mail_waits_48_hours_and_after_a_completed_relink_it_does_not() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    mailed(&app).await;
    let answer = ask_for(&app, "email").await;
    let (status, rule, from) = rule(&answer);
    assert_eq!((status, rule.as_str()), (409, "mailed_within_48_hours"));
    assert!((from.unwrap() - now() - HOURS_48).abs() < 120, "{from:?}");
    assert_eq!(ask_for(&app, "link").await.status, 201, "links have no limit");
    let thought = async |delivery: &str| {
        let path = format!("{REQUESTS}/eligibility?account=fca_1&delivery={delivery}");
        app.get(&path, API_KEY).await.json()
    };
    let by_mail = thought("email").await;
    assert_eq!((&by_mail["eligible"], &by_mail["allowed_from"]), (&json!(false), &json!(from)));
    assert_eq!(thought("link").await, json!({"account": "fca_1", "eligible": true, "reason": "inactive"}));
    is_repaired(&app, "evt_1").await;
    breaks_again(&app, "evt_2").await;
    mailed(&app).await;
    assert_eq!(office.emails().len(), 2);
    app.database.run("UPDATE mail_turns SET next_at = 1").await;
    mailed(&app).await;
    assert_eq!(office.emails().len(), 3, "48 hours later");
}

#[tokio::test]
async fn of_64_who_send_at_once_on_two_servers_one_mail_goes() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    // Makes the account known to both servers.
    ask_for(&app, "link").await;
    let other = app.another().await;
    let mut asking = JoinSet::new();
    for n in 0..64 {
        let router = if n % 2 == 0 { app.router.clone() } else { other.router.clone() };
        let body = json!({"account": "fca_1", "delivery": "email"});
        let request = request(reqwest::Method::POST, REQUESTS, API_KEY, Some(&body));
        asking.spawn(async move { router.oneshot(request).await.unwrap().status().as_u16() });
    }
    let mut answers = Vec::new();
    while let Some(answer) = asking.join_next().await {
        answers.push(answer.unwrap());
    }
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 63, "{answers:?}");
    tokio::join!(relink_server::work_until_idle(&app.app), relink_server::work_until_idle(&other.app));
    assert_eq!(office.emails().len(), 1);
}

#[tokio::test]
async fn what_the_mail_server_refuses_for_good_has_failed_and_may_be_asked_for_again() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    for manner in [
        SmtpReply::ToRecipient("550 5.1.1 <jenny@mail.example>: no such user"),
        SmtpReply::ToContent("554 no"),
    ] {
        office.reply_with(manner);
        let failed = mailed(&app).await;
        assert_eq!((&failed["state"], &failed["mail"]["state"]), (&json!("failed"), &json!("failed")));
        let error = failed["mail"]["error"].as_str().unwrap();
        assert!(error.contains("55") && !error.contains("jenny"), "{error}");
        assert_eq!(failed["failure"], failed["mail"]["error"]);
    }
    office.reply_with(SmtpReply::Accept);
    assert_eq!(mailed(&app).await["state"], "sent");
    assert_eq!(told(&app).await, ["created", "failed", "created", "failed", "created", "sent"]);
}

#[tokio::test]
async fn what_the_mail_server_does_not_take_now_is_tried_again() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    office.reply_with(SmtpReply::ToRecipient("451 later"));
    let waiting = mailed(&app).await;
    assert_eq!((&waiting["state"], &waiting["mail"]["state"]), (&json!("created"), &json!("waiting")));
    office.reply_with(SmtpReply::ToContent("452 full"));
    tries_again(&app).await;
    office.reply_with(SmtpReply::Accept);
    tries_again(&app).await;
    let sent = read(&app, &waiting["id"]).await;
    assert_eq!((&sent["state"], &sent["mail"]["tries"]), (&json!("sent"), &json!(3)));
    let mails = office.emails();
    assert_eq!(mails.len(), 2);
    assert_ne!(link(&mails[0]), link(&mails[1]));
    assert_eq!(open(&app, &link(&mails[0])).await.status, 404, "the mail that was not taken leads nowhere");
    assert_eq!(open(&app, &link(&mails[1])).await.status, 200);
}

#[tokio::test]
async fn a_mail_that_may_have_gone_is_not_sent_again_and_its_link_works() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    office.reply_with(SmtpReply::Disconnect);
    let unknown = mailed(&app).await;
    assert_eq!((&unknown["state"], &unknown["mail"]["state"]), (&json!("created"), &json!("unknown")));
    office.reply_with(SmtpReply::Accept);
    tries_again(&app).await;
    assert_eq!(office.emails().len(), 1);
    assert_eq!(rule(&ask_for(&app, "email").await).1, "mailed_within_48_hours");
    assert_eq!(open(&app, &link(&office.emails()[0])).await.status, 200);
    assert_eq!(app.get("/api/status", API_KEY).await.json()["mails"], json!({"unknown": 1}));
}

#[tokio::test]
async fn a_server_that_is_killed_while_the_mail_is_on_its_way_leaves_it_unknown() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    office.stop_at(Some(SmtpPoint::Whole));
    let made = ask_for(&app, "email").await.json();
    let killed = app.app.clone();
    let working = tokio::spawn(async move { relink_server::work_until_idle(&killed).await });
    while office.emails().is_empty() {
        tokio::task::yield_now().await;
    }
    working.abort();
    assert_eq!(read(&app, &made["id"]).await["mail"]["state"], "sending");
    office.stop_at(None);
    app.database.run("UPDATE work SET leased_by = NULL, lease_until = 0, due = 0").await;
    let next = app.another().await;
    relink_server::work_until_idle(&next.app).await;
    assert_eq!(read(&next, &made["id"]).await["mail"]["state"], "unknown");
    assert_eq!(office.emails().len(), 1, "and it is not sent again");
}

#[tokio::test]
async fn a_customer_without_an_address_can_not_be_mailed_and_that_shows() {
    let office = SmtpStub::start().await.unwrap();
    let app = super::shop(|requests| super::by_mail(requests, office.url())).await;
    app.stripe_has("/v1/customers/cus_1", json!({"id": "cus_1"})).await;
    let failed = mailed(&app).await;
    assert_eq!(failed["state"], "failed");
    assert!(failed["failure"].as_str().unwrap().contains("no email address"), "{failed}");
}

#[tokio::test]
async fn a_request_that_is_taken_back_in_time_mails_nobody() {
    let office = SmtpStub::start().await.unwrap();
    let app = mailing(&office).await;
    let made = ask_for(&app, "email").await.json();
    let cancel = format!("{REQUESTS}/{}/cancel", made["id"].as_str().unwrap());
    assert_eq!(app.post(&cancel, API_KEY, &Value::Null).await.status, 200);
    relink_server::work_until_idle(&app.app).await;
    assert!(office.emails().is_empty());
    assert_eq!(ask_for(&app, "email").await.status, 201, "nobody was mailed, so nobody waits");
}
