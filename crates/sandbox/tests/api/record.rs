//! `relink-sandbox record`: a proxy that compares Stripe with the sandbox. A second sandbox plays Stripe here, and is
//! made to differ.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use axum::http::Method;
use relink_sandbox::{RecordSettings, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::client::{Client, EXACT, NOW, SESSIONS};

/// A text that is written to in the background.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A recording of calls to a sandbox in Stripe's place.
struct Recording {
    stripe: Client,
    address: String,
    report: Written,
    file: Written,
    http: reqwest::Client,
}

async fn serving() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

impl Recording {
    async fn new() -> Self {
        let stripe = Client::with_unique_ids();
        let (listener, upstream) = serving().await;
        tokio::spawn(relink_sandbox::serve(listener, stripe.sandbox.clone(), std::future::pending()));
        let (listener, address) = serving().await;
        let (report, file) = (Written::default(), Written::default());
        let settings = RecordSettings {
            stripe: upstream,
            report: Box::new(report.clone()),
            recording: Some(Box::new(file.clone())),
        };
        let sandbox = Sandbox::with_unique_ids(|| NOW);
        tokio::spawn(relink_sandbox::record(listener, settings, sandbox, std::future::pending()));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { stripe, address, report, file, http }
    }

    /// Makes a call through the recording; returns its status and body.
    async fn call(&self, method: Method, path: &str, form: &str, key: &str) -> (u16, Value) {
        let call = self.http.request(method, format!("{}{path}", self.address)).bearer_auth(key);
        let call = call.header("stripe-version", crate::client::PREVIEW).body(form.to_owned());
        let response = call.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    async fn post(&self, path: &str, form: &str) -> Value {
        self.call(Method::POST, path, form, "sk_test_sandbox").await.1
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, "", "sk_test_sandbox").await.1
    }
}

#[tokio::test]
async fn calls_are_passed_on_and_nothing_is_reported_while_both_answer_alike() {
    let recording = Recording::new().await;
    let customer = recording.post("/v1/customers", "name=Ada&metadata[a]=1").await;
    let id = customer["id"].as_str().unwrap();
    assert_eq!(
        recording.stripe.get(&format!("/v1/customers/{id}")).await.body["name"],
        "Ada",
        "Stripe has it"
    );
    assert_eq!(recording.get(&format!("/v1/customers/{id}")).await["name"], "Ada");
    assert_eq!(recording.post(&format!("/v1/customers/{id}"), "name=").await["name"], Value::Null);
    recording.get("/v1/financial_connections/accounts/fca_x").await;
    assert_eq!(recording.report.text(), "", "the sandbox has each object under an id of its own");
    assert_eq!(recording.file.text().lines().count(), 4);
}

#[tokio::test]
async fn a_field_a_value_and_a_status_that_differ_are_reported() {
    let recording = Recording::new().await;
    recording.stripe.set(json!({ "relink_result": "null", "decline_setup_intents": true })).await;
    let session = recording.post(SESSIONS, EXACT).await;
    assert_eq!(session["relink_result"], Value::Null);
    let method = recording.post("/v1/payment_methods", crate::client::HEALTHY).await;
    let form = format!(
        "payment_method={}&confirm=true&mandate_data[customer_acceptance][type]=offline",
        method["id"].as_str().unwrap()
    );
    recording.post("/v1/setup_intents", &form).await;
    let report = recording.report.text();
    let has = |line: &str| report.lines().any(|one| one == line);
    let session =
        "POST /v1/financial_connections/sessions: relink_result: Stripe has null, the sandbox no such field";
    assert!(has(session), "{report}");
    assert!(has("POST /v1/setup_intents: HTTP status: Stripe has 402, the sandbox 200"), "{report}");
    assert!(has("POST /v1/setup_intents: error: Stripe has a hash, the sandbox no such field"), "{report}");
    recording.stripe.set(json!({ "completed_status": "completed" })).await;
    let refused = recording.post("/v1/customers", "colour=blue").await;
    assert_eq!(refused["error"]["code"], "parameter_unknown", "an error of both is no difference");
    assert!(!recording.report.text().contains("/v1/customers"));
}

#[tokio::test]
async fn a_fault_at_stripe_is_passed_on_and_reported() {
    let recording = Recording::new().await;
    let fault = json!({ "route": "GET /v1/customers", "kind": "status", "status": 503 });
    recording.stripe.post("/_sandbox/faults", fault).await;
    let (status, _) = recording.call(Method::GET, "/v1/customers", "", "sk_test_sandbox").await;
    assert_eq!(status, 503);
    let report = recording.report.text();
    assert!(
        report.starts_with("GET /v1/customers: HTTP status: Stripe has 503, the sandbox 200\n"),
        "{report}"
    );
}

#[tokio::test]
async fn no_secret_is_recorded_or_printed() {
    let recording = Recording::new().await;
    let session = recording.post(SESSIONS, EXACT).await;
    let secret = session["client_secret"].as_str().unwrap();
    let endpoint = "url=http://127.0.0.1:9/secret-path&enabled_events[]=*";
    let endpoint = recording.post("/v1/webhook_endpoints", endpoint).await;
    let signing = endpoint["secret"].as_str().unwrap();
    let number = "type=us_bank_account&billing_details[name]=Ada&us_bank_account[account_number]=000123456789\
        &us_bank_account[routing_number]=110000000";
    recording.post("/v1/payment_methods", number).await;
    let (status, _) = recording.call(Method::GET, "/v1/customers", "", "sk_test_someone_else").await;
    assert_eq!(status, 401);
    let written = recording.file.text() + &recording.report.text();
    assert_eq!(recording.file.text().lines().count(), 4);
    for hidden in [secret, signing, "000123456789", "sk_test_sandbox", "someone_else", "secret-path"] {
        assert!(!written.contains(hidden), "{hidden}");
    }
    assert!(written.contains("[redacted]") && written.contains("110000000"));
}

#[tokio::test]
async fn live_keys_are_refused_and_not_passed_on() {
    let recording = Recording::new().await;
    for key in ["sk_live_sandbox", "rk_live_sandbox", "nonsense"] {
        let (status, body) = recording.call(Method::POST, "/v1/customers", "name=Ada", key).await;
        assert_eq!((status, &body["error"]["type"]), (403, &json!("invalid_request_error")), "{key}");
    }
    assert_eq!(recording.stripe.get("/_sandbox/state").await.body["calls"], json!({}));
    assert_eq!(recording.file.text(), "");
}
