//! `/_sandbox/clock` and the changes that time brings about.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Client, DAY, EXACT, NOW, SESSIONS};

const HEALTHY: &str = "fca_CopperfieldSavings4421";

async fn change(client: &Client, fields: Value) {
    let answer = client.post(&format!("/_sandbox/accounts/{HEALTHY}"), fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn the_clock_goes_forward_only() {
    let client = Client::new();
    assert_eq!(client.get("/_sandbox/clock").await.body["now"], NOW);
    client.advance("1d6h").await;
    client.advance(60).await;
    let clock = client.get("/_sandbox/clock").await.body;
    assert_eq!((&clock["now"], &clock["ahead"]), (&json!(NOW + 108_060), &json!(108_060)));
    let to = client.post("/_sandbox/clock", json!({ "to": NOW + 2 * DAY })).await;
    assert_eq!(to.body["now"], NOW + 2 * DAY);
    for (given, refusal) in [
        (json!({ "to": NOW }), "400 - to"),
        (json!({ "advance": -1 }), "400 - advance"),
        (json!({ "advance": "soon" }), "400 - advance"),
        (json!({}), "400 parameter_missing advance"),
        (json!({ "advance": 1, "to": NOW }), "400 parameters_exclusive advance"),
        (json!({ "back": 1 }), "400 parameter_unknown back"),
    ] {
        assert_eq!(client.post("/_sandbox/clock", given).await.refusal(), refusal);
    }
    client.post("/_sandbox/reset", json!({})).await;
    assert_eq!(client.get("/_sandbox/clock").await.body["now"], NOW);
}

#[tokio::test]
async fn answers_of_the_api_are_dated_by_the_clock() {
    let client = Client::new();
    let date = async || {
        let answer = client.get("/v1/events").await;
        let date = answer.header("date");
        jiff::fmt::rfc2822::parse(date).unwrap().timestamp().as_second()
    };
    assert_eq!(date().await, NOW);
    client.advance("30d").await;
    assert_eq!(date().await, NOW + 30 * DAY);
    let missing = client.get("/v1/customers/cus_missing").await;
    assert!(!missing.header("date").is_empty(), "{}", missing.text);
}

#[tokio::test]
async fn a_deactivation_is_announced_thirty_days_before_and_happens_on_its_day() {
    let client = Client::new();
    change(&client, json!({ "expected_deactivation_date": NOW + 40 * DAY })).await;
    client.advance("9d").await;
    let before = client.events().await.len();
    client.advance("1d").await;
    let told = client.events().await.split_off(before);
    client.advance("30d").await;
    let all = client.get("/v1/events?limit=100").await.body;
    let mut lines = told;
    for event in all["data"].as_array().unwrap().iter().rev() {
        if event["data"]["object"]["id"] == HEALTHY && event["created"] == NOW + 40 * DAY {
            lines.push(format!("{} {}", event["type"], event["data"]["object"]["status_details"]));
        }
    }
    assert_snapshot!(lines.join("\n"), @r#"
    account.upcoming_deactivation fca_CopperfieldSavings4421
    authorization.upcoming_deactivation fcauth_CopperfieldJenny
    "financial_connections.account.deactivated" {"inactive":{"action":"relink_required","cause":"access_expired"}}
    "#);
    assert_eq!(client.account(HEALTHY).await["status"], "inactive");
}

#[tokio::test]
async fn a_near_deactivation_is_announced_at_once_and_again_for_a_new_date() {
    let client = Client::new();
    let upcoming = async || {
        let path = "/v1/events?type=financial_connections.account.upcoming_deactivation";
        client.get(path).await.body["data"].as_array().unwrap().len()
    };
    change(&client, json!({ "expected_deactivation_date": NOW + DAY })).await;
    assert_eq!(upcoming().await, 1);
    client.get(ACCOUNTS).await;
    assert_eq!(upcoming().await, 1, "once");
    change(&client, json!({ "expected_deactivation_date": NOW + 2 * DAY })).await;
    assert_eq!(upcoming().await, 2);
}

#[tokio::test]
async fn a_token_expires_on_its_day_after_it_was_announced() {
    let client = Client::new();
    let token =
        json!({ "identifier_type": "tokenized_account_number", "expected_expiry_date": NOW + 31 * DAY });
    change(&client, json!({ "account_numbers": [token] })).await;
    let mut lines = Vec::new();
    for wait in ["1d", "30d"] {
        client.advance(wait).await;
        let event = client.get("/v1/events?limit=1").await.body["data"][0].clone();
        let day = (event["created"].as_i64().unwrap() - NOW) / DAY;
        lines.push(format!("day {day}: {} {}", event["type"], event["data"]["object"]["id"]));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    day 1: "financial_connections.account.upcoming_account_number_expiry" "fca_CopperfieldSavings4421"
    day 31: "financial_connections.account.account_numbers_updated" "fca_CopperfieldSavings4421"
    "#);
    assert_eq!(client.account(HEALTHY).await["account_numbers"][0]["status"], "expired");
}

#[tokio::test]
async fn scheduled_changes_are_listed_and_applied_in_order() {
    let client = Client::new();
    let clock = client.get("/_sandbox/clock").await.body;
    let coming: Vec<String> = clock["coming"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let days = (one["at"].as_i64().unwrap() - NOW) / DAY;
            format!("{days}d {} {}", one["what"].as_str().unwrap(), one["object"].as_str().unwrap())
        })
        .collect();
    assert_snapshot!(coming.join("\n"), @r#"
    12d deactivate fca_HarborExpiring2750
    20d expire_numbers fca_PinecrestNumberExpiring8812
    "#);
    client.advance("30d").await;
    assert_snapshot!(client.events().await.join("\n"), @r#"
    account.deactivated fca_HarborExpiring2750
    account.account_numbers_updated fca_PinecrestNumberExpiring8812
    "#);
}

#[tokio::test]
async fn a_subscription_refreshes_every_day_and_a_slow_refresh_takes_its_time() {
    let client = Client::new();
    client.set(json!({ "refresh_seconds": 60 })).await;
    client.submit(&format!("{ACCOUNTS}/{HEALTHY}/subscribe"), "features[]=balance").await;
    client.advance("1d").await;
    assert_eq!(client.account(HEALTHY).await["balance_refresh"]["status"], "pending");
    client.advance("1m").await;
    let refresh = client.account(HEALTHY).await["balance_refresh"].clone();
    assert_eq!((&refresh["status"], &refresh["last_attempted_at"]), (&json!("succeeded"), &json!(NOW + DAY)));
    client.advance("2d").await;
    let refreshed = client.get("/v1/events?type=financial_connections.account.refreshed_balance").await.body;
    assert_eq!(refreshed["data"].as_array().unwrap().len(), 3);
    client.submit(&format!("{ACCOUNTS}/{HEALTHY}/unsubscribe"), "features[]=balance").await;
    client.advance("2d").await;
    assert_eq!(client.account(HEALTHY).await["balance_refresh"]["last_attempted_at"], NOW + 3 * DAY);
}

#[tokio::test]
async fn an_idempotency_key_is_remembered_for_a_day() {
    let client = Client::new();
    let create = async || {
        let request =
            Client::request("POST", SESSIONS, crate::client::PREVIEW).header("idempotency-key", "k");
        client.send(request.body(EXACT.into()).unwrap()).await.body["id"].clone()
    };
    let first = create().await;
    client.advance("23h").await;
    assert_eq!(create().await, first);
    client.advance("1h").await;
    assert_ne!(create().await, first);
}
