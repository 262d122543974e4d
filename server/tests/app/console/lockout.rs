//! An attacker who knows an operator's email address can neither lock the operator out nor sign in.

use relink_test_kit::SmtpStub;
use serde_json::{Value, json};

use super::{Browser, OPERATOR, code, shop};
use crate::support::{API_KEY, TestApp};

/// Lets `browsers` browsers request a code for the operator and guess at it.
async fn attacked(app: &TestApp, browsers: u32) {
    for number in 0..browsers {
        // A minute passes for each, so that the limit of one code a minute allows all requests.
        app.database.run("UPDATE code_limits SET asked_at = asked_at - 61000").await;
        let mut attacker = Browser::default();
        attacker.post(app, "/console/sign-in", &[("email", OPERATOR)]).await;
        for guess in 0..2 {
            let guess = format!("{number:04}{guess:05}");
            let tried = attacker.post(app, "/console/code", &[("email", OPERATOR), ("code", &guess)]).await;
            assert_eq!(tried.status, 403);
        }
    }
}

/// Waits until the server, which counts requests in the background, has counted this many.
async fn asked(app: &TestApp, limit: &str, times: &str) {
    let question = format!("SELECT CAST(asked AS TEXT) FROM code_limits WHERE browser {limit} ''");
    while app.database.texts(&question).await.concat() != times {
        tokio::task::yield_now().await;
    }
}

async fn trail(app: &TestApp, action: &str) -> Vec<Value> {
    let list = app.get("/api/audit?limit=100", API_KEY).await.json();
    let entries = list["data"].as_array().unwrap().iter();
    entries.filter(|entry| entry["action"] == action).cloned().collect()
}

#[tokio::test]
async fn a_code_that_the_operator_has_outlives_all_that_other_browsers_ask_for_and_try() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut operator = Browser::default();
    operator.post(&app, "/console/sign-in", &[("email", OPERATOR)]).await;
    let code = code(&office, 0).await;
    attacked(&app, 10).await;
    let right = [("email", OPERATOR), ("code", code.as_str())];
    assert_eq!(operator.post(&app, "/console/code", &right).await.status, 303);
}

#[tokio::test]
async fn when_strangers_have_used_up_all_codes_a_known_browser_and_a_key_still_get_in() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut known = Browser::with_code(&app, &office).await;
    let form = known.form(&app).await;
    known.post(&app, "/console/sign-out", &[("form", &form)]).await;
    attacked(&app, 10).await;
    asked(&app, "=", "6").await;
    let before = office.emails().len();
    assert_eq!(before, 6, "an hour's, of all unknown browsers together");

    app.database.run("UPDATE code_limits SET asked_at = asked_at - 61000").await;
    let mut unknown = Browser::default();
    let page = unknown.post(&app, "/console/sign-in", &[("email", OPERATOR)]).await;
    assert!(page.text.contains("You can always sign in with an API key."));
    known.post(&app, "/console/sign-in", &[("email", OPERATOR)]).await;
    let code = code(&office, before).await;
    let right = [("email", OPERATOR), ("code", code.as_str())];
    assert_eq!(unknown.post(&app, "/console/code", &right).await.status, 403, "it is another browser's code");
    assert_eq!(known.post(&app, "/console/code", &right).await.status, 303);
    assert_eq!(office.emails().len(), before + 1, "the unknown browser got none");
    assert_eq!(unknown.post(&app, "/console/key", &[("key", API_KEY)]).await.status, 303);
}

#[tokio::test]
async fn failed_sign_ins_and_sessions_that_end_are_in_the_audit_trail() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::default();
    browser.post(&app, "/console/code", &[("email", OPERATOR), ("code", "1")]).await;
    browser.post(&app, "/console/code", &[("email", "pass@word.example"), ("code", "1")]).await;
    browser.post(&app, "/console/key", &[("key", "made up")]).await;
    let key = crate::requests::keys::create(&app, "console");
    app.database.run("UPDATE keys SET expires_at = 1").await;
    let refused = browser.post(&app, "/console/key", &[("key", &key)]).await;
    assert!(refused.status == 403 && refused.text.contains("This key has expired."), "{}", refused.text);
    let failed = trail(&app, "console.sign_in_failed").await;
    let details: Vec<&Value> = failed.iter().map(|entry| &entry["detail"]).collect();
    assert_eq!(
        details,
        [
            &json!({"with": "key", "reason": "expired"}),
            &json!({"with": "key", "reason": "unknown"}),
            &json!({"with": "code", "operator": null}),
            &json!({"with": "code", "operator": OPERATOR}),
        ]
    );
    assert!(failed.iter().all(|entry| entry["ip_address"] == "192.0.2.1"), "{failed:?}");
    assert!(!app.log().contains("pass@word.example"));

    for (change, reason) in [
        ("seen_at = seen_at - 30 * 60 * 1000", "idle"),
        ("begun_at = begun_at - 12 * 60 * 60 * 1000", "too_long"),
    ] {
        let mut browser = Browser::with_key(&app).await;
        app.database.run(&format!("UPDATE operator_sessions SET {change}")).await;
        for _ in 0..2 {
            assert_eq!(browser.get(&app, "/console").await.status, 303);
        }
        let ended = trail(&app, "console.session_ended").await;
        assert_eq!(ended[0]["detail"]["reason"], reason);
    }
    let mut browser = Browser::with_key(&app).await;
    browser.post(&app, "/console/key", &[("key", API_KEY)]).await;
    let ended = trail(&app, "console.session_ended").await;
    assert_eq!((ended.len(), &ended[0]["detail"]["reason"]), (3, &json!("replaced")));
}

#[tokio::test]
async fn the_console_shows_keys_with_owner_last_use_and_end_and_that_lists_were_read() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    crate::requests::keys::create(&app, "audit:read");
    app.database.run("UPDATE keys SET owner = 'Ada <Lovelace>', expires_at = 1, last_used_at = 60000").await;
    let mut browser = Browser::with_key(&app).await;
    let page = browser.get(&app, "/console/keys").await;
    assert_eq!(page.status, 200);
    for shown in
        ["Ada &lt;Lovelace&gt;", "audit:read", "Jan 1, 1970, 12:01 AM UTC", "expired", "RELINK_API_KEY"]
    {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert_eq!(browser.get(&app, "/console?state=broken").await.status, 200);
    let listed = trail(&app, "connections.listed").await;
    assert_eq!(listed[0]["detail"]["connections"]["state"], "broken", "{listed:?}");
    assert!(browser.get(&app, "/console/audit").await.text.contains("192.0.2.1"));
}
