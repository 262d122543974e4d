//! Rate limits.

use serde_json::json;

use crate::client::{ACCOUNTS, Client};

#[tokio::test]
async fn without_the_switch_there_is_no_limit_and_with_it_every_second_has_one() {
    let client = Client::new();
    for _ in 0..30 {
        assert_eq!(client.get(ACCOUNTS).await.status, 200);
    }
    client.set(json!({ "rate_limit": 5 })).await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(client.get(ACCOUNTS).await);
    }
    let last = answers.pop().unwrap();
    assert!(answers.iter().all(|answer| answer.status == 429), "the second is full already");
    assert_eq!(
        (last.refusal().as_str(), last.header("stripe-rate-limited-reason")),
        ("429 rate_limit -", "global-rate")
    );
    assert_eq!(client.get("/stripe.js").await.status, 200, "only the API is limited");
}

#[tokio::test]
async fn an_endpoint_can_have_a_limit_of_its_own() {
    let client = Client::new();
    client.set(json!({ "endpoint_rate_limit": 2 })).await;
    for _ in 0..2 {
        assert_eq!(client.get(ACCOUNTS).await.status, 200);
    }
    let limited = client.get(ACCOUNTS).await;
    assert_eq!(limited.header("stripe-rate-limited-reason"), "endpoint-rate");
    assert_eq!(client.get("/v1/events").await.status, 200);
}
