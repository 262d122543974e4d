//! Client that calls the router as a merchant's server or as the bank window does.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, request::Builder},
};
use http_body_util::BodyExt;
use relink_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Time of the sandbox's clock in tests, in Unix seconds. It does not advance by itself.
pub(crate) const NOW: i64 = 1_795_000_000;
pub(crate) const DAY: i64 = 24 * 60 * 60;
pub(crate) const PREVIEW: &str = "2026-09-30.preview";
pub(crate) const SESSIONS: &str = "/v1/financial_connections/sessions";
pub(crate) const ACCOUNTS: &str = "/v1/financial_connections/accounts";
pub(crate) const JENNY: &str = "account_holder[type]=customer&account_holder[customer]=cus_SandboxJenny";
/// Form that creates a session to relink exactly Jenny's broken account at Alder Bank.
pub(crate) const EXACT: &str = "account_holder[type]=customer&account_holder[customer]=cus_SandboxJenny\
    &permissions[]=payment_method&permissions[]=balances&relink_options[authorization]=fcauth_AlderJenny\
    &relink_options[account]=fca_AlderChecking6789&filters[account_subcategories][]=checking\
    &filters[account_subcategories][]=savings&limits[accounts]=1";

/// Form that creates a session to relink any accounts of Noor's bank login.
pub(crate) const DATA: &str = "account_holder[type]=customer&account_holder[customer]=cus_SandboxData\
    &permissions[]=balances&permissions[]=transactions&permissions[]=ownership\
    &relink_options[authorization]=fcauth_FoundryNoor";

/// Form that makes Jenny's healthy account a payment method.
pub(crate) const HEALTHY: &str = "type=us_bank_account&billing_details[name]=Jenny+Rosen\
    &us_bank_account[financial_connections_account]=fca_CopperfieldSavings4421";

/// Returns the ids of a list's items.
pub(crate) fn ids(list: &Value) -> String {
    let ids: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    ids.join(" ")
}

/// A response.
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

    /// Returns the error as `400 code param`, with `-` for missing parts.
    pub(crate) fn refusal(&self) -> String {
        let part = |name: &str| self.body["error"][name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", self.status.as_u16(), part("code"), part("param"))
    }
}

/// A client with its own sandbox.
pub(crate) struct Client {
    router: Router,
    pub(crate) sandbox: Sandbox,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::of(Sandbox::seeded(|| NOW))
    }

    /// Creates a sandbox as the program does by default.
    pub(crate) fn with_unique_ids() -> Self {
        Self::of(Sandbox::with_unique_ids(|| NOW))
    }

    pub(crate) fn of(sandbox: Sandbox) -> Self {
        Self { router: router(sandbox.clone()), sandbox }
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

    /// Creates a session and returns its id and client secret.
    pub(crate) async fn session(&self, form: &str) -> (String, String) {
        let body = self.create(form).await.body;
        (body["id"].as_str().unwrap().to_owned(), body["client_secret"].as_str().unwrap().to_owned())
    }

    /// Posts JSON with the publishable key, as the bank window does.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.header("authorization", "Bearer pk_test_sandbox");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Makes a step of the bank window.
    pub(crate) async fn step(&self, step: &str, secret: &str, mut fields: Value) -> Answer {
        fields["client_secret"] = secret.into();
        self.post(&format!("/bank/{step}"), fields).await
    }

    /// Signs in at Alder Bank and returns the ids of the offered holdings by last four digits.
    pub(crate) async fn sign_in(&self, secret: &str) -> Value {
        self.step("open", secret, json!({})).await;
        let answer = self.step("sign_in", secret, json!({ "institution": "fcinst_AlderBank" })).await;
        let holdings = answer.body["holdings"].as_array().unwrap().iter();
        holdings.map(|one| (one["last4"].as_str().unwrap().to_owned(), one["id"].clone())).collect()
    }

    /// Shares the account with these last four digits and closes the window.
    pub(crate) async fn choose(&self, secret: &str, last4: &str) -> Answer {
        self.choose_all(secret, &[last4]).await
    }

    /// Shares the accounts with these last four digits and closes the window.
    pub(crate) async fn choose_all(&self, secret: &str, last4s: &[&str]) -> Answer {
        let offered = self.sign_in(secret).await;
        let holdings: Vec<&Value> = last4s.iter().map(|last4| &offered[*last4]).collect();
        self.step("choose", secret, json!({ "holdings": holdings })).await;
        self.step("close", secret, json!({})).await
    }

    /// Shares all accounts of the customer at this bank, closes the window, and returns the result for the page.
    pub(crate) async fn link_all(&self, secret: &str, institution: &str) -> Value {
        self.step("open", secret, json!({})).await;
        let signed_in = self.step("sign_in", secret, json!({ "institution": institution })).await;
        let all = signed_in.body["holdings"].as_array().unwrap().iter();
        let holdings: Vec<&Value> = all.map(|one| &one["id"]).collect();
        self.step("choose", secret, json!({ "holdings": holdings })).await;
        self.step("close", secret, json!({})).await.body
    }

    pub(crate) async fn read_session(&self, id: &str) -> Value {
        self.get(&format!("{SESSIONS}/{id}")).await.body
    }

    pub(crate) async fn account(&self, id: &str) -> Value {
        self.get(&format!("{ACCOUNTS}/{id}")).await.body
    }

    /// Makes Jenny's healthy account a payment method and returns its id.
    pub(crate) async fn payment_method(&self) -> String {
        let made = self.submit("/v1/payment_methods", HEALTHY).await;
        made.body["id"].as_str().unwrap().to_owned()
    }

    /// Changes switches, which must be accepted.
    pub(crate) async fn set(&self, switches: Value) {
        let answer = self.post("/_sandbox/settings", switches).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    /// Posts a form to the API with the newest preview version.
    pub(crate) async fn submit(&self, path: &str, form: &str) -> Answer {
        self.submit_as(path, form, PREVIEW).await
    }

    pub(crate) async fn submit_as(&self, path: &str, form: &str, version: &str) -> Answer {
        self.send(Self::request("POST", path, version).body(Body::from(form.to_owned())).unwrap()).await
    }

    /// Advances the clock, by a text such as `30d` or by seconds.
    pub(crate) async fn advance(&self, by: impl Into<Value>) {
        let answer = self.post("/_sandbox/clock", json!({ "advance": by.into() })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    /// Returns all events, oldest first, as `type object`, without the prefix `financial_connections.`.
    pub(crate) async fn events(&self) -> Vec<String> {
        let list = self.get("/v1/events?limit=100").await.body;
        let name = |event: &Value| {
            let kind = event["type"].as_str().unwrap().replace("financial_connections.", "");
            format!("{kind} {}", event["data"]["object"]["id"].as_str().unwrap())
        };
        list["data"].as_array().unwrap().iter().rev().map(name).collect()
    }

    /// Breaks this account, as its bank could.
    pub(crate) async fn deactivate(&self, id: &str) {
        let answer = self.post(&format!("/_sandbox/accounts/{id}"), json!({ "status": "inactive" })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}
