//! Stripe no longer debits an account whose connection works: the merchant hears why and what helps, a relink mends what
//! it can, and the state can be listed.

use relink_server::{Options, RequestOptions, work_until_idle};
use serde_json::{Value, json};

use super::{HEALTHY, JENNY, Stand};
use crate::support::{API_KEY, token};

fn with_links(options: Options) -> Options {
    let requests = RequestOptions {
        public_url: Some("https://reconnect.example".to_owned()),
        ..RequestOptions::default()
    };
    Options { requests, ..options }
}

/// Jenny pays from her healthy account.
async fn pays(change: impl FnOnce(Options) -> Options) -> (Stand, String) {
    let stand = Stand::start(change).await;
    assert_eq!(stand.app.get("/api/accounts", &token(JENNY)).await.status, 200);
    let method = stand.payment_method(JENNY, HEALTHY).await;
    stand.deliver_events().await;
    (stand, method)
}

async fn block(stand: &Stand, method: &str, reason: Value) {
    stand.control(&format!("/_sandbox/payment_methods/{method}"), &json!({"blocked": reason})).await;
    stand.deliver_events().await;
}

async fn seen_by_customer(stand: &Stand) -> Value {
    let list = stand.app.get("/api/accounts", &token(JENNY)).await.json();
    let accounts = list["accounts"].as_array().unwrap();
    accounts.iter().find(|account| account["id"] == HEALTHY).unwrap().clone()
}

async fn listed(stand: &Stand, state: &str) -> Vec<Value> {
    let list =
        stand.app.get(&format!("/api/connections?state={state}&customer={JENNY}"), API_KEY).await.json();
    list["data"].as_array().unwrap().clone()
}

/// Returns the messages to the merchant about the connection to Jenny's healthy account.
async fn heard_of_connection(stand: &Stand) -> Vec<Value> {
    let mut heard = stand.merchant_hears("connection.").await;
    heard.retain(|told| told["data"]["id"] == HEALTHY);
    heard
}

#[tokio::test]
async fn a_block_that_no_relink_mends_is_a_state_of_its_own_with_its_remedy() {
    let (stand, method) = pays(with_links).await;
    for (reason, code, remedy) in [
        ("bank_account_closed", "R02", "another_account"),
        ("bank_account_frozen", "R16", "another_account"),
        ("bank_account_invalid_details", "R04", "another_account"),
        ("bank_account_restricted", "R20", "another_account"),
        ("bank_account_unusable", "R03", "another_account"),
        ("debit_not_authorized", "R10", "new_authorization"),
    ] {
        block(&stand, &method, json!(reason)).await;
        let seen = seen_by_customer(&stand).await;
        assert_eq!(seen["condition"], "healthy", "{seen}");
        assert_eq!(seen["blocked"], json!({"reason": reason, "remedy": remedy}));
        let listed = listed(&stand, "debits_blocked").await;
        assert_eq!(listed.len(), 1, "{reason}");
        let expected =
            json!({"payment_method": method, "reason": reason, "network_code": code, "remedy": remedy});
        assert_eq!(listed[0]["payment_block"], expected);
        let heard = stand.merchant_hears("payment_method.blocked").await;
        assert_eq!(heard.last().unwrap()["data"]["payment_block"], expected);
        // A relink would change nothing.
        let refused = stand.app.post("/v1/relink-requests", API_KEY, &ask()).await;
        assert_eq!(refused.status, 409, "{}", refused.text);
    }
    block(&stand, &method, Value::Null).await;
    assert_eq!(seen_by_customer(&stand).await.get("blocked"), None);
    assert_eq!(listed(&stand, "healthy").await.len(), 1);
    let heard: Vec<_> =
        stand.merchant_hears("payment_method.").await.iter().map(|told| told["type"].clone()).collect();
    assert_eq!(
        heard,
        [vec![json!("payment_method.blocked"); 6], vec![json!("payment_method.unblocked")]].concat()
    );
    // The connection itself was never broken.
    assert_eq!(heard_of_connection(&stand).await.len(), 0);
}

fn ask() -> Value {
    json!({"account": HEALTHY, "delivery": "link"})
}

