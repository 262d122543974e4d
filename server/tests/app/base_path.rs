//! The server behind a path of the shop's own host name: `RELINK_PUBLIC_URL` with a path.

use relink_server::{Options, RequestOptions};
use relink_test_kit::SmtpStub;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;

use crate::objects::broken;
use crate::support::{API_KEY, TestApp, request, token};

/// Public URL without the slash at its end, as most people write it.
pub(crate) const PUBLIC: &str = "https://shop.example/relink";

async fn shop(change: impl FnOnce(RequestOptions) -> RequestOptions) -> TestApp {
    let requests = change(RequestOptions {
        public_url: Some(PUBLIC.to_owned()),
        token_url: Some("/account/bank-token".to_owned()),
        ..RequestOptions::default()
    });
    let app = TestApp::with(|options| Options {
        api_key: Some(SecretString::from(API_KEY)),
        origins: Some("https://shop.example".to_owned()),
        requests,
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app
}

/// Returns the addresses in a page.
pub(crate) fn addresses(html: &str) -> Vec<String> {
    let attributes = [" href=\"", " src=\"", " action=\""];
    let values = attributes.into_iter().flat_map(|name| html.split(name).skip(1));
    values.filter_map(|rest| rest.split('"').next()).map(|value| value.replace("&amp;", "&")).collect()
}

async fn ask(app: &TestApp, delivery: &str) -> serde_json::Value {
    let body = json!({"account": "fca_1", "delivery": delivery});
    let answer = app.post("/relink/v1/relink-requests", API_KEY, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_proxy_may_remove_the_path_or_leave_it() {
    let app = shop(|requests| requests).await;
    app.file("relink.js", b"export {};");
    app.file("frame.html", b"<!doctype html><bank-relink></bank-relink>");
    let token = token("cus_1");
    for (path, expected) in [
        ("/", 200),
        ("/?account=fca_1", 200),
        ("/relink.js", 200),
        ("/frame?origin=x", 200),
        ("/r", 200),
        ("/r.js", 200),
        ("/brand/icon.svg", 200),
        ("/readyz", 200),
        ("/openapi.json", 200),
        ("/api/accounts", 200),
        ("/v1/relink-requests/x", 404),
        ("/console/sign-in", 200),
        ("/u/x", 404),
        ("/missing", 404),
    ] {
        for base in ["", "/relink"] {
            let answer = app.get(&format!("{base}{path}"), &token).await;
            let expected = if path.starts_with("/v1") { 401 } else { expected };
            assert_eq!(answer.status, expected, "{base}{path}: {}", answer.text);
        }
    }
    for (path, expected) in [("/relink", "/relink/"), ("/relink?account=fca_1", "/relink/?account=fca_1")] {
        let answer = app.get(path, "").await;
        assert_eq!((answer.status.as_u16(), answer.headers["location"].to_str().unwrap()), (308, expected));
        for header in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id"]
        {
            assert!(answer.headers.contains_key(header), "{path} has no {header}: {:?}", answer.headers);
        }
        let id = answer.headers["x-request-id"].to_str().unwrap();
        let is_line = |line: &&str| line.contains("answered a request") && line.contains(id);
        assert_eq!(app.log().lines().filter(is_line).count(), 1, "{path}: {}", app.log());
    }
    assert_eq!(app.get("/relinks", "").await.status, 404);
    assert_eq!(app.get("/relink/relink/readyz", "").await.status, 404, "removed once");
}

#[tokio::test]
async fn no_address_of_a_customers_page_leaves_the_path() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(|requests| RequestOptions {
        smtp_url: Some(SecretString::from(office.url().to_owned())),
        mail_from: Some("Acme <billing@acme.example>".to_owned()),
        remind: Some("broken".to_owned()),
        ..requests
    })
    .await;
    for (path, status) in [("/relink/", 200), ("/relink/r", 200), ("/relink/u/x", 404)] {
        let page = app.get(path, "").await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        let found = addresses(&page.text);
        let is_ours =
            |address: &String| address.starts_with("/relink/") || address == "https://shop.example/";
        assert!(found.iter().all(is_ours), "{path}: {found:?}");
        assert!(path == "/relink/" || found.len() > 2, "{path}: {}", page.text);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(path != "/relink/" || policy.ends_with("report-uri /relink/reports"), "{policy}");
        for address in found.iter().filter(|address| address.starts_with('/')) {
            assert_eq!(app.get(address, "").await.status, 200, "{path} has {address}");
        }
    }
    let page = app.get("/relink/", "").await.text;
    assert!(page.contains("token-url=\"/account/bank-token\""), "the shop's own path stays: {page}");
    let encoded = app.get(&format!("/relink/r%23{}", "A".repeat(43)), "").await;
    assert_eq!(encoded.headers["location"], format!("/relink/r#{}", "A".repeat(43)));
    assert_eq!(app.get("/relink/r%23x", "").await.headers["location"], "/relink/r");
    let document = app.get("/relink/openapi.json", "").await.json();
    assert_eq!(document["servers"], json!([{"url": PUBLIC}]));
}

#[tokio::test]
async fn links_and_their_cookies_have_the_path() {
    let app = shop(|requests| requests).await;
    let made = ask(&app, "link").await;
    let link = made["url"].as_str().unwrap().strip_prefix("https://shop.example/relink/r#").unwrap();
    for path in ["/relink/r/open", "/r/open"] {
        let body = json!({"token": link});
        let answer = app.send(request(Method::POST, path, "", Some(&body))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        assert!(pair.starts_with(&format!("__Secure-relink-{}=", made["id"].as_str().unwrap())), "{pair}");
        assert_eq!(attributes, "Path=/relink; HttpOnly; SameSite=Lax; Max-Age=3600; Secure");
        let mut page = request(Method::GET, "/relink/api/accounts", "", None);
        page.headers_mut().insert("cookie", pair.parse().unwrap());
        page.headers_mut().insert("relink-link", made["id"].as_str().unwrap().parse().unwrap());
        assert_eq!(app.send(page).await.status, 200);
    }
}

#[tokio::test]
async fn links_in_emails_have_the_path() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(|requests| RequestOptions {
        smtp_url: Some(SecretString::from(office.url().to_owned())),
        mail_from: Some("Acme <billing@acme.example>".to_owned()),
        remind: Some("broken".to_owned()),
        ..requests
    })
    .await;
    app.stripe_has("/v1/customers/cus_1", json!({"id": "cus_1", "email": "jenny@mail.example"})).await;
    app.stripe_has_account(crate::objects::active("fca_1", Some("cus_1")));
    app.tell(&crate::webhooks::event("evt_1", "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.tell(&crate::webhooks::event("evt_2", "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
    let mails = office.emails();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    let mail = mail.replace("=\n", "").replace("=3D", "=");
    let (_, out) = mail.split_once("https://shop.example/relink/u/").expect("a way out of these emails");
    let secret: String = out.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    assert!(mail.contains("https://shop.example/relink/r"), "{mail}");
    for address in mail.split("https://shop.example").skip(1) {
        assert!(address.starts_with("/relink/"), "{address}");
    }
    let page = app.get(&format!("/relink/u/{secret}"), "").await;
    assert!(page.status == 200 && page.text.contains("<form method=\"post\">"), "{}", page.text);
    let found = addresses(&page.text);
    assert!(found.iter().all(|address| address.starts_with("/relink/")), "{found:?}");
    let answer = app.send(request(Method::POST, &format!("/relink/u/{secret}"), "", None)).await;
    assert_eq!(answer.status, 200);
    assert!(!app.log().contains(&secret), "the secret is in no log");
}
