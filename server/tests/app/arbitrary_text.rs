//! Arbitrary text in any input never causes an internal error.

use axum::body::Body;
use axum::http::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use relink_server::{Options, RequestOptions};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::objects::broken;
use crate::support::{API_KEY, TestApp, now, request, signed, token};

/// Routes that end in a text, in the path or the query.
const GET: [&str; 33] = [
    "/api/accounts/",
    "/api/changes?version=",
    "/api/connections?customer=",
    "/api/connections?state=",
    "/api/connections?starting_after=",
    "/api/connections?limit=",
    "/api/deliveries?state=",
    "/api/deliveries?starting_after=",
    "/api/deliveries/",
    "/api/work?state=",
    "/api/work?starting_after=",
    "/api/audit?customer=",
    "/api/audit?session=",
    "/api/audit?account=",
    "/api/audit?starting_after=",
    "/v1/relink-requests?customer=",
    "/v1/relink-requests?account=",
    "/v1/relink-requests?state=",
    "/v1/relink-requests?starting_after=",
    "/v1/relink-requests/eligibility?account=",
    "/v1/relink-requests/",
    "/v1/opt-outs/",
    "/r?locale=",
    "/u/",
    "/console?who=",
    "/console?bank=",
    "/console?after=",
    "/console/sign-in?then=",
    "/console/accounts/",
    "/console/batches/",
    "/console/audit?before=",
    "/console/connections.csv?who=",
    "/",
];

/// Routes with a text in the path, and a body.
const POST: [(&str, &str); 9] = [
    ("POST", "/api/deliveries/{}/replay"),
    ("POST", "/api/work/{}/retry"),
    ("POST", "/api/sessions/{}/outcome"),
    ("POST", "/api/sessions/{}/payment-method"),
    ("DELETE", "/api/sessions/{}/payment-method"),
    ("POST", "/v1/relink-requests/{}/cancel"),
    ("PUT", "/v1/opt-outs/{}"),
    ("DELETE", "/v1/opt-outs/{}"),
    ("POST", "/u/{}"),
];

/// Returns bodies with `text` in each field.
fn bodies(text: &str) -> Vec<(&'static str, Value)> {
    let asked = json!({"account": "fca_1", "delivery": "link"});
    let with = |name: &str| {
        let mut body = asked.clone();
        body[name] = json!(text);
        ("/v1/relink-requests", body)
    };
    vec![
        ("/api/sessions", json!({"account": text, "choice": "repair"})),
        ("/api/sessions", json!({"account": "fca_1", "choice": text})),
        ("/api/sessions/fcsess_1/outcome", json!({"reported": text})),
        ("/api/sessions/fcsess_1/payment-method", json!({"account": text})),
        ("/r/open", json!({"token": text})),
        with("account"),
        with("delivery"),
        with("customer"),
        with("reason"),
        with("note"),
        with("locale"),
        with("return_url"),
        with("metadata"),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just("\0"),
        Just("fca_\0"),
        Just("cus_1\0"),
        Just("\u{fffd}"),
        Just("\u{202e}"),
        Just("مرحبا"),
        Just("'"),
        Just("\""),
        Just("\\"),
        Just("%"),
        Just("%00"),
        Just("_"),
        Just(";--"),
        Just("\r\n"),
        Just("../"),
        Just("{}"),
        Just("\u{10ffff}"),
        Just("fca_1"),
        Just("rlr_"),
        Just("evt_"),
        Just("9223372036854775808"),
        Just("-1"),
        Just("ẞ"),
    ];
    prop_oneof![
        4 => prop::collection::vec(odd, 1..4).prop_map(|parts| parts.concat()),
        2 => any::<String>(),
        1 => (1_usize..4000).prop_map(|length| "x".repeat(length)),
    ]
}

/// Sends the request, and fails with `place` if the response is an internal error.
async fn is_no_fault(app: &TestApp, place: &str, request: Request<Body>) {
    let answer = app.send(request).await;
    // Calls to Stripe may fail, because this fake has one account and nothing else.
    let is_stripe = answer.text.contains("stripe_unavailable") || answer.text.contains("misconfigured");
    assert!(answer.status.as_u16() < 500 || is_stripe, "{place:.200}: {} {}", answer.status, answer.text);
}

async fn try_everywhere(app: &TestApp, text: &str) {
    let encoded = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    for credentials in [API_KEY.to_owned(), token("cus_1")] {
        for path in GET.iter().filter(|path| !path.starts_with("/api/changes")) {
            let path = format!("{path}{encoded}");
            if path.len() < 8000 {
                is_no_fault(app, &path, request(Method::GET, &path, &credentials, None)).await;
            }
        }
        for (method, path) in POST {
            let path = path.replace("{}", &encoded);
            let body = json!({"reported": "success", "account": "fca_1", "reason": text});
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            is_no_fault(app, &path, request(method, &path, &credentials, Some(&body))).await;
        }
        for (path, body) in bodies(text) {
            let place = format!("{path} {body}");
            is_no_fault(app, &place, request(Method::POST, path, &credentials, Some(&body))).await;
        }
    }
    for claims in [json!({"sub": text, "sid": "s1"}), json!({"sub": "cus_1", "sid": text})] {
        let mut claims = claims;
        claims["iat"] = json!(now());
        claims["exp"] = json!(now() + 300);
        let token = signed(&claims);
        is_no_fault(app, "a token's claims", request(Method::GET, "/api/accounts", &token, None)).await;
    }
    for place in ["id", "type", "account"] {
        let mut event = crate::webhooks::event("evt_1", "fca_1");
        match place {
            "account" => event["data"]["object"]["id"] = json!(text),
            other => event[other] = json!(text),
        }
        let answer = app.tell(&event).await;
        assert!(answer.status.as_u16() < 500, "an event's {place} {text:?}: {}", answer.text);
    }
}

/// JSON that can't be built from Rust strings.
const RAW: [&str; 4] = [
    r#"{"account": "\ud800", "choice": "repair"}"#,
    r#"{"account": "\udc00\ud800", "delivery": "link"}"#,
    r#"{"token": "\u0000"}"#,
    "{\"token\": \"\u{0}\"}",
];

async fn shop() -> TestApp {
    let app = TestApp::with(|options| Options {
        api_key: Some(SecretString::from(API_KEY)),
        requests: RequestOptions {
            public_url: Some("https://reconnect.example".to_owned()),
            return_origins: Some("https://shop.example".to_owned()),
            ..RequestOptions::default()
        },
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app
}

#[test]
fn no_text_in_any_place_makes_the_server_fail() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(shop());
    runtime.block_on(async {
        for body in RAW {
            for path in ["/api/sessions", "/v1/relink-requests", "/r/open"] {
                let mut request = request(Method::POST, path, API_KEY, Some(&json!({})));
                *request.body_mut() = Body::from(body);
                is_no_fault(&app, path, request).await;
            }
        }
    });
    let cases = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(cases, |(text in texts())| {
        runtime.block_on(try_everywhere(&app, &text));
    });
}
