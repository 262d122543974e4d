use relink_test_kit::SmtpStub;

use super::{Browser, OPERATOR, code, shop, shop_of};
use crate::support::API_KEY;

#[tokio::test]
async fn an_operator_signs_in_by_a_code_and_out_again() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::default();
    assert_eq!(browser.get(&app, "/console").await.headers["location"], "/console/sign-in");
    assert!(browser.get(&app, "/console/sign-in").await.text.contains("Send me a code"));
    let mut browser = Browser::with_code(&app, &office).await;
    let page = browser.get(&app, "/console").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(OPERATOR));
    let form = browser.form(&app).await;
    let old = browser.cookies.clone();
    assert_eq!(browser.post(&app, "/console/sign-out", &[("form", &form)]).await.status, 303);
    assert_eq!(browser.cookies.len(), 1, "that the browser is known is no way in");
    browser.cookies = old;
    assert_eq!(browser.get(&app, "/console").await.status, 303, "the session itself is over");
    let trail = app.get("/api/audit?limit=2", API_KEY).await.json();
    assert_eq!(trail["data"][0]["action"], "console.signed_out");
    assert_eq!(trail["data"][1]["actor"]["email"], OPERATOR);
}

#[tokio::test]
async fn whoever_has_to_sign_in_first_comes_to_the_page_they_asked_for() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::default();
    let asked = "/console?q=cus_A%26B";
    let sign_in = browser.get(&app, asked).await.headers["location"].to_str().unwrap().to_owned();
    assert!(browser.get(&app, &sign_in).await.text.contains("value=\"/console?q=cus_A%26B\""), "{sign_in}");
    let form = [("email", OPERATOR), ("then", asked)];
    assert!(
        browser.post(&app, "/console/sign-in", &form).await.text.contains("value=\"/console?q=cus_A%26B\"")
    );
    let code = code(&office, 0).await;
    let form = [("email", OPERATOR), ("code", &code), ("then", asked)];
    assert_eq!(browser.post(&app, "/console/code", &form).await.headers["location"], asked);
    assert_eq!(browser.get(&app, &sign_in).await.headers["location"], asked, "signed in already");
    let form = [("key", API_KEY), ("then", "https://evil.example/console")];
    assert_eq!(browser.post(&app, "/console/key", &form).await.headers["location"], "/console");
    let mut browser = Browser::default();
    assert_eq!(browser.post(&app, "/console/batches", &[]).await.headers["location"], "/console/sign-in");
}

#[tokio::test]
async fn a_code_works_once_in_the_browser_that_asked_and_for_nobody_else() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::default();
    browser.post(&app, "/console/sign-in", &[("email", OPERATOR)]).await;
    let code = code(&office, 0).await;
    let mut other = Browser::default();
    assert_eq!(other.post(&app, "/console/code", &[("email", OPERATOR), ("code", &code)]).await.status, 403);
    let bob = [("email", "bob@shop.example"), ("code", code.as_str())];
    assert_eq!(browser.post(&app, "/console/code", &bob).await.status, 403);
    let own = [("email", OPERATOR), ("code", code.as_str())];
    let asking = browser.cookies.clone();
    assert_eq!(browser.post(&app, "/console/code", &own).await.status, 303);
    browser.cookies = asking;
    assert_eq!(browser.post(&app, "/console/code", &own).await.status, 403, "once");
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_is_wrong_too() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::default();
    browser.post(&app, "/console/sign-in", &[("email", OPERATOR)]).await;
    let code = code(&office, 0).await;
    let wrong = if code == "000000000" { "000000001" } else { "000000000" };
    for _ in 0..5 {
        browser.post(&app, "/console/code", &[("email", OPERATOR), ("code", wrong)]).await;
    }
    let right = [("email", OPERATOR), ("code", code.as_str())];
    assert_eq!(browser.post(&app, "/console/code", &right).await.status, 403);
}

