//! A server for one connected account (`RELINK_STRIPE_ACCOUNT`): all calls are made for it, and only its events are taken.

use relink_server::{ConnectOptions, Options, RequestOptions, work_until_idle};
use relink_test_kit::SmtpStub;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{JENNY, Stand};
use crate::support::{API_KEY, token};

pub(super) const POTTER: &str = "acct_SandboxPotter";
pub(super) const WEAVER: &str = "acct_SandboxWeaver";
/// Customer of both connected accounts, who are two persons with the same id.
pub(super) const INGA: &str = "cus_SandboxInga";
pub(super) const ACCOUNT: &str = "fca_AlderInga";
pub(super) const ALDER: &str = "fcinst_AlderBank";

/// Starts a server that works for the potter.
async fn potters(change: impl FnOnce(Options) -> Options) -> Stand {
    let mut stand = Stand::start(|options| {
        let connect = ConnectOptions { stripe_account: Some(POTTER.to_owned()), ..ConnectOptions::default() };
        change(Options { connect, ..options })
    })
    .await;
    stand.control("/_sandbox/scenes", &json!({"scene": "connect"})).await;
    stand.act_for(POTTER);
    stand
}

#[tokio::test]
async fn its_customer_relinks_in_a_window_that_is_opened_for_it() {
    let stand = potters(|options| options).await;
    let list = stand.app.get("/api/accounts", &token(INGA)).await.json();
    assert_eq!(list["accounts"][0]["last4"], "4536", "{list}");
    let started = stand.app.begin(&token(INGA), ACCOUNT).await.json();
    assert_eq!(started["stripe_account"], POTTER, "for Stripe.js: {started}");
    let (_, outcome) = stand.relink_those(INGA, ACCOUNT, ALDER, |holding| holding["last4"] == "4536").await;
    assert_eq!(outcome["relinked"]["restored"][0]["id"], ACCOUNT, "{outcome}");
    stand.deliver_events().await;
    let heard = stand.merchant_hears("connection.repaired").await;
    assert_eq!(heard.len(), 1, "{heard:?}");
}

#[tokio::test]
async fn it_reaches_no_customer_of_the_platform_or_of_another_connected_account() {
    let mut stand = potters(|options| options).await;
    let list = stand.app.get("/api/accounts", &token(JENNY)).await.json();
    assert_eq!(list["accounts"], json!([]), "the platform's");
    // Inga's account at the weaver has the same id.
    stand.app.get("/api/accounts", &token(INGA)).await;
    stand.act_for(WEAVER);
    stand.bank_changes(ACCOUNT, json!({"status": "active"})).await;
    stand.deliver_events().await;
    let list = stand.app.get("/api/accounts", &token(INGA)).await.json();
    let account = &list["accounts"][0];
    assert_eq!((&account["last4"], account["condition"].is_object()), (&json!("4536"), true), "{list}");
}

#[tokio::test]
async fn events_of_others_are_acknowledged_without_effect_and_counted() {
    let stand = potters(|options| options).await;
    let mut event = crate::webhooks::event("evt_1", ACCOUNT);
    for (account, is_taken) in [(Value::Null, false), (json!(WEAVER), false), (json!(POTTER), true)] {
        event["account"] = account;
        let answer = stand.app.tell(&event).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text.contains("ignored")),
            (200, !is_taken),
            "{}",
            answer.text
        );
        let stored = stand.app.database.texts("SELECT id FROM events").await;
        assert_eq!(stored.len(), usize::from(is_taken), "{event}");
    }
}

#[tokio::test]
async fn its_events_that_were_not_delivered_are_fetched() {
    let stand = potters(|options| options).await;
    stand.app.get("/api/accounts", &token(INGA)).await;
    work_until_idle(&stand.app.app).await;
    stand.bank_changes(ACCOUNT, json!({"status": "active"})).await;
    let job = "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
               VALUES ('catch_up:', 'catch_up', '', 0, 1, 1, 0, 0, 0, 0)";
    stand.app.database.run(job).await;
    work_until_idle(&stand.app.app).await;
    let fetched = stand.app.database.texts("SELECT type FROM events WHERE source = 'catch_up'").await;
    assert_eq!(fetched, ["financial_connections.account.reactivated"]);
    let list = stand.app.get("/api/accounts", &token(INGA)).await.json();
    assert_eq!(list["accounts"][0]["condition"], "healthy", "{list}");
}

#[tokio::test]
async fn a_request_is_mailed_to_its_customer_or_hosted_by_stripe() {
    let office = SmtpStub::start().await.unwrap();
    let requests = RequestOptions {
        public_url: Some("https://reconnect.example".to_owned()),
        return_origins: Some("https://shop.example".to_owned()),
        smtp_url: Some(SecretString::from(office.url())),
        mail_from: Some("Potter <billing@potter.example>".to_owned()),
        ..RequestOptions::default()
    };
    let stand = potters(|options| Options { requests, ..options }).await;
    for delivery in ["email", "stripe_link"] {
        let body =
            json!({"account": ACCOUNT, "delivery": delivery, "return_url": "https://shop.example/back"});
        let answer = stand.app.post("/v1/relink-requests", API_KEY, &body).await;
        assert_eq!(answer.status, 201, "{delivery}: {}", answer.text);
        work_until_idle(&stand.app.app).await;
    }
    let mails = office.emails();
    assert!(mails.len() == 1 && mails[0].contains("To: inga.holm@example.com"), "{mails:?}");
}
