//! Names of connected accounts' businesses, which their customers see in place of the platform's.

use std::time::Duration;

use relink_server::{Options, RequestOptions};
use relink_test_kit::SmtpStub;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::connected_account::{ACCOUNT, ALDER, POTTER, WEAVER};
use super::connected_accounts::{POTTERS, inga_of, platform};
use super::{JENNY, Stand};
use crate::support::{now, request, token};

#[tokio::test]
async fn the_page_has_the_name_of_the_connected_accounts_business_and_asks_for_it_once_a_day() {
    let stand = platform("all", |options| options).await;
    let merchant = async |token: &str| {
        stand.app.get("/api/accounts", token).await.json()["merchant"].as_str().unwrap().to_owned()
    };
    let (potters, weavers) = (inga_of(POTTER), inga_of(WEAVER));
    assert_eq!(merchant(&potters).await, "Potter & Daughters");
    assert_eq!(
        merchant(&weavers).await,
        "Weaver's Loft",
        "the name in the dashboard, where there is no other"
    );
    let platforms = merchant(&token(JENNY)).await;
    stand
        .write(
            &format!("/v1/accounts/{POTTER}"),
            "business_profile[name]=Clay&settings[dashboard][display_name]=",
        )
        .await;
    assert_eq!(merchant(&potters).await, "Potter & Daughters", "for a day");
    name_was_read(&stand, 25, "Old").await;
    assert_eq!(merchant(&potters).await, "Old", "at once, and renewed in the background");
    stored_name_is(&stand, &json!("Clay")).await;
    assert_eq!(merchant(&potters).await, "Clay");
    stand.write(&format!("/v1/accounts/{POTTER}"), "business_profile[name]=").await;
    name_was_read(&stand, 25, "Old").await;
    merchant(&potters).await;
    stored_name_is(&stand, &Value::Null).await;
    assert_eq!(merchant(&potters).await, platforms, "Stripe has no name");
}

/// Stores this name of the potter's business as one that was read so many hours ago.
async fn name_was_read(stand: &Stand, hours: i64, name: &str) {
    let stored = json!({"name": name, "read_at": now() - hours * 3600});
    let update = format!("UPDATE meta SET value = '{stored}' WHERE name = '{POTTER}.merchant_name'");
    stand.app.database.run(&update).await;
}

/// Returns the reading of the name of the potter's business.
async fn stored_name(stand: &Stand) -> Value {
    let stored = format!("SELECT value FROM meta WHERE name = '{POTTER}.merchant_name'");
    let stored = stand.app.database.texts(&stored).await;
    stored.first().map_or(Value::Null, |stored| serde_json::from_str(stored).unwrap())
}

/// Waits until the background has read this name.
async fn stored_name_is(stand: &Stand, expected: &Value) {
    for _ in 0..200 {
        let stored = stored_name(stand).await;
        if stored.is_object() && stored["name"] == *expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} is not {expected}", stored_name(stand).await);
}

/// Makes the sandbox answer the next readings of this connected account otherwise.
async fn names_fail(stand: &Stand, account: &str, fault: Value) {
    let mut fault = fault;
    fault["route"] = json!(format!("GET /v1/accounts/{account}"));
    stand.control("/_sandbox/faults", &fault).await;
}