#[tokio::test]
async fn an_error_is_tied_to_its_field() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    for (path, fields, field) in [
        ("/console/sign-in", [("email", "ada"), ("x", "")], "email"),
        ("/console/code", [("email", OPERATOR), ("code", "000000000")], "code"),
        ("/console/key", [("key", "wrong"), ("x", "")], "key"),
    ] {
        let page = Browser::default().post(&app, path, &fields).await.text;
        let (_, input) = page.split_once(&format!("<input id=\"{field}\"")).unwrap();
        let (input, rest) = input.split_once('>').unwrap();
        assert!(input.contains("aria-invalid=\"true\""), "{path}: {page}");
        assert!(input.contains(&format!("aria-describedby=\"{field}-error")), "{path}: {page}");
        assert!(rest.contains(&format!("id=\"{field}-error\" role=\"alert\"")), "{path}: {page}");
        assert_eq!(page.matches("aria-invalid").count(), 1, "{path}: {page}");
    }
    let page = Browser::default().get(&app, "/console/sign-in").await.text;
    assert!(!page.contains("aria-invalid") && !page.contains("-error"), "{page}");
}

#[tokio::test]
async fn whoever_is_no_operator_gets_the_same_answer_and_no_mail() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let stranger = Browser::default().post(&app, "/console/sign-in", &[("email", "eve@evil.example")]).await;
    let operator = Browser::default().post(&app, "/console/sign-in", &[("email", OPERATOR)]).await;
    assert_eq!(stranger.status, operator.status);
    assert_eq!(stranger.text.replace("eve@evil.example", OPERATOR), operator.text);
    code(&office, 0).await;
    assert_eq!(office.emails().len(), 1);
    assert!(office.emails()[0].contains("ada@shop.example"));
}

#[tokio::test]
async fn a_key_without_the_scope_opens_nothing_and_one_with_it_until_it_is_revoked() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let key = crate::requests::keys::create(&app, "requests:read");
    let mut browser = Browser::default();
    assert_eq!(browser.post(&app, "/console/key", &[("key", &key)]).await.status, 403);
    assert_eq!(browser.post(&app, "/console/key", &[("key", "")]).await.status, 403);
    let key = crate::requests::keys::create(&app, "console");
    assert_eq!(browser.post(&app, "/console/key", &[("key", &key)]).await.status, 303);
    assert_eq!(browser.get(&app, "/console").await.status, 200);
    app.database.run("UPDATE keys SET revoked_at = 1").await;
    assert_eq!(browser.get(&app, "/console").await.status, 303);
}

#[tokio::test]
async fn a_session_ends_when_nothing_is_done_in_it_and_after_half_a_day() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    for late in ["seen_at = seen_at - 30 * 60 * 1000", "begun_at = begun_at - 12 * 60 * 60 * 1000"] {
        let mut browser = Browser::with_key(&app).await;
        assert_eq!(browser.get(&app, "/console").await.status, 200);
        app.database.run(&format!("UPDATE operator_sessions SET {late}")).await;
        assert_eq!(browser.get(&app, "/console").await.status, 303, "{late}");
    }
}

#[tokio::test]
async fn an_operator_who_is_struck_off_the_list_is_out_at_once() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::with_code(&app, &office).await;
    assert_eq!(browser.get(&app, "/console").await.status, 200);
    let strict = shop_of(&office, "bob@shop.example").await.on(&app.database.url).await;
    assert_eq!(browser.get(&strict, "/console").await.status, 303);
}

#[tokio::test]
async fn another_api_key_ends_the_sessions_that_were_begun_with_the_one_before() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::with_key(&app).await;
    assert_eq!(browser.get(&app, "/console").await.status, 200);
    let same = app.another().await;
    assert_eq!(browser.get(&same, "/console").await.status, 200, "on another server with the same settings");
    let changed = app.with_api_key(&format!("{API_KEY}-and-another")).await;
    assert_eq!(browser.get(&changed, "/console").await.status, 303);
}

#[tokio::test]
async fn neither_codes_nor_sessions_are_in_the_database_or_the_log() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::with_code(&app, &office).await;
    let form = browser.form(&app).await;
    let kept = app.database.texts("SELECT hash FROM operator_sessions").await.join(" ");
    for (_, secret) in &browser.cookies {
        assert!(!kept.contains(secret.as_str()) && !app.log().contains(secret.as_str()));
    }
    assert!(!app.log().contains(&form));
    let code = code(&office, 0).await;
    assert!(!app.log().contains(&format!("\"{code}\"")) && !app.log().contains(API_KEY));
}
