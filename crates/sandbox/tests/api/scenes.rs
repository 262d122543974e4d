//! Scenes: customers to whom something happens.

use axum::body::Body;
use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Client, DAY, NOW, PREVIEW};

const SCENES: &str = "/_sandbox/scenes";

async fn accounts_of(client: &Client, customer: &str) -> Vec<Value> {
    let path = format!("{ACCOUNTS}?account_holder[customer]={customer}&limit=100");
    client.get(&path).await.body["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn of_two_healthy_accounts_of_a_customer_one_shares_less() {
    let client = Client::new();
    for _ in 0..2 {
        client.post(SCENES, json!({"scene": "permissions"})).await;
        let accounts = accounts_of(&client, "cus_SandboxMira").await;
        let shown: Vec<_> = accounts.iter().map(|one| (&one["status"], &one["permissions"])).collect();
        let active = json!("active");
        assert_eq!(
            shown,
            [(&active, &json!(["payment_method"])), (&active, &json!(["payment_method", "balances"]))]
        );
    }
    let events = client.get("/v1/events").await.body;
    assert_eq!(events["data"], json!([]), "she linked them before");
}

#[tokio::test]
async fn of_accounts_that_look_alike_ids_and_dates_differ_and_a_relink_gives_new_ids() {
    let client = Client::new();
    for _ in 0..2 {
        client.post(SCENES, json!({"scene": "look_alikes"})).await;
        let accounts = accounts_of(&client, "cus_SandboxToma").await;
        let looks = |one: &Value| {
            let fields = ["institution_name", "display_name", "subcategory", "last4", "status"];
            fields.map(|field| one[field].clone())
        };
        let twins: Vec<&Value> = accounts.iter().filter(|one| one["last4"] == "7788").collect();
        assert_eq!((accounts.len(), twins.len()), (3, 2));
        assert_eq!(looks(twins[0]), looks(twins[1]));
        assert_ne!(twins[0]["created"], twins[1]["created"]);
        assert_eq!(twins[0]["status"], "inactive");
    }
    assert_eq!(client.get("/_sandbox/settings").await.body["new_authorization"], true);
}

#[tokio::test]
async fn a_bank_that_migrates_ends_the_oldest_connections_on_one_day_and_others_later() {
    let client = Client::new();
    client.post(SCENES, json!({"scene": "migration", "customers": 9, "days": 20})).await;
    let mut ends = Vec::new();
    for number in 1..=9 {
        let accounts = accounts_of(&client, &format!("cus_Cascade{number:05}")).await;
        let notice = &accounts[0]["status_details"]["active"];
        assert_eq!(notice["action"], "relink_required");
        ends.push((notice["expected_deactivation_date"].as_i64().unwrap() - NOW) / DAY);
    }
    ends.sort_unstable();
    assert_eq!(ends, [20, 20, 20, 21, 22, 23, 363, 364, 365]);
    let events = client.get("/v1/events?limit=100").await.body;
    let of_accounts =
        events["data"].as_array().unwrap().iter().filter(|event| {
            event["type"] == "financial_connections.account.expected_deactivation_date_updated"
        });
    assert_eq!(of_accounts.count(), 9);
}

#[tokio::test]
async fn the_customers_of_two_connected_accounts_have_the_same_ids_and_nothing_in_common() {
    let client = Client::new();
    for _ in 0..2 {
        let played = client.post(SCENES, json!({"scene": "connect"})).await;
        assert_eq!(played.body["accounts"], 2);
    }
    let path = format!("{ACCOUNTS}/fca_AlderInga");
    assert_eq!(client.get(&path).await.status, 404, "the platform has no such customer");
    for (seller, last4) in [("acct_SandboxPotter", "4536"), ("acct_SandboxWeaver", "4544")] {
        let request = Client::request("GET", &path, PREVIEW).header("stripe-account", seller);
        let account = client.send(request.body(Body::empty()).unwrap()).await.body;
        assert_eq!((&account["last4"], &account["status"]), (&json!(last4), &json!("inactive")));
        assert_eq!(account["account_holder"]["customer"], "cus_SandboxInga");
    }
}

#[tokio::test]
async fn a_scene_that_does_not_exist_or_is_too_large_is_refused() {
    let client = Client::new();
    for (scene, refusal) in [
        (json!({"scene": "storm"}), "400 - scene"),
        (json!({"scene": "migration", "customers": 0}), "400 - customers"),
        (json!({"scene": "migration", "days": -1}), "400 - days"),
    ] {
        assert_eq!(client.post(SCENES, scene).await.refusal(), refusal);
    }
}
