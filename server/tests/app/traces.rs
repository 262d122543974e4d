//! Traces, with a stand-in for the collector.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use relink_server::{Options, TraceOptions};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::objects::{active, broken, repaired, session};
use crate::support::{API_KEY, CANARY, TestApp, now, request, token};
use crate::webhooks::event;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SECRET: &str = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktbmV3MQ==";

/// Shop whose server sends traces, the collector that gets them, and the merchant's back end.
struct Shop {
    app: TestApp,
    collector: MockServer,
    back_end: MockServer,
}

impl Shop {
    async fn start() -> Self {
        Self::with_share(None).await
    }

    async fn with_share(share: Option<&str>) -> Self {
        let (collector, back_end) = (MockServer::start().await, MockServer::start().await);
        for server in [&collector, &back_end] {
            Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(server).await;
        }
        let traces = TraceOptions {
            traces_url: Some(format!("{}/v1/traces", collector.uri())),
            traces_share: share.map(str::to_owned),
        };
        let app = TestApp::with(|options| Options {
            traces,
            api_key: Some(SecretString::from(API_KEY)),
            webhook_url: Some(format!("{}/hook", back_end.uri())),
            webhook_secret: Some(SecretString::from(SECRET)),
            webhook_allow_private: true,
            ..options
        })
        .await;
        Self { app, collector, back_end }
    }

    /// Lets a customer begin and finish a relink, the beginning in a trace of the merchant's.
    async fn relink(&self) {
        let (app, token) = (&self.app, token("cus_1"));
        app.stripe_has_account(broken("fca_1", Some("cus_1")));
        app.get("/api/accounts", &token).await;
        app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
        let body = json!({"account": "fca_1", "choice": "repair"});
        let mut pressed = request(Method::POST, "/api/sessions", &token, Some(&body));
        pressed.headers_mut().insert("traceparent", PARENT.parse().unwrap());
        assert_eq!(app.send(pressed).await.status, 200);
        app.stripe_has_account(active("fca_1", Some("cus_1")));
        let ended = session("fcsess_1", "fca_1", &repaired("fca_1"));
        app.stripe_has("/v1/financial_connections/sessions/fcsess_1", ended).await;
        let outcome = app.outcome(&token, "fcsess_1", "finished").await;
        assert_eq!(outcome.status, 200, "{}", outcome.text);
        assert!(app.app.tell_merchant(Timestamp::from_second(now() + 60).unwrap()).await > 0);
    }

    /// Returns all spans that the collector has got, once all that have ended are sent.
    async fn spans(&self) -> Vec<Span> {
        self.app.app.flush_traces().await;
        let requests = self.collector.received_requests().await.unwrap();
        requests.iter().flat_map(spans).collect()
    }
}

