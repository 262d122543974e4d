//! Subscriptions: the payment method that pays for each.

use serde_json::{Value, json};

use crate::client::{Client, ids};

const JENNY: &str = "cus_SandboxJenny";
const SUBSCRIPTIONS: &str = "/v1/subscriptions";

/// Makes a payment method of Jenny's and returns its id.
async fn attached(client: &Client) -> String {
    let method = client.payment_method().await;
    client.submit(&format!("/v1/payment_methods/{method}/attach"), &format!("customer={JENNY}")).await;
    method
}

#[tokio::test]
async fn the_payment_method_of_a_subscription_can_be_changed_and_removed() {
    let client = Client::new();
    let method = attached(&client).await;
    let form =
        format!("customer={JENNY}&items[0][price]=price_1&default_payment_method={method}&metadata[a]=b");
    let made = client.submit(SUBSCRIPTIONS, &form).await.body;
    assert_eq!((&made["status"], &made["default_payment_method"]), (&json!("active"), &json!(method)));
    assert_eq!(made["items"]["data"][0]["price"]["id"], "price_1");
    let path = format!("{SUBSCRIPTIONS}/{}", made["id"].as_str().unwrap());
    let next = attached(&client).await;
    let updated = client.submit(&path, &format!("default_payment_method={next}")).await.body;
    assert_eq!((&updated["default_payment_method"], &updated["metadata"]["a"]), (&json!(next), &json!("b")));
    assert_eq!(
        client.submit(&path, "default_payment_method=").await.body["default_payment_method"],
        Value::Null
    );
    let kinds: Vec<String> = client.events().await;
    let of_it = kinds.iter().filter(|kind| kind.starts_with("customer.subscription.")).count();
    assert_eq!(of_it, 3, "{kinds:?}");
}

#[tokio::test]
async fn a_payment_method_of_nobody_and_a_missing_customer_or_price_are_refused() {
    let client = Client::new();
    let loose = client.payment_method().await;
    for (form, expected) in [
        ("items[0][price]=price_1".to_owned(), "400 parameter_missing customer"),
        (format!("customer={JENNY}"), "400 parameter_missing items"),
        ("customer=cus_Nobody&items[0][price]=price_1".to_owned(), "400 resource_missing customer"),
        (
            format!("customer={JENNY}&items[0][price]=price_1&default_payment_method={loose}"),
            "400 resource_missing default_payment_method",
        ),
    ] {
        assert_eq!(client.submit(SUBSCRIPTIONS, &form).await.refusal(), expected, "{form}");
    }
}

#[tokio::test]
async fn a_list_has_those_that_are_not_canceled_unless_it_asks_for_all() {
    let client = Client::new();
    let mut made = Vec::new();
    for _ in 0..2 {
        let form = format!("customer={JENNY}&items[0][price]=price_1");
        made.push(client.submit(SUBSCRIPTIONS, &form).await.body["id"].as_str().unwrap().to_owned());
    }
    let request = Client::request("DELETE", &format!("{SUBSCRIPTIONS}/{}", made[0]), crate::client::PREVIEW);
    let canceled = client.send(request.body(axum::body::Body::empty()).unwrap()).await.body;
    assert_eq!(canceled["status"], "canceled");
    let list =
        async |query: &str| ids(&client.get(&format!("{SUBSCRIPTIONS}?customer={JENNY}{query}")).await.body);
    assert_eq!(list("").await, made[1]);
    assert_eq!(list("&status=canceled").await, made[0]);
    assert_eq!(list("&status=all").await, format!("{} {}", made[1], made[0]));
    let again = client.submit(&format!("{SUBSCRIPTIONS}/{}", made[0]), "description=x").await;
    assert_eq!(again.status.as_u16(), 400);
}