#[tokio::test]
async fn a_business_keeps_its_name_in_pages_and_mandate_when_stripe_refuses_to_tell_it() {
    let mut stand = platform("all", crate::payment_method::lenient).await;
    let mine = inga_of(POTTER);
    let page = async |stand: &Stand| stand.app.get("/api/accounts", &mine).await.json()["merchant"].clone();
    assert_eq!(page(&stand).await, "Potter & Daughters");
    names_fail(&stand, POTTER, json!({"kind": "status", "status": 401})).await;
    name_was_read(&stand, 25, "Potter & Daughters").await;
    let old = stored_name(&stand).await;
    assert_eq!(page(&stand).await, "Potter & Daughters");
    for _ in 0..200 {
        if stand.app.log().contains("the name of the connected account acct_SandboxPotter can't be read") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(stored_name(&stand).await, old, "a key that is not accepted tells nothing about the name");
    names_fail(&stand, POTTER, json!({"kind": "status", "status": 403})).await;
    stand.act_for(POTTER);
    stand.control("/_sandbox/settings", &json!({"changed_ids": true})).await;
    let (_, outcome) = stand.relink_with(&mine, POTTERS, ALDER, |holding| holding["last4"] == "4536").await;
    let words = outcome["new_account"]["mandate"].as_str().unwrap_or_else(|| panic!("{outcome}"));
    assert!(words.contains("Potter & Daughters") && !words.contains("Acme"), "{words}");
    let renewed = stored_name(&stand).await;
    assert!(renewed["read_at"].as_i64() > old["read_at"].as_i64(), "it was refused: {renewed}");
}

#[tokio::test]
async fn pages_share_a_slow_reading_of_a_name_and_after_a_failure_none_is_tried_for_a_minute() {
    let stand = platform("all", |options| options).await;
    let merchant = async |account: &str| {
        stand.app.get("/api/accounts", &inga_of(account)).await.json()["merchant"].clone()
    };
    let readings =
        async || stand.read("/_sandbox/state").await["calls"]["GET /v1/accounts/{id}"].as_u64().unwrap();
    names_fail(&stand, POTTER, json!({"kind": "slow", "milliseconds": 2000, "times": 9})).await;
    let seen = tokio::join!(merchant(POTTER), merchant(POTTER), merchant(POTTER));
    assert_eq!(seen, (json!("Acme"), json!("Acme"), json!("Acme")), "after a second");
    stored_name_is(&stand, &json!("Potter & Daughters")).await;
    assert_eq!(merchant(POTTER).await, "Potter & Daughters");
    assert_eq!(readings().await, 1);
    let fails = json!({"kind": "status", "status": 500, "should_retry": false, "times": 9});
    names_fail(&stand, WEAVER, fails).await;
    for _ in 0..3 {
        assert_eq!(merchant(WEAVER).await, "Acme");
    }
    assert_eq!(readings().await, 2);
    let logged = "the name of the connected account acct_SandboxWeaver can't be read";
    assert_eq!(stand.app.log().matches(&format!("\"message\":\"{logged}")).count(), 1);
}

#[tokio::test]
async fn a_link_and_the_opt_out_from_emails_name_the_business() {
    let office = SmtpStub::start().await.unwrap();
    let requests = RequestOptions {
        public_url: Some("https://reconnect.example".to_owned()),
        smtp_url: Some(SecretString::from(office.url())),
        mail_from: Some("Market <billing@market.example>".to_owned()),
        remind: Some("broken".to_owned()),
        ..RequestOptions::default()
    };
    let mut stand = platform("all", |options| Options { requests, ..options }).await;
    stand.act_for(POTTER);
    for status in ["active", "inactive"] {
        stand.bank_changes(ACCOUNT, json!({"status": status})).await;
        stand.deliver_events().await;
    }
    let emails = office.emails();
    let [email] = emails.as_slice() else { panic!("{emails:?}") };
    let email = email.replace("=\n", "").replace("=3D", "=");
    let secret_behind = |address: &str| -> String {
        let (_, rest) = email.split_once(address).unwrap_or_else(|| panic!("{address}: {email}"));
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
    };
    let out = format!("/u/{}", secret_behind("https://reconnect.example/u/"));
    for method in [Method::GET, Method::POST] {
        let page = stand.app.send(request(method.clone(), &out, "", None)).await;
        assert!(page.status == 200 && page.text.contains("Potter &amp; Daughters"), "{method} {}", page.text);
    }
    // As on a server whose customers have come only by links.
    stand.app.database.run(&format!("DELETE FROM meta WHERE name = '{POTTER}.merchant_name'")).await;
    let link = secret_behind("https://reconnect.example/r#");
    let opened = stand.app.post("/r/open", "", &json!({"token": link})).await;
    assert_eq!(opened.json()["merchant"], "Potter & Daughters", "{}", opened.text);
}
