//! The customer's IP address in a mandate: the true one, or no mandate.

use axum::body::Body;
use axum::http::Request;
use relink_server::Options;
use reqwest::Method;
use serde_json::json;

use super::{INTENTS, added, lenient, stripe_agrees};
use crate::objects::form;
use crate::support::{TestApp, request, token};

/// IP address from which the tests' requests come.
const PEER: &str = "192.0.2.1";

/// Starts a shop with an account to pay from; `is_https` sets an https public URL.
async fn shop(is_https: bool, trusted_proxies: Option<&str>, behind_tls_proxy: bool) -> TestApp {
    let app = TestApp::with(|options| {
        let mut options = Options { behind_tls_proxy, ..lenient(options) };
        options.network.trusted_proxies = trusted_proxies.map(str::to_owned);
        options.requests.public_url = is_https.then(|| "https://relink.shop.example".to_owned());
        options
    });
    let app = app.await;
    added(&app, &token("cus_1")).await;
    stripe_agrees(&app).await;
    app
}

fn click(headers: &[(&'static str, &str)]) -> Request<Body> {
    let body = json!({"account": "fca_new"});
    let path = "/api/sessions/fcsess_1/payment-method";
    let mut click = request(Method::POST, path, &token("cus_1"), Some(&body));
    for (name, value) in headers {
        click.headers_mut().append(*name, value.parse().unwrap());
    }
    click
}

async fn recorded(app: &TestApp) -> String {
    let sent = form(&app.posts_to(INTENTS).await[0]);
    let line = sent.lines().find_map(|line| line.split_once("[ip_address]="));
    line.unwrap().1.to_owned()
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_last_untrusted_address_is_recorded() {
    for headers in [
        &[("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "198.51.100.8, 203.0.113.7")][..],
        &[("x-forwarded-for", "198.51.100.8, 203.0.113.7, 10.0.0.1")],
        &[("forwarded", "for=198.51.100.8, for=\"203.0.113.7:4711\";proto=https, for=10.0.0.1")],
    ] {
        let app = shop(true, Some("192.0.2.1,10.0.0.0/8"), false).await;
        assert_eq!(app.send(click(headers)).await.status, 204);
        assert_eq!(recorded(&app).await, "203.0.113.7", "{headers:?}");
    }
}

#[tokio::test]
async fn no_mandate_records_a_proxy_as_the_customer() {
    let forwarded = [("x-forwarded-for", "203.0.113.7")];
    for (trusted, behind_tls_proxy, headers, reason) in [
        (None, false, &forwarded[..], "a peer that is not trusted"),
        // The server does not speak TLS, so a client of an https URL must be a proxy.
        (None, false, &[], "a peer that is no trusted proxy"),
        (Some("10.0.0.0/8"), false, &forwarded, "a peer that is not trusted"),
        // The flag alone trusts only proxies on private networks.
        (None, true, &forwarded, "a peer that is not trusted"),
        (Some(PEER), false, &[], "sends neither X-Forwarded-For nor Forwarded"),
        (Some(PEER), false, &[("x-forwarded-for", "unknown")], "is no address"),
        (Some(PEER), false, &[("x-forwarded-for", PEER)], "every address"),
        (
            Some(PEER),
            false,
            &[("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=203.0.113.8")],
            "disagree",
        ),
    ] {
        let app = shop(true, trusted, behind_tls_proxy).await;
        assert_eq!(app.send(click(headers)).await.problem(), (500, "misconfigured".to_owned()), "{reason}");
        assert!(app.posts_to(INTENTS).await.is_empty());
        assert!(app.log().contains(reason), "{reason}");
    }
}

#[tokio::test]
async fn while_a_shop_is_tried_out_on_this_machine_the_peer_will_do() {
    for headers in [&[][..], &[("x-forwarded-for", "203.0.113.7")]] {
        let app = shop(false, None, false).await;
        assert_eq!(app.send(click(headers)).await.status, 204);
        assert_eq!(recorded(&app).await, PEER);
    }
}
