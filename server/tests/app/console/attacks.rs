//! Attacks on the console's sign-in, and on operators' browsers.

use relink_test_kit::SmtpStub;
use reqwest::Method;
use serde_json::json;

use super::{Browser, OPERATOR, OWN, code, shop};
use crate::objects::broken;
use crate::support::API_KEY;
use crate::webhooks::event;

#[tokio::test]
async fn a_session_that_somebody_put_into_a_browser_is_not_the_one_that_is_signed_in() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let put = ("__Host-relink-console".to_owned(), "A".repeat(43));
    let mut browser = Browser { cookies: vec![put.clone()] };
    assert_eq!(browser.get(&app, "/console").await.status, 303, "nobody's");
    browser.post(&app, "/console/key", &[("key", API_KEY)]).await;
    assert_ne!(browser.cookies, std::slice::from_ref(&put));
    assert_eq!(browser.get(&app, "/console").await.status, 200);
    assert_eq!(Browser { cookies: vec![put] }.get(&app, "/console").await.status, 303);
    // Each sign-in makes a new session, and ends the browser's former one.
    let before = Browser { cookies: browser.cookies.clone() };
    browser.post(&app, "/console/key", &[("key", API_KEY)]).await;
    assert_ne!(browser.cookies, before.cookies);
    let mut before = before;
    assert_eq!(before.get(&app, "/console").await.status, 303);
}

#[tokio::test]
async fn what_others_guess_uses_up_none_of_an_operators_tries() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let (mut browser, mut other) = (Browser::default(), Browser::default());
    other.post(&app, "/console/sign-in", &[("email", "eve@evil.example")]).await;
    browser.post(&app, "/console/sign-in", &[("email", OPERATOR)]).await;
    let code = code(&office, 0).await;
    for guess in 0..10 {
        let fields = [("email", OPERATOR), ("code", &*format!("{guess:09}"))];
        assert_eq!(other.post(&app, "/console/code", &fields).await.status, 403);
        assert_eq!(Browser::default().post(&app, "/console/code", &fields).await.status, 403);
    }
    let fields = [("email", OPERATOR), ("code", code.as_str())];
    assert_eq!(browser.post(&app, "/console/code", &fields).await.status, 303);
}

#[tokio::test]
async fn one_address_has_sixty_tries_a_minute_for_codes_and_keys_together() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::default();
    for n in 0..60 {
        let (path, field) = if n % 2 == 0 { ("/console/code", "code") } else { ("/console/key", "key") };
        assert_eq!(browser.post(&app, path, &[(field, "1")]).await.status, 403, "{n}");
    }
    for (path, field, value) in [
        ("/console/code", "code", "1"),
        ("/console/key", "key", "1"),
        ("/console/sign-in", "email", OPERATOR),
    ] {
        let answer = browser.post(&app, path, &[(field, value)]).await;
        assert_eq!(answer.status, 429, "{path}");
        assert!(answer.headers.contains_key("retry-after"));
        assert!(answer.text.contains("Too many attempts"), "{}", answer.text);
    }
    // A valid key is never locked out, not even behind a proxy that gives all clients one address.
    assert_eq!(browser.post(&app, "/console/key", &[("key", API_KEY)]).await.status, 303);
}

#[tokio::test]
async fn no_address_leads_out_of_the_console() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    for query in ["", "?next=https://evil.example", "?return_to=//evil.example", "?url=%2F%2Fevil.example"] {
        let mut browser = Browser::default();
        let fields = [("key", API_KEY), ("next", "https://evil.example"), ("return_to", "//evil.example")];
        let answer = browser.post(&app, &format!("/console/key{query}"), &fields).await;
        assert_eq!(answer.headers["location"], "/console");
        let answer = browser.get(&app, &format!("/console/sign-in{query}")).await;
        assert_eq!(answer.headers["location"], "/console");
    }
    let host = [OWN[0], ("host", "evil.example"), ("x-forwarded-host", "evil.example")];
    let answer = Browser::default().go(&app, Method::GET, "/console", None, &host).await;
    assert_eq!(answer.headers["location"], "/console/sign-in");
}

const HARM: &str = "\"><script>alert(1)</script>&";

#[tokio::test]
async fn what_banks_customers_and_operators_write_is_text_on_every_page() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut account = broken("fca_1", Some("cus_1"));
    for field in ["institution_name", "display_name"] {
        account[field] = json!(HARM);
    }
    app.stripe_has_account(account);
    app.tell(&event("evt_1", "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
    app.database
        .run(&format!(
            "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, parked_at, last_error, \
             created_at) VALUES ('{HARM}', 'account', 'fca_1', 0, 1, 0, 0, 9, 0, 5, '{HARM}', 0)"
        ))
        .await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let harm = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%26";
    let mut pages = Vec::new();
    for path in ["", "/accounts/fca_1", "/customers/cus_1", "/reports", "/faults", "/audit", "/batches"] {
        pages.push(browser.get(&app, &format!("/console{path}")).await.text);
    }
    for name in [
        "q",
        "state",
        "cause",
        "bank",
        "from",
        "to",
        "order",
        "size",
        "after",
        "result",
        "asked_from",
        "asked_to",
    ] {
        pages.push(browser.get(&app, &format!("/console?{name}={harm}")).await.text);
    }
    pages.push(browser.get(&app, &format!("/console/audit?subject={harm}")).await.text);
    for name in ["bank", "days", "from", "show"] {
        pages.push(browser.get(&app, &format!("/console/reports?{name}={harm}")).await.text);
    }
    let chosen = [("form", form.as_str()), ("all", "1"), ("q", HARM)];
    pages.push(browser.post(&app, "/console/preview", &chosen).await.text);
    let chosen = [("form", form.as_str()), ("account", "fca_1")];
    pages.push(browser.post(&app, "/console/preview", &chosen).await.text);
    let own = browser.post(&app, "/console/sign-in", &[("email", HARM)]).await;
    pages.push(own.text);
    assert!(pages[0].contains("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;"), "{}", pages[0]);
    for page in pages {
        assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
        let own = page.matches("<script src=\"/console/").count();
        assert_eq!((own, page.matches("<script").count()), (1, 1), "{page}");
    }
}