#[tokio::test]
async fn a_relink_mends_a_deactivated_number_and_completes_the_request() {
    let (stand, method) = pays(with_links).await;
    block(&stand, &method, json!("tokenized_account_number_deactivated")).await;
    assert_eq!(seen_by_customer(&stand).await["condition"], "number_expired");
    let heard = heard_of_connection(&stand).await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(
        (&heard[0]["type"], &heard[0]["data"]["state"]),
        (&json!("connection.broken"), &json!("number_expired"))
    );
    let request = stand.app.post("/v1/relink-requests", API_KEY, &ask()).await;
    assert_eq!(request.status, 201, "{}", request.text);
    let (_, outcome) = stand.relink(HEALTHY, "fcinst_Copperfield", "4421").await;
    assert_eq!(outcome["relinked"]["restored"][0]["id"], HEALTHY, "{outcome}");
    stand.deliver_events().await;
    assert_eq!(seen_by_customer(&stand).await["condition"], "healthy");
    let path = format!("/v1/relink-requests/{}", request.json()["id"].as_str().unwrap());
    assert_eq!(stand.app.get(&path, API_KEY).await.json()["state"], "completed");
    let kinds = |told: Vec<Value>| -> Vec<Value> { told.iter().map(|told| told["type"].clone()).collect() };
    assert_eq!(kinds(heard_of_connection(&stand).await), ["connection.broken", "connection.repaired"]);
    let heard = kinds(stand.merchant_hears("payment_method.").await);
    assert_eq!(heard, ["payment_method.blocked", "payment_method.unblocked"]);
}

#[tokio::test]
async fn a_lost_event_that_ends_a_block_is_made_up_for_when_the_account_is_read() {
    let (stand, method) = pays(|options| options).await;
    block(&stand, &method, json!("bank_account_frozen")).await;
    stand.control(&format!("/_sandbox/payment_methods/{method}"), &json!({"blocked": null})).await;
    stand
        .app
        .database
        .run(&format!("UPDATE accounts SET payment_block = payment_block WHERE id = '{HEALTHY}'"))
        .await;
    stand.bank_changes(HEALTHY, json!({"permissions": ["payment_method", "balances"]})).await;
    // Another event of the account, or the regular recheck.
    let read = json!({
        "id": "evt_read", "object": "event", "type": "financial_connections.account.refreshed_balance",
        "created": crate::support::now(), "livemode": false, "api_version": "2026-09-30.preview",
        "data": {"object": {"id": HEALTHY, "object": "financial_connections.account"}},
    });
    stand.app.tell(&read).await;
    work_until_idle(&stand.app.app).await;
    assert_eq!(stand.merchant_hears("payment_method.unblocked").await.len(), 1);
}

#[tokio::test]
async fn a_merchant_who_only_reads_data_hears_of_no_debits() {
    let data = |options| Options {
        purpose: "data".to_owned(),
        permissions: Some("balances".to_owned()),
        ..with_links(options)
    };
    let (stand, method) = pays(data).await;
    block(&stand, &method, json!("tokenized_account_number_deactivated")).await;
    assert_eq!(seen_by_customer(&stand).await["condition"], "healthy");
    assert_eq!(stand.merchant_hears("payment_method.").await.len(), 0);
}

#[tokio::test]
async fn a_payout_account_whose_number_was_deactivated_is_read_again_and_said_to_need_a_new_one() {
    for (purpose, broken) in [("payouts", 1), ("payments", 0)] {
        let stand = Stand::start(|options| Options { purpose: purpose.to_owned(), ..options }).await;
        assert_eq!(stand.app.get("/api/accounts", &token(JENNY)).await.status, 200);
        let number = json!({
            "identifier_type": "tokenized_account_number", "status": "expired", "expected_expiry_date": 1
        });
        stand.bank_changes(HEALTHY, json!({"account_numbers": [number]})).await;
        let bank = json!({
            "id": "ba_1", "object": "bank_account", "last4": "4421", "bank_name": "Copperfield Credit Union",
            "status": "tokenized_account_number_deactivated",
        });
        let event = json!({
            "id": "evt_external", "object": "event", "api_version": "2026-09-30.preview", "created": crate::support::now(),
            "livemode": false, "type": "account.external_account.updated", "account": "acct_Ada",
            "data": {"object": bank}
        });
        stand.app.tell(&event).await;
        work_until_idle(&stand.app.app).await;
        let heard = heard_of_connection(&stand).await;
        assert_eq!(heard.len(), broken, "{purpose}: {heard:?}");
        assert_eq!(listed(&stand, "number_expired").await.len(), broken, "{purpose}");
    }
}
