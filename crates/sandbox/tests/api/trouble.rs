//! Trouble that the merchant sees beside the connections: blocked payment methods, and banks that go down.

use serde_json::{Value, json};

use crate::client::{Client, NOW};

const JENNY: &str = "cus_SandboxJenny";
const COPPERFIELD: &str = "/v1/financial_connections/institutions/fcinst_Copperfield";

/// Makes Jenny's healthy account her payment method, with a mandate, and returns its id.
async fn agreed(client: &Client) -> String {
    let method = client.payment_method().await;
    let form = format!(
        "customer={JENNY}&payment_method={method}&confirm=true&allowed_payment_method_types[]=us_bank_account\
         &mandate_data[customer_acceptance][type]=online&mandate_data[customer_acceptance][accepted_at]={NOW}\
         &mandate_data[customer_acceptance][online][ip_address]=192.0.2.1\
         &mandate_data[customer_acceptance][online][user_agent]=Browser"
    );
    let intent = client.submit("/v1/setup_intents", &form).await;
    assert_eq!(intent.body["status"], "succeeded", "{}", intent.text);
    method
}

async fn pay(client: &Client, method: &str) -> crate::client::Answer {
    let form = format!(
        "amount=1000&currency=usd&customer={JENNY}&payment_method={method}&confirm=true\
         &allowed_payment_method_types[]=us_bank_account"
    );
    client.submit("/v1/payment_intents", &form).await
}

async fn block_of(client: &Client, method: &str) -> Value {
    let read = client.get(&format!("/v1/payment_methods/{method}")).await.body;
    read["us_bank_account"]["status_details"]["blocked"].clone()
}

#[tokio::test]
async fn a_blocked_payment_method_is_not_debited_until_it_is_unblocked() {
    let client = Client::new();
    let method = agreed(&client).await;
    assert_eq!(block_of(&client, &method).await, Value::Null);
    let path = format!("/_sandbox/payment_methods/{method}");
    let blocked = json!({"blocked": "debit_not_authorized", "network_code": "R29"});
    assert_eq!(client.post(&path, blocked).await.status, 200);
    let expected = json!({"network_code": "R29", "reason": "debit_not_authorized"});
    assert_eq!(block_of(&client, &method).await, expected);
    assert_eq!(pay(&client, &method).await.refusal(), "402 bank_account_unusable payment_method");
    assert_eq!(client.post(&path, json!({"blocked": null})).await.status, 200);
    assert_eq!(pay(&client, &method).await.status, 200);
    let updates = client.events().await;
    let updates = updates.iter().filter(|kind| kind.starts_with("payment_method.automatically_updated"));
    assert_eq!(updates.count(), 2);
    assert_eq!(client.post(&path, json!({"blocked": "bored"})).await.refusal(), "400 - blocked");
    assert_eq!(client.post(&path, json!({})).await.refusal(), "400 parameter_missing blocked");
}

#[tokio::test]
async fn a_returned_debit_blocks_the_payment_method_but_not_for_want_of_money() {
    for (code, expected) in [
        ("R01", Value::Null),
        ("R02", json!({"network_code": "R02", "reason": "bank_account_closed"})),
        ("R10", json!({"network_code": "R10", "reason": "debit_not_authorized"})),
    ] {
        let client = Client::new();
        let method = agreed(&client).await;
        client.set(json!({"payment_return": code})).await;
        assert_eq!(pay(&client, &method).await.status, 200, "{code}");
        client.advance("10d").await;
        assert_eq!(block_of(&client, &method).await, expected, "{code}");
    }
}

#[tokio::test]
async fn a_bank_goes_down_and_comes_back_and_may_lack_features() {
    let client = Client::new();
    let path = "/_sandbox/institutions/fcinst_Copperfield";
    for (change, status, payable) in [
        (json!({"outage": "scheduled"}), "inactive", true),
        (json!({"outage": "error"}), "degraded", true),
        (json!({"unsupported": ["payment_method"]}), "degraded", false),
        (json!({"outage": null}), "active", false),
        (json!({"unsupported": []}), "active", true),
    ] {
        assert_eq!(client.post(path, change.clone()).await.status, 200, "{change}");
        let bank = client.get(COPPERFIELD).await.body;
        assert_eq!(bank["status"], status, "{change}");
        assert_eq!(bank["features"]["payment_method"]["supported"], payable, "{change}");
    }
    let missing = client.post("/_sandbox/institutions/fcinst_Nowhere", json!({"outage": null})).await;
    assert_eq!(missing.status, 404);
}
