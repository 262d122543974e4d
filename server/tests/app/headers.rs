//! Security headers, which are the same for every response.

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

use crate::objects::broken;
use crate::support::{Answer, TestApp, request, token};

const NAMES: [&str; 7] = [
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
];

fn golden(answer: &Answer) -> String {
    let value = |name: &str| {
        let values: Vec<_> =
            answer.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        format!("{name}: {}", values.join(" | "))
    };
    NAMES.map(value).join("\n")
}

/// Returns a request, with the expected status, for each kind of response.
fn requests() -> Vec<(u16, Request<Body>)> {
    let token = token("cus_1");
    let large = json!({"account": "1".repeat(20_000)});
    let account = json!({"account": "fca_1", "choice": "repair"});
    vec![
        (200, request(Method::GET, "/", "", None)),
        (404, request(Method::GET, "/missing", "", None)),
        (404, request(Method::GET, "/api", "", None)),
        (404, request(Method::GET, "/api/missing", "", None)),
        (405, request(Method::POST, "/", "", None)),
        (405, request(Method::GET, "/api/sessions", &token, None)),
        (405, request(Method::DELETE, "/api/accounts", &token, None)),
        (401, request(Method::GET, "/api/accounts", "", None)),
        (200, request(Method::GET, "/api/accounts", &token, None)),
        (200, request(Method::HEAD, "/api/accounts", &token, None)),
        (413, request(Method::POST, "/api/sessions", &token, Some(&large))),
        // The account is found, but the fake has no response to this POST, hence the 404.
        (404, request(Method::POST, "/api/sessions", &token, Some(&account))),
        (
            404,
            request(
                Method::POST,
                "/api/sessions/fcsess_1/outcome",
                &token,
                Some(&json!({"reported": "closed"})),
            ),
        ),
        (200, request(Method::GET, "/healthz", "", None)),
        (200, request(Method::GET, "/readyz", "", None)),
        (404, request(Method::GET, "/demo/token", "", None)),
    ]
}

#[tokio::test]
async fn every_answer_of_every_route_carries_them() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let expected = golden(&app.get("/healthz", "").await);
    let shared = expected.replace("-resource-policy: same-origin", "-resource-policy: cross-origin");
    for (status, request) in requests() {
        let name = format!("{} {}", request.method(), request.uri());
        let answer = app.send(request).await;
        assert_eq!(answer.status, status, "{name}");
        let is_file = name == "GET /";
        assert_eq!(golden(&answer), if is_file { shared.as_str() } else { expected.as_str() }, "{name}");
        assert!(!answer.headers.contains_key("cross-origin-embedder-policy"), "{name}");
        assert_eq!(answer.headers.contains_key("access-control-allow-origin"), is_file, "{name}");
        assert!(answer.headers.contains_key("cache-control"), "{name}");
        assert_eq!(answer.headers["x-request-id"].len(), 36, "{name}");
        if name.contains("/api") && status >= 400 {
            answer.problem();
        }
    }
    assert_snapshot!(expected.replace(&app.stripe.uri(), "STRIPE").replace("; ", ";\n  "), @r"
    content-security-policy: default-src 'none';
      script-src 'self' 'wasm-unsafe-eval' STRIPE;
      connect-src 'self' STRIPE;
      frame-src STRIPE;
      style-src 'self';
      img-src 'self' data:;
      font-src 'self';
      base-uri 'none';
      object-src 'none';
      form-action 'none';
      frame-ancestors 'none';
      report-uri /reports
    cross-origin-opener-policy: same-origin-allow-popups
    cross-origin-resource-policy: same-origin
    permissions-policy: camera=(), geolocation=(), microphone=()
    referrer-policy: strict-origin
    strict-transport-security: max-age=63072000
    x-content-type-options: nosniff
    ");
}

#[tokio::test]
async fn subdomains_are_bound_to_https_only_where_the_merchant_says_so() {
    for (hsts, expected) in [
        (None, Some("max-age=63072000")),
        (Some("subdomains"), Some("max-age=63072000; includeSubDomains")),
        (Some("off"), None),
    ] {
        let app = TestApp::with(|mut options| {
            options.network.hsts = hsts.map(str::to_owned);
            options
        })
        .await;
        for path in ["/", "/healthz", "/console", "/u/unknown"] {
            let answer = app.get(path, "").await;
            let header = answer.headers.get("strict-transport-security");
            assert_eq!(header.map(|value| value.to_str().unwrap()), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_strangers_request_id_is_not_taken_over() {
    let app = TestApp::start().await;
    let request =
        Request::get("/healthz").header("x-request-id", "theirs\u{fffd}").body(String::new().into());
    let answer = app.send(request.unwrap()).await;
    assert_ne!(answer.headers["x-request-id"], "theirs");
}
