//! Relink requests of the back end: created, refused with a reason, and reported to the merchant.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{REQUESTS, ask, ask_for, breaks_again, is_repaired, linked, plain, read, rule, shop, told};
use crate::objects::{active, broken};
use crate::support::{API_KEY, now, token};

#[tokio::test]
async fn a_request_is_made_read_listed_and_taken_back() {
    let app = plain().await;
    let body = json!({
        "account": "fca_1", "delivery": "link", "locale": "es-MX", "return_url": "https://shop.example/account",
        "expires_in": 3600,
    });
    let made = ask(&app, &body).await.json();
    for (field, expected) in [
        ("object", json!("relink_request")),
        ("account", json!("fca_1")),
        ("customer", json!("cus_1")),
        ("delivery", json!("link")),
        ("locale", json!("es")),
        ("state", json!("created")),
        ("reason", json!("inactive")),
        ("automatic", json!(false)),
        ("mail", Value::Null),
    ] {
        assert_eq!(made[field], expected, "{field}");
    }
    assert!((made["expires_at"].as_i64().unwrap() - now() - 3600).abs() < 60);
    let shown = read(&app, &made["id"]).await;
    assert_eq!(shown.get("url"), None, "a link is told once");
    let second = linked(&app).await.0;
    let list = app.get(&format!("{REQUESTS}?account=fca_1&limit=1"), API_KEY).await.json();
    assert_eq!((&list["data"][0]["id"], &list["has_more"]), (&second["id"], &json!(true)));
    let next = format!("{REQUESTS}?state=created&starting_after={}", second["id"].as_str().unwrap());
    assert_eq!(app.get(&next, API_KEY).await.json()["data"][0]["id"], made["id"]);
    let cancel = format!("{REQUESTS}/{}/cancel", made["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(app.post(&cancel, API_KEY, &Value::Null).await.json()["state"], "cancelled");
    }
    assert_eq!(told(&app).await, ["created", "created", "cancelled"]);
    assert_eq!(app.post(&format!("{REQUESTS}/rlr_0/cancel"), API_KEY, &Value::Null).await.problem().0, 404);
}

#[tokio::test]
async fn what_can_be_no_request_is_not_found_without_asking_the_database() {
    let app = plain().await;
    app.database.run("ALTER TABLE requests RENAME TO elsewhere").await;
    for id in ["no%20id", &"x".repeat(161)] {
        let path = format!("{REQUESTS}/{id}");
        let not_found = (404, "not_found".to_owned());
        assert_eq!(app.get(&path, API_KEY).await.problem(), not_found, "{id}");
        let cancelled = app.post(&format!("{path}/cancel"), API_KEY, &Value::Null).await;
        assert_eq!(cancelled.problem(), not_found, "{id}");
    }
    assert!(app.get(&format!("{REQUESTS}/rlr_1"), API_KEY).await.status.is_server_error());
}

#[tokio::test]
async fn a_refusal_names_its_rule() {
    let app = plain().await;
    let with = |fields: Value| {
        let mut body = json!({"account": "fca_1", "delivery": "link"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    for (body, expected) in [
        (with(json!({"return_url": "https://evil.example/"})), (400, "return_url_not_allowed")),
        (with(json!({"return_url": "javascript:alert(1)"})), (400, "return_url_not_allowed")),
        (with(json!({"expires_in": 60})), (400, "expires_in_out_of_range")),
        (with(json!({"expires_in": 31 * 24 * 3600})), (400, "expires_in_out_of_range")),
        (with(json!({"email": "a@b.example"})), (400, "email_not_usable")),
        (with(json!({"delivery": "email"})), (409, "mail_not_set_up")),
        (with(json!({"delivery": "stripe_link"})), (400, "return_url_not_allowed")),
    ] {
        let answer = ask(&app, &body).await;
        let (status, rule, from) = rule(&answer);
        assert_eq!(((status, rule.as_str()), from), (expected, None), "{body}");
    }
    for body in [
        json!({}),
        with(json!({"delivery": "pigeon"})),
        with(json!({"url": "x"})),
        with(json!({"account": "cus_1"})),
    ] {
        assert_eq!(ask(&app, &body).await.problem(), (400, "invalid_request".to_owned()), "{body}");
    }
    assert_eq!(ask(&app, &with(json!({"account": "fca_none"}))).await.problem().0, 404);
    assert!(told(&app).await.is_empty());
    let nowhere = shop(|requests| relink_server::RequestOptions { public_url: None, ..requests }).await;
    assert_eq!(rule(&ask_for(&nowhere, "link").await).1, "links_not_set_up");
}

#[tokio::test]
async fn only_accounts_that_a_relink_helps_are_eligible() {
    let app = plain().await;
    let mut gone = broken("fca_gone", Some("cus_1"));
    gone["status"] = json!("disconnected");
    let mut hopeless = broken("fca_hopeless", Some("cus_1"));
    hopeless["status_details"]["inactive"]["action"] = json!("none");
    let mut expiring = active("fca_number", Some("cus_1"));
    expiring["account_numbers"] = json!([{
        "expected_expiry_date": now() + 20 * 24 * 3600, "identifier_type": "tokenized_account_number",
        "status": "transactable",
    }]);
    let mut ending = active("fca_ending", Some("cus_1"));
    ending["status_details"] = json!({"active": {"action": "relink_required", "expected_deactivation_date": now() + 25 * 24 * 3600}});
    let healthy = active("fca_healthy", Some("cus_1"));
    for account in [&gone, &hopeless, &expiring, &ending, &healthy, &broken("fca_alone", None)] {
        app.stripe_has_account(account.clone());
    }
    for (account, expected) in [
        ("fca_gone", "account_disconnected"),
        ("fca_hopeless", "account_not_relinkable"),
        ("fca_healthy", "account_healthy"),
        ("fca_alone", "account_without_owner"),
    ] {
        let answer = ask(&app, &json!({"account": account, "delivery": "link"})).await;
        let (status, rule, _) = rule(&answer);
        assert_eq!((status, rule.as_str()), (409, expected));
    }
    for (account, expected) in
        [("fca_1", "inactive"), ("fca_number", "number_expiring"), ("fca_ending", "about_to_be_deactivated")]
    {
        let answer = ask(&app, &json!({"account": account, "delivery": "link"})).await;
        assert_eq!(answer.json()["reason"], expected, "{account} {}", answer.text);
    }
}

#[tokio::test]
async fn a_request_is_completed_when_its_account_works_again_however_that_came() {
    let app = plain().await;
    let first = linked(&app).await.0;
    let second = linked(&app).await.0;
    is_repaired(&app, "evt_1").await;
    for made in [&first, &second] {
        let shown = read(&app, &made["id"]).await;
        assert_eq!(shown["state"], "completed");
        assert!(shown["ended_at"].is_number());
    }
    breaks_again(&app, "evt_2").await;
    assert_eq!(read(&app, &first["id"]).await["state"], "completed", "an end stays the end");
    assert_eq!(told(&app).await, ["created", "created", "completed", "completed"]);
}

#[tokio::test]
async fn a_request_expires_and_says_so_once() {
    let app = plain().await;
    let made = linked(&app).await.0;
    app.database.run("UPDATE requests SET expires_at = 1").await;
    app.database
        .run("INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
              VALUES ('sweep:', 'sweep', '', 0, 1, 1, 0, 0, 0, 0)")
        .await;
    relink_server::work_until_idle(&app.app).await;
    assert_eq!(read(&app, &made["id"]).await["state"], "expired");
    assert_eq!(told(&app).await, ["created", "expired"]);
    let cancel = format!("{REQUESTS}/{}/cancel", made["id"].as_str().unwrap());
    assert_eq!(app.post(&cancel, API_KEY, &Value::Null).await.problem(), (409, "already_over".to_owned()));
}

#[tokio::test]
async fn everything_about_a_request_is_in_the_audit_trail() {
    let app = plain().await;
    let (made, link) = linked(&app).await;
    super::open(&app, &link).await;
    is_repaired(&app, "evt_1").await;
    let trail = app.get("/api/audit?subject=fca_1", API_KEY).await.json();
    let entries: Vec<(&str, &str)> = trail["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["actor"]["type"].as_str().unwrap()))
        .collect();
    assert_eq!(
        entries,
        [
            ("relink_request.completed", "server"),
            ("relink_request.opened", "link"),
            ("relink_request.created", "back_end"),
        ]
    );
    assert_eq!(trail["data"][1]["actor"]["request"], made["id"]);
}

#[tokio::test]
async fn customers_do_not_ask_themselves() {
    let app = plain().await;
    let body = json!({"account": "fca_1", "delivery": "link"});
    for key in ["", &token("cus_1"), "rlk_test_none"] {
        assert_eq!(app.post(REQUESTS, key, &body).await.problem().0, 401, "{key}");
        assert_eq!(app.get(REQUESTS, key).await.problem().0, 401, "{key}");
    }
    assert!(Timestamp::from_second(now()).is_ok());
}
