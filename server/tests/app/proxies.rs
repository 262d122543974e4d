//! Reverse proxies: clients behind them, and a warning about untrusted ones.

use axum::body::Body;
use axum::http::Request;
use reqwest::Method;

use crate::support::{TestApp, request};

async fn shop(trusted_proxies: Option<&str>) -> TestApp {
    TestApp::with(|mut options| {
        options.network.trusted_proxies = trusted_proxies.map(str::to_owned);
        options.requests.public_url = Some("https://relink.shop.example".to_owned());
        options
    })
    .await
}

fn forwarded(path: &str, client: &str) -> Request<Body> {
    let mut request = request(Method::GET, path, "", None);
    request.headers_mut().insert("x-forwarded-for", client.parse().unwrap());
    request
}

/// Guesses at links until the rate limit is reached.
async fn use_up(app: &TestApp, client: &str) {
    for guess in 0..1_000 {
        if app.send(forwarded(&format!("/u/{guess}"), client)).await.status == 429 {
            return;
        }
    }
    panic!("guesses are not limited");
}

#[tokio::test]
async fn limits_count_each_client_behind_a_trusted_proxy_by_itself() {
    let app = shop(Some("192.0.2.1")).await;
    use_up(&app, "203.0.113.7").await;
    assert_eq!(app.send(forwarded("/u/one", "203.0.113.8")).await.status, 404);
}

#[tokio::test]
async fn a_client_that_is_no_trusted_proxy_cannot_evade_limits_by_a_header() {
    let app = shop(Some("10.0.0.0/8")).await;
    use_up(&app, "203.0.113.7").await;
    let mut request = forwarded("/u/one", "203.0.113.8");
    request.headers_mut().insert("accept-language", "pt-BR".parse().unwrap());
    let refused = app.send(request).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text.contains("<html lang=\"pt-BR\" dir=\"ltr\">"), "{}", refused.text);
    assert!(refused.text.contains("<h1>Muitas tentativas</h1>"), "{}", refused.text);
}

#[tokio::test]
async fn a_proxy_that_nobody_named_is_warned_of_once() {
    for (trusted, expected) in [(None, 1), (Some("10.0.0.0/8"), 1), (Some("192.0.2.1"), 0)] {
        let app = shop(trusted).await;
        app.get("/healthz", "").await;
        assert!(!app.log().contains("RELINK_TRUSTED_PROXIES"), "nothing was forwarded yet");
        for _ in 0..3 {
            app.send(forwarded("/healthz", "203.0.113.7")).await;
        }
        assert_eq!(app.log().matches("name it in RELINK_TRUSTED_PROXIES").count(), expected, "{trusted:?}");
    }
}
