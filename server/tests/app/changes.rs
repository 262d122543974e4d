//! An open page is notified of its customer's changes by any server, and of no other customer's.

use std::time::Duration;

use aws_lc_rs::hmac;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::objects::{active, broken};
use crate::support::{TestApp, WEBHOOK_SECRET, now, request, signed, token};

/// Open page that listens for changes.
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Page {
    /// Opens a stream; `shown` is the version of the accounts that the page shows.
    async fn open(app: &TestApp, token: &str, shown: &str) -> Self {
        Self::by(app, listening(token, shown)).await
    }

    async fn by(app: &TestApp, request: Request<Body>) -> Self {
        let response = app.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// Returns the next event, or `None` at the end. Skips comments.
    async fn hears(&mut self) -> Option<String> {
        let next = async {
            loop {
                let frame = self.body.frame().await?;
                let text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
                if !text.starts_with(':') {
                    return Some(text);
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), next).await.expect("it hears something")
    }
}

fn listening(token: &str, shown: &str) -> Request<Body> {
    let mut request = request(Method::GET, "/api/changes", token, None);
    if !shown.is_empty() {
        request.headers_mut().insert("last-event-id", shown.parse().unwrap());
    }
    request
}

/// Returns the same request as the page sends it, without a CORS preflight.
fn listening_by_text(token: &str, shown: &str) -> Request<Body> {
    let mut request =
        request(Method::POST, "/api/changes", "", Some(&json!({"token": token, "since": shown})));
    request.headers_mut().insert("content-type", "text/plain;charset=UTF-8".parse().unwrap());
    request
}

fn event(version: &str) -> String {
    format!("id: {version}\nevent: accounts\ndata: {{}}\n\n")
}

async fn version(app: &TestApp, customer: &str) -> String {
    let overview = app.get("/api/accounts", &token(customer)).await;
    overview.json()["version"].as_str().unwrap().to_owned()
}

/// Starts a server that knows two customers with one account each.
async fn two_customers() -> TestApp {
    let app = TestApp::start().await;
    for (account, customer) in [("fca_1", "cus_1"), ("fca_2", "cus_2")] {
        app.stripe_has_account(broken(account, Some(customer)));
        version(&app, customer).await;
    }
    app
}

/// Repairs the account at Stripe, and sends the event to this server.
async fn repaired(app: &TestApp, account: &str, customer: &str) {
    let account = active(account, Some(customer));
    app.stripe_has_account(account.clone());
    let event = json!({
        "id": format!("evt_{}", account["id"].as_str().unwrap()), "object": "event",
        "api_version": "2026-09-30.preview", "created": now(), "livemode": false,
        "type": "financial_connections.account.reactivated", "data": {"object": account},
        "pending_webhooks": 1, "request": null,
    });
    let answer = app.send(webhook(&event)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    relink_server::work_until_idle(&app.app).await;
}

fn webhook(event: &Value) -> Request<Body> {
    let (at, body) = (now(), event.to_string());
    let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let hex = tag.as_ref().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let mut request = request(Method::POST, "/webhooks/stripe", "", None);
    request.headers_mut().insert("stripe-signature", format!("t={at},v1={hex}").parse().unwrap());
    *request.body_mut() = Body::from(body);
    request
}

#[tokio::test]
async fn a_page_that_shows_another_version_is_told_at_once() {
    let app = two_customers().await;
    let newest = version(&app, "cus_1").await;
    let ways = [listening, listening_by_text];
    for (shown, way) in
        ["", "0-0", "what\u{e9}ver"].into_iter().flat_map(|shown| ways.map(|way| (shown, way)))
    {
        let mut page = Page::by(&app, way(&token("cus_1"), shown)).await;
        assert_eq!(page.headers["content-type"], "text/event-stream");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["x-accel-buffering"], "no");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(page.hears().await, Some(event(&newest)));
    }
}

#[tokio::test]
async fn a_change_that_another_server_made_is_heard_of_and_the_next_page_goes_on_from_there() {
    let app = two_customers().await;
    let another = app.another().await;
    let shown = version(&app, "cus_1").await;
    let mut page = Page::open(&app, &token("cus_1"), &shown).await;
    repaired(&another, "fca_1", "cus_1").await;
    let newest = version(&another, "cus_1").await;
    assert_ne!(newest, shown);
    assert_eq!(page.hears().await, Some(event(&newest)));
    let mut resumed = Page::by(&another, listening_by_text(&token("cus_1"), &newest)).await;
    app.stripe_has_account(broken("fca_3", Some("cus_1")));
    repaired(&app, "fca_3", "cus_1").await;
    assert_eq!(
        resumed.hears().await,
        Some(event(&version(&app, "cus_1").await)),
        "the first is not told again"
    );
}

#[tokio::test]
async fn nobody_hears_of_other_customers_changes() {
    let app = two_customers().await;
    let mut pages = Vec::new();
    for customer in ["cus_1", "cus_2"] {
        pages.push(Page::open(&app, &token(customer), &version(&app, customer).await).await);
    }
    repaired(&app, "fca_1", "cus_1").await;
    assert_eq!(pages[0].hears().await, Some(event(&version(&app, "cus_1").await)));
    let before = version(&app, "cus_2").await;
    repaired(&app, "fca_2", "cus_2").await;
    let after = version(&app, "cus_2").await;
    assert_ne!(before, after);
    assert_eq!(pages[1].hears().await, Some(event(&after)), "the first thing that it hears");
}

#[tokio::test]
async fn a_customer_without_accounts_hears_of_the_first() {
    let app = TestApp::start().await;
    let shown = version(&app, "cus_1").await;
    let mut page = Page::open(&app, &token("cus_1"), &shown).await;
    repaired(&app, "fca_1", "cus_1").await;
    assert_eq!(page.hears().await, Some(event(&version(&app, "cus_1").await)));
}

#[tokio::test]
async fn a_customer_has_so_many_pages_and_no_more_and_a_page_that_leaves_makes_room() {
    let app = two_customers().await;
    let mut pages = Vec::new();
    for _ in 0..8 {
        pages.push(Page::open(&app, &token("cus_1"), "").await);
    }
    assert!(pages.iter().all(|page| page.status == StatusCode::OK));
    let refused = Page::open(&app, &token("cus_1"), "").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers["retry-after"], "60");
    assert_eq!(Page::open(&app, &token("cus_2"), "").await.status, StatusCode::OK, "others have their own");
    pages.pop();
    assert_eq!(Page::open(&app, &token("cus_1"), "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn as_many_pages_listen_to_a_server_as_its_settings_say() {
    let app = TestApp::with(|mut options| {
        options.network.max_open_pages = Some("20".to_owned());
        options
    })
    .await;
    let mut pages = Vec::new();
    for page in 0..20 {
        pages.push(Page::open(&app, &token(&format!("cus_{}", page / 8)), "").await);
    }
    assert!(pages.iter().all(|page| page.status == StatusCode::OK));
    assert_eq!(Page::open(&app, &token("cus_new"), "").await.status, StatusCode::SERVICE_UNAVAILABLE);
    pages.clear();
    assert_eq!(Page::open(&app, &token("cus_new"), "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn thousands_of_pages_listen_to_a_server_with_the_usual_settings() {
    let app = TestApp::start().await;
    let mut pages = Vec::new();
    for page in 0..2_000 {
        pages.push(Page::open(&app, &token(&format!("cus_{}", page / 8)), "").await);
    }
    assert!(pages.iter().all(|page| page.status == StatusCode::OK));
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let app = two_customers().await;
    let shown = version(&app, "cus_1").await;
    // The token is valid for five more seconds, since clocks may differ by a minute.
    let ending = signed(&json!({"sub": "cus_1", "sid": "s1", "iat": now() - 120, "exp": now() - 55}));
    let mut page = Page::open(&app, &ending, &shown).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.hears().await, None);
    let late = Page::open(&app, &signed(&json!({"sub": "cus_1", "exp": now() - 61})), &shown).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams() {
    let app = two_customers().await;
    let shown = version(&app, "cus_1").await;
    let mut page = Page::open(&app, &token("cus_1"), &shown).await;
    app.app.stop();
    assert_eq!(page.hears().await, None);
}

#[tokio::test]
async fn who_is_not_signed_in_hears_nothing() {
    let app = two_customers().await;
    assert_eq!(Page::open(&app, "", "").await.status, StatusCode::UNAUTHORIZED);
}
