//! `/v1/financial_connections/transactions`

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Client, DATA, DAY, NOW, ids};

const CHECKING: &str = "fca_FoundryChecking3001";
const LIST: &str = "/v1/financial_connections/transactions?account=fca_FoundryChecking3001";

/// Creates a client whose customer Noor has a relinked and refreshed checking account.
async fn refreshed() -> Client {
    let client = Client::new();
    let (_, secret) = client.session(&format!("{DATA}&prefetch[]=transactions")).await;
    client.choose(&secret, "3001").await;
    client
}

async fn all(client: &Client, query: &str) -> Vec<Value> {
    let list = client.get(&format!("{LIST}&limit=100{query}")).await.body;
    list["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_first_refresh_brings_two_months_with_the_newest_still_pending() {
    let client = refreshed().await;
    let transactions = all(&client, "").await;
    assert_snapshot!(format!("{:#}", transactions[0]), @r#"
    {
      "account": "fca_FoundryChecking3001",
      "amount": -7131,
      "currency": "usd",
      "description": "Corner Bakery Cafe",
      "id": "fctxn_FoundryChecking3001016",
      "livemode": false,
      "object": "financial_connections.transaction",
      "status": "pending",
      "status_transitions": {
        "posted_at": null,
        "void_at": null
      },
      "transacted_at": 1795000000,
      "transaction_refresh": "fctxnref_Sandbox0001",
      "updated": 1795000000
    }
    "#);
    assert_snapshot!(format!("{:#}", transactions[1]), @r#"
    {
      "account": "fca_FoundryChecking3001",
      "amount": -1968,
      "currency": "usd",
      "description": "Parkview Pharmacy",
      "id": "fctxn_FoundryChecking3001015",
      "livemode": false,
      "object": "financial_connections.transaction",
      "status": "posted",
      "status_transitions": {
        "posted_at": 1794816000,
        "void_at": null
      },
      "transacted_at": 1794729600,
      "transaction_refresh": "fctxnref_Sandbox0001",
      "updated": 1795000000
    }
    "#);
    let moments: Vec<i64> = transactions.iter().map(|one| one["transacted_at"].as_i64().unwrap()).collect();
    assert!(moments.is_sorted_by(|newer, older| newer >= older), "newest first");
    assert!(moments.len() > 10 && moments.iter().all(|moment| (NOW - 61 * DAY..=NOW).contains(moment)));
    assert!(transactions[1..].iter().all(|one| one["status"] == "posted"));
    let id = transactions[1]["id"].as_str().unwrap();
    let one = client.get(&format!("/v1/financial_connections/transactions/{id}")).await.body;
    assert_eq!(one, transactions[1]);
}

#[tokio::test]
async fn pages_join_up() {
    let client = refreshed().await;
    let whole: Vec<Value> = all(&client, "").await.into_iter().map(|one| one["id"].clone()).collect();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{LIST}&limit=7{after}")).await.body;
        seen.extend(ids(&page).split(' ').map(Value::from));
        if page["has_more"] == false {
            break;
        }
        after = format!("&starting_after={}", seen.last().unwrap().as_str().unwrap());
    }
    assert_eq!(seen, whole);
}

#[tokio::test]
async fn a_later_refresh_posts_what_was_pending_and_only_its_changes_can_be_asked_for() {
    let client = refreshed().await;
    let before = all(&client, "").await;
    client.submit(&format!("{ACCOUNTS}/{CHECKING}/refresh"), "features[]=transactions").await;
    let changes = all(&client, "&transaction_refresh[after]=fctxnref_Sandbox0001").await;
    let shown: Vec<String> = changes.iter().map(|one| format!("{} {}", one["id"], one["status"])).collect();
    assert_eq!(changes.len(), 2, "{shown:?}");
    let posted = changes.iter().find(|one| one["id"] == before[0]["id"]).unwrap();
    assert_eq!(
        (&posted["status"], &posted["status_transitions"]["posted_at"]),
        (&json!("posted"), &json!(NOW))
    );
    assert_eq!(all(&client, "").await.len(), before.len() + 1);
}

#[tokio::test]
async fn a_time_can_be_asked_for() {
    let client = refreshed().await;
    let transactions = all(&client, "").await;
    let third = transactions[2]["transacted_at"].as_i64().unwrap();
    let count = async |query: String| all(&client, &query).await.len();
    assert_eq!(count(format!("&transacted_at[gt]={third}")).await, 2);
    assert_eq!(count(format!("&transacted_at[gte]={third}")).await, 3);
    assert_eq!(count(format!("&transacted_at[lt]={third}")).await, transactions.len() - 3);
    assert_eq!(count(format!("&transacted_at[lte]={third}")).await, transactions.len() - 2);
    assert_eq!(count(format!("&transacted_at={third}")).await, 1);
}

#[tokio::test]
async fn transactions_need_the_permission_and_a_refresh() {
    let client = Client::new();
    let list = "/v1/financial_connections/transactions";
    let table = [
        ("", "400 parameter_missing account"),
        ("?account=fca_x", "400 resource_missing account"),
        ("?account=fca_AlderChecking6789", "400 - account"),
        (
            "?account=fca_FoundryChecking3001",
            "400 financial_connections_no_successful_transaction_refresh account",
        ),
        ("/fctxn_x", "404 resource_missing id"),
    ];
    for (query, refusal) in table {
        assert_eq!(client.get(&format!("{list}{query}")).await.refusal(), refusal, "{query}");
    }
    let client = refreshed().await;
    let unknown = client.get(&format!("{LIST}&transaction_refresh[after]=fctxnref_Sandbox0009")).await;
    assert_eq!(unknown.refusal(), "400 resource_missing transaction_refresh[after]");
}

#[tokio::test]
async fn the_same_account_has_the_same_transactions_every_time() {
    assert_eq!(all(&refreshed().await, "").await, all(&refreshed().await, "").await);
}

#[tokio::test]
async fn a_pending_transaction_that_the_bank_voids_is_void_after_the_next_refresh() {
    let client = refreshed().await;
    let before = all(&client, "").await;
    let path =
        |transaction: &Value| format!("/_sandbox/transactions/{}", transaction["id"].as_str().unwrap());
    let posted = client.post(&path(&before[1]), json!({ "status": "void" })).await;
    assert_eq!(posted.refusal(), "400 - status");
    assert_eq!(client.post(&path(&before[0]), json!({})).await.refusal(), "400 parameter_missing status");
    let unknown = client.post("/_sandbox/transactions/fctxn_x", json!({ "status": "void" })).await;
    assert_eq!(unknown.refusal(), "404 resource_missing id");
    let still = client.post(&path(&before[0]), json!({ "status": "void" })).await.body;
    assert_eq!(still["status"], "pending");
    client.advance("1d").await;
    let known = client.account(CHECKING).await["transaction_refresh"]["id"].as_str().unwrap().to_owned();
    client.submit(&format!("{ACCOUNTS}/{CHECKING}/refresh"), "features[]=transactions").await;
    let changed = all(&client, &format!("&transaction_refresh[after]={known}")).await;
    let void = changed.iter().find(|one| one["id"] == before[0]["id"]).unwrap();
    assert_eq!(
        (&void["status"], &void["status_transitions"]),
        (&json!("void"), &json!({ "posted_at": null, "void_at": NOW + DAY }))
    );
}
