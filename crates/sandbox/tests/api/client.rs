//! Calls the router as a merchant's server or as the bank window does.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, request::Builder},
};
use http_body_util::BodyExt;
use relink_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const PREVIEW: &str = "2026-09-30.preview";
pub(crate) const SESSIONS: &str = "/v1/financial_connections/sessions";
pub(crate) const ACCOUNTS: &str = "/v1/financial_connections/accounts";
pub(crate) const JENNY: &str = "account_holder[type]=customer&account_holder[customer]=cus_SandboxJenny";
/// The call that relinks Jenny's broken account at Alder Bank.
pub(crate) const EXACT: &str = "account_holder[type]=customer&account_holder[customer]=cus_SandboxJenny\
    &permissions[]=payment_method&permissions[]=balances&relink_options[authorization]=fcauth_AlderJenny\
    &relink_options[account]=fca_AlderChecking6789&filters[account_subcategories][]=checking\
    &filters[account_subcategories][]=savings&limits[accounts]=1";

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `400 code param`, as far as the error has them.
    pub(crate) fn refusal(&self) -> String {
        let part = |name: &str| self.body["error"][name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", self.status.as_u16(), part("code"), part("param"))
    }
}

/// One sandbox.
pub(crate) struct Client {
    router: Router,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self { router: router(Sandbox::seeded()) }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, text, body }
    }

    pub(crate) fn request(method: &str, path: &str, version: &str) -> Builder {
        let request = Request::builder().method(method).uri(path).header("stripe-version", version);
        request.header("authorization", "Bearer sk_test_sandbox")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(path, PREVIEW).await
    }

    pub(crate) async fn get_as(&self, path: &str, version: &str) -> Answer {
        self.send(Self::request("GET", path, version).body(Body::empty()).unwrap()).await
    }

    /// `POST /v1/financial_connections/sessions`
    pub(crate) async fn create(&self, form: &str) -> Answer {
        self.send(Self::request("POST", SESSIONS, PREVIEW).body(Body::from(form.to_owned())).unwrap()).await
    }

    /// Creates a session that must be accepted: its id and its client secret.
    pub(crate) async fn session(&self, form: &str) -> (String, String) {
        let body = self.create(form).await.body;
        (body["id"].as_str().unwrap().to_owned(), body["client_secret"].as_str().unwrap().to_owned())
    }

    /// Posts JSON with the publishable key, as the bank window and tests do.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.header("authorization", "Bearer pk_test_sandbox");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// One step of the bank window.
    pub(crate) async fn step(&self, step: &str, secret: &str, mut fields: Value) -> Answer {
        fields["client_secret"] = secret.into();
        self.post(&format!("/bank/{step}"), fields).await
    }

    /// Goes through the window up to the choice: the ids of what is offered, by last four digits.
    pub(crate) async fn sign_in(&self, secret: &str) -> Value {
        self.step("open", secret, json!({})).await;
        let answer = self.step("sign_in", secret, json!({ "institution": "fcinst_AlderBank" })).await;
        let holdings = answer.body["holdings"].as_array().unwrap().iter();
        holdings.map(|one| (one["last4"].as_str().unwrap().to_owned(), one["id"].clone())).collect()
    }

    /// Relinks with the account that ends in these digits, and closes the window.
    pub(crate) async fn choose(&self, secret: &str, last4: &str) -> Answer {
        let offered = self.sign_in(secret).await;
        self.step("choose", secret, json!({ "holdings": [offered[last4]] })).await;
        self.step("close", secret, json!({})).await
    }

    pub(crate) async fn read_session(&self, id: &str) -> Value {
        self.get(&format!("{SESSIONS}/{id}")).await.body
    }
}
