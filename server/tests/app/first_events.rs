//! A server for connected accounts: what it asks Stripe for when it first hears of one.

use relink_server::{ConnectOptions, Options, work_until_idle};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::objects::broken;
use crate::support::{TestApp, now, signed};

#[tokio::test]
async fn what_happened_before_a_connected_account_was_known_is_not_fetched_as_news() {
    let connect = ConnectOptions { connected_accounts: Some("all".to_owned()), ..ConnectOptions::default() };
    let app = TestApp::with(|options| Options { connect, ..options }).await;
    let nothing = json!({"object": "list", "data": [], "has_more": false, "url": "/v1/events"});
    let events = Mock::given(method("GET")).and(path("/v1/events"));
    events.respond_with(ResponseTemplate::new(200).set_body_json(nothing)).mount(&app.stripe).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let began = now();
    let customer =
        signed(&json!({"sub": "cus_1", "stripe_account": "acct_Ada", "sid": "s1", "exp": now() + 300}));
    let list = app.get("/api/accounts", &customer).await;
    assert_eq!(list.status, 200, "{}", list.text);
    work_until_idle(&app.app).await;
    let calls = app.stripe.received_requests().await.unwrap();
    let of_account = |call: &&wiremock::Request| {
        call.url.path() == "/v1/events"
            && call.headers.get("stripe-account").is_some_and(|it| it == "acct_Ada")
    };
    let first = calls.iter().find(of_account).expect("missed events of acct_Ada are fetched from now on");
    let since = first.url.query_pairs().find(|(name, _)| name == "created[gte]");
    let (_, since) = since.expect("events of the last 30 days are no news");
    // Ten minutes, in which Stripe may list an event late.
    assert!(since.parse::<i64>().unwrap() >= began - 600, "{since}");
}
