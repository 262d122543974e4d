//! Automatic reminder emails, and opt-outs.

use relink_server::RequestOptions;
use relink_test_kit::SmtpStub;
use reqwest::Method;
use serde_json::{Value, json};

use super::{REQUESTS, ask_for, breaks_again, by_mail, is_repaired, shop};
use crate::support::{API_KEY, Answer, TestApp, now, request};

async fn reminding(office: &SmtpStub, words: &str) -> TestApp {
    let app =
        shop(|requests| RequestOptions { remind: Some(words.to_owned()), ..by_mail(requests, office.url()) })
            .await;
    app.stripe_has("/v1/customers/cus_1", json!({"id": "cus_1", "email": "jenny@mail.example"})).await;
    app
}

async fn at(app: &TestApp, method: Method, path: &str) -> Answer {
    app.send(request(method, path, "", None)).await
}

/// Returns the path of the unsubscribe link in the email.
fn opt_out(mail: &str) -> String {
    let header =
        mail.lines().skip_while(|line| !line.starts_with("List-Unsubscribe:")).take(3).collect::<String>();
    let (_, rest) = header.split_once("<https://reconnect.example").unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}

#[tokio::test]
async fn when_an_account_breaks_its_customer_is_asked_once() {
    let office = SmtpStub::start().await.unwrap();
    let app = reminding(&office, "broken").await;
    breaks_again(&app, "evt_1").await;
    breaks_again(&app, "evt_2").await;
    let mails = office.emails();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{mail}");
    let list = app.get(REQUESTS, API_KEY).await.json();
    assert_eq!((&list["data"][0]["automatic"], list["data"].as_array().unwrap().len()), (&json!(true), 1));
    is_repaired(&app, "evt_3").await;
    breaks_again(&app, "evt_4").await;
    assert_eq!(office.emails().len(), 2, "it has worked meanwhile");
}

#[tokio::test]
async fn the_accounts_of_one_login_are_one_reminder_that_names_them_all() {
    let office = SmtpStub::start().await.unwrap();
    let app = reminding(&office, "broken").await;
    let others = [("fca_2", "1204", "fcauth_1"), ("fca_3", "4421", "fcauth_2")].map(|(id, last4, login)| {
        let mut account = crate::objects::active(id, Some("cus_1"));
        account["last4"] = json!(last4);
        account["authorization"] = json!(login);
        account
    });
    for account in &others {
        app.stripe_has_account(account.clone());
        let id = account["id"].as_str().unwrap();
        app.tell(&crate::webhooks::event(&format!("evt_linked_{id}"), id)).await;
    }
    relink_server::work_until_idle(&app.app).await;
    for mut account in others {
        account["status"] = json!("inactive");
        account["status_details"] =
            json!({"inactive": {"action": "relink_required", "cause": "access_expired"}});
        app.stripe_has_account(account.clone());
        let id = account["id"].as_str().unwrap();
        app.tell(&crate::webhooks::event(&format!("evt_broken_{id}"), id)).await;
    }
    breaks_again(&app, "evt_1").await;
    let mails = office.emails();
    assert_eq!(mails.len(), 2, "one for each login");
    let names = |digits: &[&str]| {
        mails.iter().filter(|mail| digits.iter().all(|digits| mail.contains(digits))).count()
    };
    assert_eq!(
        (names(&["6789", "1204"]), names(&["4421"]), names(&["6789", "4421"])),
        (1, 1, 0),
        "{mails:?}"
    );
    let list = app.get(REQUESTS, API_KEY).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 2, "and one request for each");
}

#[tokio::test]
async fn what_was_broken_when_the_customer_was_first_listed_is_no_reason_for_a_reminder() {
    let office = SmtpStub::start().await.unwrap();
    let app = reminding(&office, "broken").await;
    let list = app.get("/api/accounts", &crate::support::token("cus_1")).await.json();
    assert!(list["accounts"][0]["condition"]["broken"].is_object(), "{list}");
    relink_server::work_until_idle(&app.app).await;
    assert!(office.emails().is_empty());
}

#[tokio::test]
async fn nobody_is_reminded_unless_the_merchant_wants_it() {
    let office = SmtpStub::start().await.unwrap();
    for words in ["off", "expiring"] {
        let app = reminding(&office, words).await;
        breaks_again(&app, "evt_1").await;
        assert!(office.emails().is_empty(), "{words}");
    }
}

