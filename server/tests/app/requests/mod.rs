//! Relink requests: API, links, emails and keys.

mod api;
mod email_cooldown;
mod hosted;
mod idempotency;
pub(crate) mod keys;
mod link;
mod link_cookie;
mod mail;
mod reminders;
mod secrets;

use relink_server::{Options, RequestOptions};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::objects::{active, broken};
use crate::support::{API_KEY, Answer, TestApp, request};
use crate::webhooks::event;

/// Public URL of the tests' links.
const PUBLIC: &str = "https://reconnect.example";
const REQUESTS: &str = "/v1/relink-requests";

/// Starts a shop with an API key and a merchant webhook.
async fn shop(change: impl FnOnce(RequestOptions) -> RequestOptions) -> TestApp {
    let requests = change(RequestOptions {
        public_url: Some(PUBLIC.to_owned()),
        return_origins: Some("https://shop.example".to_owned()),
        ..RequestOptions::default()
    });
    let app = TestApp::with(|options| Options {
        api_key: Some(SecretString::from(API_KEY)),
        webhook_url: Some("http://127.0.0.1:9/hook".to_owned()),
        webhook_secret: Some(SecretString::from("whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktbmV3MQ==")),
        webhook_allow_private: true,
        requests,
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app
}

/// Starts a shop without email.
async fn plain() -> TestApp {
    shop(|requests| requests).await
}

/// Starts a shop that sends email through this server.
async fn mailing(server: &relink_test_kit::SmtpStub) -> TestApp {
    mailing_to(server, json!({"id": "cus_1", "email": "jenny@mail.example"})).await
}

/// Starts a server that sends emails, with this customer at Stripe.
async fn mailing_to(server: &relink_test_kit::SmtpStub, customer: Value) -> TestApp {
    let url = server.url().to_owned();
    let app = shop(|requests| by_mail(requests, &url)).await;
    app.stripe_has("/v1/customers/cus_1", customer).await;
    app
}

fn by_mail(requests: RequestOptions, url: &str) -> RequestOptions {
    RequestOptions {
        smtp_url: Some(SecretString::from(url)),
        mail_from: Some("Acme <billing@acme.example>".to_owned()),
        ..requests
    }
}

async fn ask(app: &TestApp, body: &Value) -> Answer {
    app.post(REQUESTS, API_KEY, body).await
}

async fn ask_for(app: &TestApp, delivery: &str) -> Answer {
    ask(app, &json!({"account": "fca_1", "delivery": delivery})).await
}

/// Creates a request with a link. Returns it and the link's secret.
async fn linked(app: &TestApp) -> (Value, String) {
    let answer = ask_for(app, "link").await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let made = answer.json();
    let url = made["url"].as_str().unwrap();
    let token = url.strip_prefix(&format!("{PUBLIC}/r#")).unwrap().to_owned();
    (made, token)
}

async fn read(app: &TestApp, id: &Value) -> Value {
    app.get(&format!("{REQUESTS}/{}", id.as_str().unwrap()), API_KEY).await.json()
}

/// Returns the rule that refused the request, and the time from which it is allowed.
fn rule(answer: &Answer) -> (u16, String, Option<i64>) {
    assert_eq!(answer.problem().1, "request_refused", "{}", answer.text);
    let body = answer.json();
    (answer.status.as_u16(), body["rule"].as_str().unwrap().to_owned(), body["allowed_from"].as_i64())
}

/// Sends an event about the account, and lets the server read it.
async fn stripe_tells(app: &TestApp, name: &str) {
    app.tell(&event(name, "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
}

async fn is_repaired(app: &TestApp, name: &str) {
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    stripe_tells(app, name).await;
}

async fn breaks_again(app: &TestApp, name: &str) {
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    stripe_tells(app, name).await;
}

/// Returns the types of the merchant events about requests, in order.
async fn told(app: &TestApp) -> Vec<String> {
    let list = app.get("/api/deliveries?limit=100", API_KEY).await.json();
    let mut told: Vec<(String, String)> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap().to_owned(), one["type"].as_str().unwrap().to_owned()))
        .filter(|(_, kind)| kind.starts_with("relink_request."))
        .collect();
    told.sort();
    told.into_iter().map(|(_, kind)| kind["relink_request.".len()..].to_owned()).collect()
}

/// `POST /r/open`, as the link's page sends it.
async fn open(app: &TestApp, token: &str) -> Answer {
    app.send(request(reqwest::Method::POST, "/r/open", "", Some(&json!({"token": token})))).await
}