fn spans(request: &Request) -> Vec<Span> {
    assert_eq!(request.url.path(), "/v1/traces");
    assert_eq!(request.headers["content-type"], "application/x-protobuf");
    let resources = ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap().resource_spans;
    resources.into_iter().flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Returns the trace that a request names.
fn trace_of(request: &Request) -> Option<String> {
    let text = request.headers.get("traceparent")?.to_str().unwrap();
    Some(text.split('-').nth(1).unwrap().to_owned())
}

/// Returns the attributes as text.
fn attributes(span: &Span) -> BTreeMap<String, String> {
    let text = |value: &Attribute| {
        if let Attribute::StringValue(text) = value {
            return text.clone();
        }
        let Attribute::IntValue(number) = value else { panic!("{value:?}") };
        number.to_string()
    };
    let pair = |name: &str, value: Option<&Attribute>| (name.to_owned(), value.map(text).unwrap_or_default());
    span.attributes
        .iter()
        .map(|given| pair(&given.key, given.value.as_ref().and_then(|value| value.value.as_ref())))
        .collect()
}

#[tokio::test]
async fn one_trace_leads_from_a_customers_press_to_the_merchants_webhook() {
    let shop = Shop::start().await;
    shop.relink().await;
    let spans = shop.spans().await;
    let of_trace: Vec<&Span> = spans.iter().filter(|span| hex(&span.trace_id) == TRACE).collect();
    let names: Vec<&str> = of_trace.iter().map(|span| span.name.as_str()).collect();
    for name in ["POST /api/sessions", "settle attempt", "merchant webhook"] {
        assert_eq!(names.iter().filter(|other| **other == name).count(), 1, "{name}: {names:?}");
    }
    let pressed = of_trace.iter().find(|span| span.name == "POST /api/sessions").unwrap();
    assert_eq!(hex(&pressed.parent_span_id), "00f067aa0ba902b7");
    let told = attributes(pressed);
    assert_eq!(
        (told["http.route"].as_str(), told["http.response.status_code"].as_str()),
        ("/api/sessions", "200")
    );
    assert_eq!(told["relink.customer"].len(), 16);
    let settled = of_trace.iter().find(|span| span.name == "settle attempt").unwrap();
    let asked = spans.iter().find(|span| span.name == "POST /api/sessions/{id}/outcome").unwrap();
    assert_eq!(settled.links.len(), 1);
    assert_eq!(settled.links[0].span_id, asked.span_id, "the request that found it out");
    let created = stripes(&shop.app, "POST", "/v1/financial_connections/sessions").await;
    assert_eq!(trace_of(&created).as_deref(), Some(TRACE));
    let call = of_trace.iter().find(|span| span.parent_span_id == pressed.span_id).unwrap();
    assert!(call.name.starts_with("Stripe "), "{}", call.name);
    let hooks = shop.back_end.received_requests().await.unwrap();
    let is_about_it = |hook: &&Request| String::from_utf8_lossy(&hook.body).contains("connection.repaired");
    assert_eq!(hooks.iter().find(is_about_it).and_then(trace_of).as_deref(), Some(TRACE));
}

/// Returns the first request of this kind that Stripe got.
async fn stripes(app: &TestApp, method: &str, path: &str) -> Request {
    let requests = app.stripe.received_requests().await.unwrap();
    let is_it = |request: &Request| request.method.as_str() == method && request.url.path() == path;
    requests.into_iter().find(is_it).unwrap()
}

#[tokio::test]
async fn an_event_of_stripes_leads_to_the_webhook_by_way_of_its_job() {
    let shop = Shop::start().await;
    shop.app.stripe_has_account(broken("fca_1", Some("cus_1")));
    shop.app.tell(&event("evt_1", "fca_1")).await;
    relink_server::work_until_idle(&shop.app.app).await;
    assert!(shop.app.app.tell_merchant(Timestamp::from_second(now() + 60).unwrap()).await > 0);
    let spans = shop.spans().await;
    let job = spans.iter().find(|span| span.name == "job account").unwrap();
    let hook = shop.back_end.received_requests().await.unwrap().remove(0);
    assert_eq!(trace_of(&hook), Some(hex(&job.trace_id)));
    let delivered = spans.iter().find(|span| span.name == "merchant webhook").unwrap();
    assert_eq!(delivered.parent_span_id, job.span_id);
    assert_eq!(attributes(delivered)["http.response.status_code"], "200");
}

#[tokio::test]
async fn spans_have_neither_secrets_nor_identifiers_of_customers_and_accounts() {
    let shop = Shop::start().await;
    shop.relink().await;
    let token = token("cus_1");
    shop.app.get("/console?q=canary", &token).await;
    shop.app.get("/api/accounts/fca_1", API_KEY).await;
    let odd = request(Method::from_bytes(b"CANARY-canary").unwrap(), "/canary", "", None);
    shop.app.send(odd).await;
    assert!(shop.spans().await.len() > 5);
    for request in shop.collector.received_requests().await.unwrap() {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        for leak in [CANARY, "CANARY", "cus_1", "fca_1", "fcsess_", token.as_str(), API_KEY] {
            assert!(!text.contains(leak), "{leak}: {text}");
        }
    }
}

#[tokio::test]
async fn without_a_collector_no_trace_is_made_or_passed_on() {
    let app = TestApp::start().await;
    let mut asked = request(Method::GET, "/api/accounts", &token("cus_1"), None);
    asked.headers_mut().insert("traceparent", PARENT.parse().unwrap());
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    assert_eq!(app.send(asked).await.status, 200);
    let requests = app.stripe.received_requests().await.unwrap();
    assert!(!requests.is_empty() && requests.iter().all(|request| trace_of(request).is_none()));
}

#[tokio::test]
async fn a_share_of_traces_is_sent_and_those_that_others_began_as_they_chose() {
    let shop = Shop::with_share(Some("0")).await;
    shop.app.get("/api/accounts", &token("cus_1")).await;
    assert_eq!(shop.spans().await, []);
    for (flag, sent) in [("00", 0), ("01", 1)] {
        let mut asked = request(Method::GET, "/api/status", API_KEY, None);
        let parent = format!("{}{flag}", &PARENT[..PARENT.len() - 2]);
        asked.headers_mut().insert("traceparent", parent.parse().unwrap());
        assert_eq!(shop.app.send(asked).await.status, 200);
        assert_eq!(shop.spans().await.len(), sent, "{flag}");
    }
}

#[tokio::test]
async fn a_collector_that_fails_harms_no_request_and_is_named_in_the_log() {
    let shop = Shop::start().await;
    shop.collector.reset().await;
    Mock::given(path("/v1/traces")).respond_with(ResponseTemplate::new(403)).mount(&shop.collector).await;
    assert_eq!(shop.app.get("/api/status", API_KEY).await.status, 200);
    shop.app.app.flush_traces().await;
    assert!(
        shop.app.log().contains("traces can't be sent to RELINK_TRACES_URL: status 403"),
        "{}",
        shop.app.log()
    );
}
