//! `/v1/payment_intents`

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{Answer, Client, ids};

const PAYMENTS: &str = "/v1/payment_intents";
const FIRST: &str = "/v1/payment_intents/pi_Sandbox0001";
const MANDATE: &str = "mandate_data[customer_acceptance][type]=offline";
const JENNYS: &str = "amount=2500&currency=usd&customer=cus_SandboxJenny&payment_method=pm_Sandbox0001";

/// Creates a client with a payment method of Jenny's healthy account.
async fn ready() -> Client {
    let client = Client::new();
    client.payment_method().await;
    client
}

async fn confirmed(client: &Client) -> Answer {
    client.submit(PAYMENTS, &format!("{JENNYS}&confirm=true&{MANDATE}")).await
}

fn shown(payment: &Value) -> String {
    let (error, method) = (&payment["last_payment_error"]["code"], &payment["payment_method"]);
    format!("{} received={} pm={method} error={error}", payment["status"], payment["amount_received"])
}

#[tokio::test]
async fn a_payment_is_processed_and_succeeds_after_four_days() {
    let client = ready().await;
    let mut steps = vec![shown(&client.submit(PAYMENTS, "amount=2500&currency=usd").await.body)];
    let confirm = format!("payment_method=pm_Sandbox0001&{MANDATE}");
    steps.push(shown(&client.submit(&format!("{FIRST}/confirm"), &confirm).await.body));
    client.advance("3d").await;
    steps.push(shown(&client.get(FIRST).await.body));
    client.advance("1d").await;
    steps.push(shown(&client.get(FIRST).await.body));
    assert_snapshot!(steps.join("\n"), @r#"
    "requires_payment_method" received=0 pm=null error=null
    "processing" received=0 pm="pm_Sandbox0001" error=null
    "processing" received=0 pm="pm_Sandbox0001" error=null
    "succeeded" received=2500 pm="pm_Sandbox0001" error=null
    "#);
    let events = client.events().await;
    let own: Vec<&String> = events.iter().filter(|event| event.starts_with("payment_intent.")).collect();
    assert_eq!(own.len(), 3, "{own:?}");
    assert_eq!(own[2], "payment_intent.succeeded pi_Sandbox0001");
    let again = client.submit(&format!("{FIRST}/confirm"), MANDATE).await;
    assert_eq!(again.refusal(), "400 payment_intent_unexpected_state -");
    assert_eq!(again.body["error"]["payment_intent"]["status"], "succeeded");
}

#[tokio::test]
async fn a_debit_can_be_returned_and_the_payment_be_confirmed_again() {
    let client = ready().await;
    client.set(json!({ "payment_seconds": 60, "payment_return": "R01" })).await;
    confirmed(&client).await;
    client.advance(60).await;
    let mut steps = vec![shown(&client.get(FIRST).await.body)];
    let error = client.get(FIRST).await.body["last_payment_error"].clone();
    assert_eq!(
        (&error["network_decline_code"], &error["payment_method"]["id"]),
        (&json!("R01"), &json!("pm_Sandbox0001"))
    );
    assert!(client.events().await.contains(&"payment_intent.payment_failed pi_Sandbox0001".to_owned()));
    client.set(json!({ "payment_return": null })).await;
    let without = client.submit(&format!("{FIRST}/confirm"), "payment_method=pm_Sandbox0001").await;
    assert_eq!(without.status, 200, "the customer has agreed before");
    client.advance(60).await;
    steps.push(shown(&client.get(FIRST).await.body));
    assert_snapshot!(steps.join("\n"), @r#"
    "requires_payment_method" received=0 pm=null error="insufficient_funds"
    "succeeded" received=2500 pm="pm_Sandbox0001" error=null
    "#);
}

#[tokio::test]
async fn payments_are_listed_changed_and_canceled() {
    let client = ready().await;
    client.submit(PAYMENTS, JENNYS).await;
    client.submit(PAYMENTS, "amount=100&currency=usd&customer=cus_Other").await;
    let list = client.get(&format!("{PAYMENTS}?customer=cus_SandboxJenny")).await.body;
    assert_eq!(ids(&list), "pi_Sandbox0001");
    let changed = client.submit(FIRST, "amount=3000&description=Rent&metadata[order]=6").await.body;
    assert_eq!(
        (&changed["amount"], &changed["description"], &changed["metadata"]),
        (&json!(3000), &json!("Rent"), &json!({ "order": "6" }))
    );
    assert_eq!(changed["payment_method"], "pm_Sandbox0001", "what is not named stays");
    let canceled = client.submit(&format!("{FIRST}/cancel"), "cancellation_reason=duplicate").await.body;
    assert_eq!(
        (&canceled["status"], &canceled["cancellation_reason"]),
        (&json!("canceled"), &json!("duplicate"))
    );
    let again = client.submit(&format!("{FIRST}/cancel"), "").await;
    assert_eq!(again.refusal(), "400 payment_intent_unexpected_state -");
    assert_eq!(client.get("/v1/payment_intents/pi_x").await.refusal(), "404 resource_missing intent");
}

#[tokio::test]
async fn a_payment_needs_an_amount_a_mandate_and_an_account_that_works() {
    let client = ready().await;
    for (form, refusal) in [
        ("currency=usd".to_owned(), "400 parameter_missing amount"),
        ("amount=100".to_owned(), "400 parameter_missing currency"),
        ("amount=49&currency=usd".to_owned(), "400 amount_too_small amount"),
        ("amount=100&currency=eur".to_owned(), "400 - currency"),
        (format!("{JENNYS}&confirm=true"), "400 parameter_missing mandate_data"),
        (format!("{JENNYS}&colour=red"), "400 parameter_unknown colour"),
        (JENNYS.replace("0001", "9"), "400 resource_missing payment_method"),
    ] {
        assert_eq!(client.submit(PAYMENTS, &form).await.refusal(), refusal, "{form}");
    }
    client.deactivate("fca_CopperfieldSavings4421").await;
    assert_eq!(
        confirmed(&client).await.refusal(),
        "400 financial_connections_account_inactive payment_method"
    );
    assert_eq!(client.get("/_sandbox/state").await.body["payment_intents"], json!([]));
}
