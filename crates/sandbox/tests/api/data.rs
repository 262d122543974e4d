//! Account data: refreshes, subscriptions, balances, owners.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Answer, Client, DATA, DAY, NOW, PREVIEW};

const CHECKING: &str = "fca_FoundryChecking3001";
const ALL: &str = "features[]=balance&features[]=ownership&features[]=transactions";

/// Creates a client whose customer Noor has relinked her four accounts.
async fn relinked() -> Client {
    let client = Client::new();
    let (_, secret) = client.session(DATA).await;
    client.choose_all(&secret, &["3001", "3002", "3003", "3004"]).await;
    client
}

async fn act(client: &Client, id: &str, action: &str, form: &str) -> Answer {
    client.submit(&format!("{ACCOUNTS}/{id}/{action}"), form).await
}

fn refreshes(account: &Value) -> String {
    let status = |name: &str| account[name]["status"].clone();
    json!([status("balance_refresh"), status("ownership_refresh"), status("transaction_refresh")]).to_string()
}

#[tokio::test]
async fn a_refresh_fills_what_was_asked_for() {
    let client = relinked().await;
    let account = act(&client, CHECKING, "refresh", ALL).await.body;
    let filled = ["balance", "balance_refresh", "ownership", "ownership_refresh", "transaction_refresh"];
    let filled: Value = filled.iter().map(|name| ((*name).to_owned(), account[*name].clone())).collect();
    assert_snapshot!(format!("{filled:#}"), @r#"
    {
      "balance": {
        "as_of": 1795000000,
        "cash": {
          "available": {
            "usd": 166478
          }
        },
        "current": {
          "usd": 166478
        },
        "type": "cash"
      },
      "balance_refresh": {
        "last_attempted_at": 1795000000,
        "next_refresh_available_at": 1795086400,
        "status": "succeeded"
      },
      "ownership": "fcaowns_FoundryChecking3001",
      "ownership_refresh": {
        "last_attempted_at": 1795000000,
        "next_refresh_available_at": 1795086400,
        "status": "succeeded"
      },
      "transaction_refresh": {
        "id": "fctxnref_Sandbox0003",
        "last_attempted_at": 1795000000,
        "next_refresh_available_at": 1795086400,
        "status": "succeeded"
      }
    }
    "#);
    let savings = act(&client, "fca_FoundrySavings3002", "refresh", "features[]=balance").await.body;
    assert_eq!(refreshes(&savings), r#"["succeeded",null,null]"#);
}

#[tokio::test]
async fn debt_is_a_credit_balance() {
    let client = relinked().await;
    for id in ["fca_FoundryCreditCard3003", "fca_FoundryMortgage3004"] {
        let balance = act(&client, id, "refresh", "features[0]=balance").await.body["balance"].clone();
        let (current, used) = (&balance["current"]["usd"], &balance["credit"]["used"]["usd"]);
        assert_eq!(
            (balance["type"].as_str(), current.as_i64()),
            (Some("credit"), used.as_i64().map(|used| -used))
        );
        assert!(used.as_i64() > Some(0), "{balance}");
    }
}

#[tokio::test]
async fn a_refresh_can_take_a_few_reads() {
    let client = relinked().await;
    client.set(json!({ "refresh_reads": 2 })).await;
    let asked = act(&client, CHECKING, "refresh", "features[]=balance").await.body;
    assert_eq!(
        asked["balance_refresh"],
        json!({
            "last_attempted_at": NOW, "next_refresh_available_at": null, "status": "pending",
        })
    );
    for _ in 0..2 {
        let account = client.account(CHECKING).await;
        assert_eq!(
            (&account["balance_refresh"]["status"], &account["balance"]),
            (&json!("pending"), &Value::Null)
        );
    }
    let account = client.account(CHECKING).await;
    assert_eq!(account["balance_refresh"]["status"], "succeeded");
    assert_eq!(account["balance"]["as_of"], NOW);
}

#[tokio::test]
async fn a_refresh_that_fails_keeps_what_was_there() {
    let client = relinked().await;
    let before = act(&client, CHECKING, "refresh", "features[]=balance").await.body["balance"].clone();
    client.set(json!({ "refresh_fails": true })).await;
    let after = act(&client, CHECKING, "refresh", ALL).await.body;
    assert_eq!(refreshes(&after), r#"["failed","failed","failed"]"#);
    assert_eq!((&after["balance"], &after["ownership"]), (&before, &Value::Null));
}

#[tokio::test]
async fn only_what_is_permitted_and_works_is_refreshed() {
    let client = Client::new();
    let healthy = "fca_CopperfieldSavings4421";
    let table = [
        (healthy, "", "400 parameter_missing features"),
        (healthy, "features[]=weather", "400 - features[0]"),
        (healthy, "features[]=balance&features[]=transactions", "400 - features"),
        ("fca_FoundryChecking3001", ALL, "400 financial_connections_account_inactive account"),
        ("fca_WillowDisconnected9371", "features[]=balance", "400 - account"),
        ("fca_x", ALL, "404 resource_missing id"),
    ];
    for (id, form, refusal) in table {
        assert_eq!(act(&client, id, "refresh", form).await.refusal(), refusal, "{id} {form}");
    }
    assert_eq!(client.account(healthy).await["balance_refresh"], Value::Null, "all of it or nothing");
}

#[tokio::test]
async fn prefetch_refreshes_permitted_data() {
    let client = Client::new();
    let form = format!("{DATA}&prefetch[]=balances&prefetch[]=transactions&prefetch[]=ownership");
    let (_, secret) = client.session(&form.replace("&permissions[]=ownership", "")).await;
    client.choose(&secret, "3001").await;
    let account = client.account(CHECKING).await;
    assert_eq!(refreshes(&account), r#"["succeeded",null,"succeeded"]"#, "ownership was not shared");
}

#[tokio::test]
async fn features_are_subscribed_and_unsubscribed() {
    let client = relinked().await;
    let mut seen = Vec::new();
    for (action, form) in [
        ("subscribe", "features[]=transactions"),
        ("subscribe", "features[]=balance"),
        ("unsubscribe", "features[]=transactions"),
    ] {
        seen.push(act(&client, CHECKING, action, form).await.body["subscriptions"].to_string());
    }
    assert_eq!(seen.join(" "), r#"["transactions"] ["balance","transactions"] ["balance"]"#);
    let healthy = act(&client, "fca_CopperfieldSavings4421", "subscribe", "features[]=transactions").await;
    assert_eq!(healthy.refusal(), "400 - features");
    let path = format!("{ACCOUNTS}/{CHECKING}/subscribe");
    let on_ga = client.submit_as(&path, "features[]=balance", "2026-10-28.endive").await;
    assert_eq!(on_ga.refusal(), "400 - features[0]");
}

#[tokio::test]
async fn a_disconnected_account_stays_in_the_list_and_ends_its_subscriptions() {
    let client = relinked().await;
    act(&client, CHECKING, "subscribe", "features[]=transactions").await;
    let account = act(&client, CHECKING, "disconnect", "").await.body;
    assert_eq!(
        json!([account["status"], account["status_details"], account["subscriptions"]]),
        json!(["disconnected", {}, []])
    );
    assert_eq!(act(&client, CHECKING, "disconnect", "").await.status, 200);
    let authorization = client.get("/v1/financial_connections/authorizations/fcauth_FoundryNoor").await.body;
    assert_eq!(authorization["status"], "active", "the other accounts still work");
}

#[tokio::test]
async fn owners_are_listed_for_the_ownership_that_the_account_names() {
    let client = relinked().await;
    act(&client, CHECKING, "refresh", "features[]=ownership").await;
    let path = format!("{ACCOUNTS}/{CHECKING}/owners");
    let owners = client.get(&format!("{path}?ownership=fcaowns_FoundryChecking3001")).await.body;
    assert_snapshot!(format!("{owners:#}"), @r#"
    {
      "data": [
        {
          "email": "noor.haddad@example.com",
          "id": "fcaown_FoundryChecking30011",
          "name": "Noor Haddad",
          "object": "financial_connections.account_owner",
          "ownership": "fcaowns_FoundryChecking3001",
          "phone": "+15559086685",
          "raw_address": "826 Orchard Lane, Springfield, OR 21256",
          "refreshed_at": 1795000000
        }
      ],
      "has_more": false,
      "object": "list",
      "url": "/v1/financial_connections/accounts/fca_FoundryChecking3001/owners"
    }
    "#);
    assert_eq!(client.get(&path).await.refusal(), "400 parameter_missing ownership");
    let other = client.get(&format!("{path}?ownership=fcaowns_x")).await;
    assert_eq!(other.refusal(), "400 resource_missing ownership");
}

#[tokio::test]
async fn inferred_balances_go_back_day_by_day_on_preview_versions() {
    let client = relinked().await;
    let account = act(&client, CHECKING, "refresh", "features[]=inferred_balances").await.body;
    assert_eq!(account["inferred_balances_refresh"]["status"], "succeeded");
    let path = format!("{ACCOUNTS}/{CHECKING}/inferred_balances?limit=2");
    let first = client.get(&path).await.body;
    let moments: Vec<i64> =
        first["data"].as_array().unwrap().iter().map(|one| one["as_of"].as_i64().unwrap()).collect();
    assert_eq!((moments[0] - moments[1], &first["has_more"]), (DAY, &json!(true)));
    assert_eq!(client.get_as(&path, "2026-10-28.endive").await.refusal(), "404 - -");
}

#[tokio::test]
async fn the_same_key_refreshes_once() {
    let client = relinked().await;
    let refresh = async || {
        let path = format!("{ACCOUNTS}/{CHECKING}/refresh");
        let request = Client::request("POST", &path, PREVIEW).header("idempotency-key", "once");
        client.send(request.body("features[]=transactions".into()).unwrap()).await
    };
    let (first, again) = (refresh().await, refresh().await);
    assert_eq!(first.body["transaction_refresh"], again.body["transaction_refresh"]);
    assert_eq!(client.account(CHECKING).await["transaction_refresh"]["id"], "fctxnref_Sandbox0001");
}
