//! The whole server against the sandbox over HTTP: what Stripe does, what the server makes of it, and what the merchant
//! hears.

mod bank_trouble;
mod blocked_debits;
mod business_names;
mod connected_account;
mod connected_accounts;
mod default_payment_method;
mod external_accounts;
mod holders;
mod migration;
mod permission_updates;
mod replaced;

use relink_sandbox::Sandbox;
use relink_server::{Options, work_until_idle};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{API_KEY, TestApp, now, token};

pub(crate) const JENNY: &str = "cus_SandboxJenny";
/// Jenny's broken account.
pub(crate) const BROKEN: &str = "fca_AlderChecking6789";
/// Jenny's healthy account.
pub(crate) const HEALTHY: &str = "fca_CopperfieldSavings4421";

/// A server, and the sandbox that it calls.
pub(crate) struct Stand {
    pub(crate) app: TestApp,
    url: String,
    http: reqwest::Client,
    /// Connected account that the calls of this test are made for.
    account: Option<&'static str>,
}

impl Stand {
    /// Starts both. The merchant has a webhook, whose messages wait in the database.
    pub(crate) async fn start(change: impl FnOnce(Options) -> Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sandbox = Sandbox::with_unique_ids(now);
        tokio::spawn(relink_sandbox::serve(listener, sandbox, std::future::pending()));
        let app = TestApp::with(|options| {
            change(Options {
                stripe_secret_key: Some(SecretString::from("sk_test_sandbox")),
                stripe_publishable_key: Some(SecretString::from("pk_test_sandbox")),
                stripe_api_url: Some(url.clone()),
                stripe_js_url: Some(format!("{url}/stripe.js")),
                sandbox_url: url.clone(),
                api_key: Some(SecretString::from(API_KEY)),
                webhook_url: Some("http://127.0.0.1:9/hook".to_owned()),
                webhook_secret: Some(SecretString::from("whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktbmV3MQ==")),
                webhook_allow_private: true,
                ..options
            })
        })
        .await;
        #[expect(clippy::disallowed_methods, reason = "a client of this machine's sandbox")]
        Self { app, url, http: reqwest::Client::new(), account: None }
    }

    /// Makes the calls that follow for this connected account, as Stripe's API and Stripe.js do.
    pub(crate) fn act_for(&mut self, account: &'static str) {
        self.account = Some(account);
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let call = self.http.request(method, format!("{}{path}", self.url));
        match self.account {
            Some(account) => call.header("stripe-account", account),
            None => call,
        }
    }

    /// Calls Stripe's API as the merchant's back end does.
    pub(crate) async fn stripe(&self, method: reqwest::Method, path: &str, form: &str) -> Value {
        let call = self.request(method, path).bearer_auth("sk_test_sandbox");
        let call = call.header("stripe-version", "2026-09-30.preview");
        let call = call.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        let answer = call.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn read(&self, path: &str) -> Value {
        self.stripe(reqwest::Method::GET, path, "").await
    }

    pub(crate) async fn write(&self, path: &str, form: &str) -> Value {
        self.stripe(reqwest::Method::POST, path, form).await
    }

    /// Calls a route of the sandbox's own.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> Value {
        let call = self.request(reqwest::Method::POST, path).bearer_auth("pk_test_sandbox");
        let call = call.header("content-type", "application/json").body(body.to_string());
        let answer = call.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Changes an account as its bank could.
    pub(crate) async fn bank_changes(&self, account: &str, change: Value) {
        self.control(&format!("/_sandbox/accounts/{account}"), &change).await;
    }

    /// Makes a payment method of the account and gives it to its customer, with a mandate.
    pub(crate) async fn payment_method(&self, customer: &str, account: &str) -> String {
        let form = format!(
            "type=us_bank_account&billing_details[name]=Jenny&us_bank_account[financial_connections_account]={account}"
        );
        let made = self.write("/v1/payment_methods", &form).await;
        let id = made["id"].as_str().unwrap().to_owned();
        self.write(&format!("/v1/payment_methods/{id}/attach"), &format!("customer={customer}")).await;
        id
    }

    /// Delivers the newest events of the sandbox to the server, oldest first, and lets it do its work.
    pub(crate) async fn deliver_events(&self) {
        let list = self.read("/v1/events?limit=100").await;
        for event in list["data"].as_array().unwrap().iter().rev() {
            self.app.tell(event).await;
        }
        work_until_idle(&self.app.app).await;
    }

    /// Relinks as the customer does, by choosing the account with these digits at the bank. Returns the session, and
    /// the outcome as the page gets it.
    pub(crate) async fn relink(&self, account: &str, institution: &str, last4: &str) -> (String, Value) {
        self.relink_those(JENNY, account, institution, |holding| holding["last4"] == last4).await
    }

    /// Relinks by choosing all accounts at the bank.
    pub(crate) async fn relink_all(&self, account: &str, institution: &str) -> (String, Value) {
        self.relink_those(JENNY, account, institution, |_| true).await
    }

    /// Relinks by choosing these accounts at the bank.
    pub(crate) async fn relink_those(
        &self,
        customer: &str,
        account: &str,
        institution: &str,
        is_chosen: impl Fn(&Value) -> bool,
    ) -> (String, Value) {
        self.relink_with(&token(customer), account, institution, is_chosen).await
    }

    /// Relinks with this token by choosing these accounts at the bank.
    pub(crate) async fn relink_with(
        &self,
        mine: &str,
        account: &str,
        institution: &str,
        is_chosen: impl Fn(&Value) -> bool,
    ) -> (String, Value) {
        let started = self.app.begin(mine, account).await;
        assert_eq!(started.status, 200, "{}", started.text);
        let started = started.json();
        let (session, secret) =
            (started["session"].as_str().unwrap().to_owned(), started["client_secret"].clone());
        let collects_token = started["collects_token"] == true;
        let step = async |name: &str, mut fields: Value| {
            fields["client_secret"] = secret.clone();
            fields["token"] = json!(collects_token);
            self.control(&format!("/bank/{name}"), &fields).await
        };
        step("open", json!({})).await;
        let offered = step("sign_in", json!({"institution": institution})).await;
        let holdings = offered["holdings"].as_array().unwrap().iter();
        let chosen: Vec<&Value> = holdings.filter(|one| is_chosen(one)).map(|one| &one["id"]).collect();
        step("choose", json!({"holdings": chosen})).await;
        step("close", json!({})).await;
        let outcome = self.app.outcome(mine, &session, "finished").await.json();
        (session, outcome)
    }

    /// Returns the payloads of the messages to the merchant whose type begins so, in the order in which they were
    /// entered.
    pub(crate) async fn merchant_hears(&self, kind: &str) -> Vec<Value> {
        let payloads = format!("SELECT payload FROM deliveries WHERE type LIKE '{kind}%' ORDER BY id");
        let payloads = self.app.database.texts(&payloads).await;
        payloads.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect()
    }
}