#[tokio::test]
async fn a_reminder_of_what_has_broken_waits_until_the_last_mail_is_48_hours_old() {
    let office = SmtpStub::start().await.unwrap();
    let app = reminding(&office, "broken").await;
    let mut ending = crate::objects::active("fca_1", Some("cus_1"));
    ending["status_details"] = json!({"active": {
        "action": "relink_required", "expected_deactivation_date": now() + 5 * 24 * 60 * 60
    }});
    app.stripe_has_account(ending);
    assert_eq!(ask_for(&app, "email").await.status, 201);
    breaks_again(&app, "evt_1").await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(office.emails().len(), 1);
    let due = app.database.texts("SELECT CAST(due / 1000 AS TEXT) FROM work WHERE kind = 'remind'").await;
    let wait = due[0].parse::<i64>().unwrap() - now();
    assert!((wait - 48 * 60 * 60).abs() < 120, "{wait}");
}

#[tokio::test]
async fn an_account_that_ends_in_five_days_is_reminded_of_soon_and_a_day_before() {
    let office = SmtpStub::start().await.unwrap();
    let app = reminding(&office, "expiring").await;
    let mut ending = crate::objects::active("fca_1", Some("cus_1"));
    let end = now() + 5 * 24 * 60 * 60;
    ending["status_details"] =
        json!({"active": {"action": "relink_required", "expected_deactivation_date": end}});
    app.stripe_has_account(ending);
    super::stripe_tells(&app, "evt_1").await;
    let look_again = async || {
        app.database.run("UPDATE work SET due = 0 WHERE kind = 'remind'").await;
        relink_server::work_until_idle(&app.app).await;
        let due = app.database.texts("SELECT CAST(due / 1000 AS TEXT) FROM work WHERE kind = 'remind'").await;
        due[0].parse::<i64>().unwrap()
    };
    assert!(look_again().await - now() <= 12 * 60 * 60, "at most a tenth of the time left");
    // As if it had been known for a day.
    app.database.run("UPDATE accounts SET changed_at = changed_at - 86400000").await;
    look_again().await;
    assert_eq!(office.emails().len(), 1);
    let before_the_end = end - look_again().await;
    assert_eq!(office.emails().len(), 1);
    assert!((21 * 60 * 60..=24 * 60 * 60).contains(&before_the_end), "{before_the_end}");
}

#[tokio::test]
async fn one_click_stops_reminders_and_looking_at_the_link_does_not() {
    let office = SmtpStub::start().await.unwrap();
    let app = reminding(&office, "broken").await;
    breaks_again(&app, "evt_1").await;
    let path = opt_out(&office.emails()[0]);
    let page = at(&app, Method::GET, &path).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<form method=\"post\">") && page.text.contains("Acme"), "{}", page.text);
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("form-action 'self'"));
    let is_out = async || app.get("/v1/opt-outs/cus_1", API_KEY).await.json()["opted_out"].clone();
    assert_eq!(is_out().await, json!(false));
    assert_eq!(at(&app, Method::POST, &path).await.status, 200);
    assert_eq!(is_out().await, json!(true));
    is_repaired(&app, "evt_2").await;
    breaks_again(&app, "evt_3").await;
    assert_eq!(office.emails().len(), 1);
    assert_eq!(ask_for(&app, "email").await.status, 201, "what the merchant asks for still goes");
    let secret = path.strip_prefix("/u/").unwrap();
    assert!(!app.log().contains(secret), "it is in no log");
    let unknown = at(&app, Method::POST, "/u/guess").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text.contains("use the link in the newest email from Acme"), "{}", unknown.text);
    let trail = app.get("/api/audit?subject=cus_1&limit=50", API_KEY).await.text;
    assert!(trail.contains("reminders.refused"), "{trail}");
}

#[tokio::test]
async fn the_merchant_can_say_it_for_the_customer() {
    let office = SmtpStub::start().await.unwrap();
    let app = reminding(&office, "broken").await;
    let send =
        async |method| app.send(request(method, "/v1/opt-outs/cus_1", API_KEY, None)).await.status.as_u16();
    assert_eq!(send(Method::PUT).await, 204);
    breaks_again(&app, "evt_1").await;
    assert!(office.emails().is_empty());
    assert_eq!(send(Method::DELETE).await, 204);
    is_repaired(&app, "evt_2").await;
    breaks_again(&app, "evt_3").await;
    assert_eq!(office.emails().len(), 1);
    assert_eq!(
        app.get("/v1/opt-outs/cus_1", API_KEY).await.json(),
        json!({"customer": "cus_1", "opted_out": false})
    );
    assert_ne!(Value::Null, app.get(REQUESTS, API_KEY).await.json());
}
