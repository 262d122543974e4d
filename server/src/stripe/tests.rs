use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::config::database::Engine;
use crate::store::testing::open;

/// Calls per second, so that the last turn comes 50 milliseconds after the one before it.
const RATE: u32 = 20;

#[tokio::test]
async fn a_background_call_that_waited_long_for_its_turn_still_has_its_whole_time_limit() {
    let server = MockServer::start().await;
    let list = json!({"object": "list", "data": [], "has_more": false});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list))
        .mount(&server)
        .await;
    let test = open(Engine::Sqlite).await;
    let budget = RateLimiter::new(test.store.shared_slots(), RATE, 50);
    let version = ApiVersion::with_relink("2026-09-30.preview").unwrap();
    let key = "sk_test_1".into();
    let stripe = Stripe::new(
        server.uri().parse().unwrap(),
        &key,
        version,
        StripeAccounts::Own,
        budget.clone(),
        Metrics::new(),
    )
    .unwrap();
    let background = stripe.in_background();
    tokio::time::pause();
    let calls_before = (CALL_TIMEOUT.as_secs() + 1) * u64::from(RATE);
    let mut turns = tokio::task::JoinSet::new();
    for _ in 0..calls_before {
        let budget = budget.clone();
        turns.spawn(async move { budget.spend(&Priority::Background).await.unwrap() });
    }
    let began = Instant::now();
    let call = tokio::spawn(async move { background.all_accounts(None, None).await });
    while turns.join_next().await.is_some() {}
    assert!(began.elapsed() >= CALL_TIMEOUT, "{:?}", began.elapsed());
    // While the clock is paused, time limits run out as soon as a task waits for the network.
    tokio::time::resume();
    call.await.unwrap().unwrap();
}
