//! Requests of the page without a CORS preflight: a form could send them, and they act only with a token in the body.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request};
use relink_server::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::objects::broken;
use crate::support::{API_KEY, Answer, TestApp, request, token};

const SHOP: &str = "https://shop.example";

/// Returns a request as a page of the shop sends it. Browsers send it without a preflight: method, headers and content
/// type are those that the Fetch standard allows everywhere (CORS-safelisted).
fn plain(path: &str, body: &Value) -> Request<Body> {
    let peer = ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 1], 4711)));
    let builder = Request::post(path).extension(peer).header("origin", SHOP).header("accept-language", "de");
    builder.header("content-type", "text/plain;charset=UTF-8").body(Body::from(body.to_string())).unwrap()
}

fn with_token(token: &str, fields: &Value) -> Value {
    let mut body = fields.clone();
    body["token"] = json!(token);
    body
}

async fn shop() -> TestApp {
    let app = TestApp::with(|options| Options {
        origins: Some(SHOP.to_owned()),
        api_key: Some(API_KEY.into()),
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app
}

async fn plain_answer(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.send(plain(path, body)).await
}

#[tokio::test]
async fn the_page_gets_its_accounts_on_another_origin_without_a_preflight() {
    let app = shop().await;
    let token = token("cus_1");
    let answer = plain_answer(&app, "/api/accounts", &with_token(&token, &json!({}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["access-control-allow-origin"], SHOP);
    assert_eq!(answer.json(), app.get("/api/accounts", &token).await.json());
}

#[tokio::test]
async fn every_request_of_the_page_is_taken_with_the_token_in_its_body() {
    let app = shop().await;
    let token = token("cus_1");
    for (path, fields, expected) in [
        // Stripe's stand-in has no response to this, so the account was found.
        ("/api/sessions", json!({"account": "fca_1", "choice": "repair"}), (404, "not_found")),
        ("/api/sessions/fcsess_x/outcome", json!({"reported": "closed"}), (404, "not_found")),
        ("/api/sessions/fcsess_x/payment-method", json!({"account": "fca_1"}), (404, "not_found")),
        ("/api/sessions/fcsess_x/payment-method/keep", json!({}), (404, "not_found")),
        // Fields are read as strictly as in JSON.
        ("/api/sessions", json!({"account": "fca_1", "choice": "repair", "x": 1}), (400, "invalid_request")),
    ] {
        let answer = plain_answer(&app, path, &with_token(&token, &fields)).await;
        assert_eq!(answer.problem(), (expected.0, expected.1.to_owned()), "{path}");
    }
    assert_eq!(app.posts().await.len(), 1, "one session was asked for at Stripe");
}

#[tokio::test]
async fn without_a_token_in_it_a_form_of_another_site_does_nothing() {
    let app = shop().await;
    let fields = json!({"account": "fca_1", "choice": "repair"});
    let foreign = |body: Body, more: &[(&'static str, String)]| {
        let mut request = plain("/api/sessions", &json!({}));
        *request.body_mut() = body;
        request.headers_mut().extend(
            more.iter()
                .map(|(name, value)| (axum::http::HeaderName::from_static(name), value.parse().unwrap())),
        );
        request
    };
    let text = |body: &Value| Body::from(body.to_string());
    let key = format!("Bearer {}", token("cus_1"));
    for (request, expected) in [
        // A browser sends cookies, and a password that it knows, on its own.
        (foreign(text(&fields), &[("cookie", "relink-rlr_1=x".to_owned())]), (415, "invalid_request")),
        (foreign(text(&fields), &[("authorization", "Basic eDp5".to_owned())]), (415, "invalid_request")),
        (foreign(Body::from("a=b"), &[]), (415, "invalid_request")),
        (foreign(Body::empty(), &[]), (415, "invalid_request")),
        (foreign(text(&with_token("", &fields)), &[]), (401, "signed_out")),
        (foreign(text(&with_token("a\nb", &fields)), &[]), (401, "signed_out")),
        (foreign(text(&json!({"token": 1})), &[]), (401, "signed_out")),
        // Two tokens, of which each server could take another one.
        (
            foreign(text(&with_token(&token("cus_1"), &fields)), &[("authorization", key)]),
            (401, "signed_out"),
        ),
        (foreign(text(&json!({"token": "x".repeat(20_000)})), &[]), (413, "invalid_request")),
        // The header makes it a request with a preflight, which is refused; here its cookie is missing, too.
        (foreign(text(&fields), &[("relink-link", "rlr_1".to_owned())]), (404, "link_unusable")),
    ] {
        let about = format!("{:?}", request.headers());
        assert_eq!(app.send(request).await.problem(), (expected.0, expected.1.to_owned()), "{about}");
    }
    assert_eq!(app.posts().await.len(), 0);
}

#[tokio::test]
async fn an_api_key_in_a_body_opens_nothing() {
    let app = shop().await;
    for path in ["/api/accounts", "/v1/relink-requests"] {
        let body = with_token(API_KEY, &json!({"account": "fca_1"}));
        let status = plain_answer(&app, path, &body).await.status.as_u16();
        assert!([401, 415].contains(&status), "{path}: {status}");
    }
}

#[tokio::test]
async fn the_old_way_stays_with_its_preflight() {
    let app = shop().await;
    for (path, method) in [("/api/accounts", "GET"), ("/api/changes", "GET"), ("/api/sessions", "POST")] {
        let mut preflight = request(Method::OPTIONS, path, "", None);
        let headers = [
            ("origin", SHOP),
            ("access-control-request-method", method),
            ("access-control-request-headers", "authorization,content-type,last-event-id"),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        preflight.headers_mut().extend(HeaderMap::from_iter(headers));
        let answer = app.send(preflight).await;
        assert_eq!(answer.headers["access-control-allow-origin"], SHOP, "{path}");
    }
    assert_eq!(app.get("/api/accounts", &token("cus_1")).await.status, 200);
}

#[tokio::test]
async fn no_token_of_a_body_is_logged() {
    let app = shop().await;
    let token = token("cus_1");
    plain_answer(&app, "/api/accounts", &with_token(&token, &json!({}))).await;
    plain_answer(&app, "/api/sessions", &with_token(&token, &json!({"account": "fca_1", "choice": "x"})))
        .await;
    assert!(app.log().contains("/api/sessions") && !app.log().contains(&token));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let app = shop().await;
    let large = json!({"token": "x".repeat(64 * 1024)});
    for path in ["/api/accounts", "/api/changes", "/reports"] {
        assert_eq!(plain_answer(&app, path, &large).await.status, 413, "{path}");
    }
}
