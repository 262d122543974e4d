//! The log line of each request.

use relink_server::Options;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;

use crate::objects::broken;
use crate::support::{API_KEY, TestApp, request, token};
use crate::webhooks::event;

impl TestApp {
    /// Returns the lines that requests have made so far.
    fn request_lines(&self) -> Vec<Value> {
        let log = self.log();
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["fields"].clone());
        lines.filter(|line| line["message"].as_str().unwrap_or_default().starts_with("answered a")).collect()
    }

    async fn last_line_of(&self, method: Method, path: &str, bearer: &str) -> Value {
        let lines = self.request_lines().len();
        self.send(request(method, path, bearer, None)).await;
        let all = self.request_lines();
        assert_eq!(all.len(), lines + 1, "one line for a request");
        all.last().unwrap().clone()
    }
}

fn with_key(customers: Option<&str>) -> impl FnOnce(Options) -> Options {
    let log_customers = customers.map(str::to_owned);
    move |options| Options { api_key: Some(SecretString::from(API_KEY)), log_customers, ..options }
}

#[tokio::test]
async fn each_request_makes_one_line_with_its_route_and_its_caller() {
    let app = TestApp::with(with_key(None)).await;
    app.stripe_has_account(broken("fca_1", Some("cus_2")));
    // printf %s cus_2 | sha256sum
    let cus_2 = "3197c961eea66676";
    for (path, bearer, route, status, customer, key) in [
        ("/api/accounts", token("cus_2").as_str(), "/api/accounts", 200, Some(cus_2), None),
        ("/api/accounts/fca_1", &token("cus_2"), "/api/accounts/{id}", 200, Some(cus_2), None),
        ("/api/connections", API_KEY, "/api/connections", 200, None, Some("RELINK_API_KEY")),
        ("/api/connections", "", "/api/connections", 401, None, None),
        ("/api/nowhere", "", "/api/{*path}", 404, None, None),
        ("/nowhere", "", "other", 404, None, None),
        ("/console", "", "/console", 303, None, None),
        ("/u/canary-secret", "", "/u/{*secret}", 404, None, None),
    ] {
        let line = app.last_line_of(Method::GET, path, bearer).await;
        assert_eq!(line["route"], route, "{line}");
        assert_eq!(line["status"], status, "{line}");
        assert_eq!((line["customer"].as_str(), line["key"].as_str()), (customer, key), "{line}");
        assert_eq!((&line["method"], &line["client"]), (&"GET".into(), &"192.0.2.1".into()), "{line}");
        assert!(line["duration_ms"].is_u64(), "{line}");
    }
    let answer = app.get("/api/accounts", &token("cus_2")).await;
    let line = app.request_lines().pop().unwrap();
    assert_eq!(line["request_id"], answer.headers["x-request-id"].to_str().unwrap());
    assert!(!app.log().contains("canary"), "no line has a secret");
}

#[tokio::test]
async fn a_setting_decides_how_customers_are_named() {
    for (setting, expected) in [("id", Some("cus_1")), ("off", None)] {
        let app = TestApp::with(with_key(Some(setting))).await;
        let line = app.last_line_of(Method::GET, "/api/accounts", &token("cus_1")).await;
        assert_eq!(line["customer"].as_str(), expected, "{setting}");
    }
}

#[tokio::test]
async fn an_accepted_event_is_named() {
    let app = TestApp::start().await;
    app.tell(&event("evt_1", "fca_1")).await;
    let line = app.request_lines().pop().unwrap();
    assert_eq!((&line["event"], &line["status"]), (&"evt_1".into(), &200.into()), "{line}");
    assert_eq!(line["route"], "/webhooks/stripe");
}

#[tokio::test]
async fn a_health_check_that_succeeds_is_for_debugging_only() {
    let app = TestApp::start().await;
    app.get("/healthz", "").await;
    let log = app.log();
    let line = log.lines().find(|line| line.contains("answered a health check")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(line).unwrap()["level"], "DEBUG");
    assert!(!log.contains("answered a request"));
}
