use relink_test_kit::SmtpStub;
use reqwest::Method;

use super::{Browser, PUBLIC, shop};
use crate::support::API_KEY;

/// Every form that changes something.
const FORMS: [&str; 11] = [
    "/console/sign-out",
    "/console/accounts/fca_1/link",
    "/console/requests/rlr_1/cancel",
    "/console/preview",
    "/console/batches",
    "/console/batches/bat_1/stop",
    "/console/batches/bat_1/approve",
    "/console/sessions/end",
    "/console/faults/work",
    "/console/faults/messages",
    "/console/key",
];

/// Headers of requests that don't come from this server's pages, or don't prove that they do.
const ELSEWHERE: [&[(&str, &str)]; 9] = [
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "none")],
    &[("sec-fetch-site", "")],
    &[("sec-fetch-site", "cross-site"), ("origin", PUBLIC)],
    &[("origin", "https://evil.example")],
    &[("origin", "http://reconnect.example")],
    &[("origin", "null")],
    &[],
];

#[tokio::test]
async fn a_browser_that_names_only_the_origin_is_believed_where_it_is_this_servers() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let fields = [("key", API_KEY)];
    let own = [("origin", PUBLIC)];
    let answer = Browser::default().go(&app, Method::POST, "/console/key", Some(&fields), &own).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn no_form_is_taken_from_elsewhere_or_without_the_sessions_own_word() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    for path in FORMS {
        for from in ELSEWHERE {
            let fields = [("form", form.as_str()), ("key", API_KEY)];
            let answer = browser.go(&app, Method::POST, path, Some(&fields), from).await;
            assert_eq!(answer.status, 403, "{path} {from:?}");
            assert!(answer.text.contains("Nothing was changed"), "{}", answer.text);
        }
        if path == "/console/key" {
            continue;
        }
        for word in ["", "wrong", &form[1..]] {
            assert_eq!(browser.post(&app, path, &[("form", word)]).await.status, 403, "{path} {word}");
        }
        let nobody = Browser::default().post(&app, path, &[("form", &form)]).await;
        assert_eq!(nobody.headers["location"], "/console/sign-in", "{path}");
    }
    let mut other = Browser::with_key(&app).await;
    assert_ne!(other.form(&app).await, form);
    assert_eq!(other.post(&app, "/console/sign-out", &[("form", &form)]).await.status, 403);
}

#[tokio::test]
async fn every_page_needs_a_session_has_only_our_script_and_stays_out_of_frames_and_caches() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    app.get("/api/accounts", &crate::support::token("cus_1")).await;
    let mut browser = Browser::with_key(&app).await;
    for path in [
        "/console",
        "/console/accounts/fca_1",
        "/console/connections.csv",
        "/console/customers/cus_1",
        "/console/reports",
        "/console/reports.csv",
        "/console/batches",
        "/console/faults",
        "/console/audit",
    ] {
        assert_eq!(Browser::default().get(&app, path).await.status, 303, "{path}");
        let page = browser.get(&app, path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        for part in ["default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        let scripts = page.text.matches("<script").count();
        assert_eq!(page.text.matches("<script src=\"/console/").count(), scripts, "{path}");
        assert!(scripts <= 1 && !page.text.contains(" style="), "{path}");
    }
    for path in [
        "/console/nowhere",
        "/console/accounts/fca_9",
        "/console/accounts/x",
        "/console/batches/x",
        "/console/batches/x/progress",
        "/console/customers/cus_9",
        "/console/customers/x",
    ] {
        assert_eq!(browser.get(&app, path).await.status, 404, "{path}");
    }
    let page = browser.get(&app, "/console").await.text;
    let (_, rest) = page.split_once("stylesheet\" href=\"").unwrap();
    let styles = browser.get(&app, rest.split('"').next().unwrap()).await;
    assert_eq!(styles.headers["content-type"], "text/css; charset=utf-8");
    assert!(styles.headers["cache-control"].to_str().unwrap().contains("immutable"));
    let (_, rest) = page.split_once("<script src=\"").unwrap();
    let script = browser.get(&app, rest.split('"').next().unwrap()).await;
    assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
}
