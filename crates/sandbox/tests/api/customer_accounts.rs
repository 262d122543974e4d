//! Accounts that represent a customer: `customer_account` in place of `customer`.

use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Client, HEALTHY, ids};

const MANDATE: &str = "mandate_data[customer_acceptance][type]=offline";
const LEE: &str = "customer_account=acct_Lee";

/// Returns both fields of an object, of which one names the customer.
fn named(object: &Value) -> (&Value, &Value) {
    (&object["customer"], &object["customer_account"])
}

#[tokio::test]
async fn everything_that_belongs_to_a_customer_can_belong_to_an_account() {
    let client = Client::new();
    let lee = json!("acct_Lee");
    let expected = (&Value::Null, &lee);
    let method = client.payment_method().await;
    let setup = format!("{LEE}&payment_method={method}&confirm=true&{MANDATE}");
    let setup = client.submit("/v1/setup_intents", &setup).await.body;
    assert_eq!((named(&setup), &setup["status"]), (expected, &json!("succeeded")));
    let attached = client.get(&format!("/v1/payment_methods/{method}")).await.body;
    assert_eq!(named(&attached), expected);
    let payment = format!("amount=2500&currency=usd&{LEE}&payment_method={method}&confirm=true&{MANDATE}");
    let payment = client.submit("/v1/payment_intents", &payment).await.body;
    assert_eq!(named(&payment), expected);
    let subscription = format!("{LEE}&items[0][price]=price_1&default_payment_method={method}");
    assert_eq!(named(&client.submit("/v1/subscriptions", &subscription).await.body), expected);
    for list in ["setup_intents", "payment_intents", "subscriptions", "payment_methods"] {
        let of_lee = client.get(&format!("/v1/{list}?{LEE}")).await.body;
        assert_eq!(of_lee["data"].as_array().unwrap().len(), 1, "{list}");
        let of_others = client.get(&format!("/v1/{list}?customer_account=acct_Kim")).await.body;
        assert_eq!(of_others["data"], json!([]), "{list}");
    }
}

#[tokio::test]
async fn a_payment_method_is_attached_to_an_account_and_detached_from_it() {
    let client = Client::new();
    let made = client.submit("/v1/payment_methods", HEALTHY).await.body;
    let path = format!("/v1/payment_methods/{}", made["id"].as_str().unwrap());
    let attached = client.submit(&format!("{path}/attach"), LEE).await.body;
    assert_eq!(named(&attached), (&Value::Null, &json!("acct_Lee")));
    let again = client.submit(&format!("{path}/attach"), "customer=cus_Ada").await;
    assert_eq!(again.refusal(), "400 - customer", "it is somebody else's");
    let detached = client.submit(&format!("{path}/detach"), "").await.body;
    assert_eq!(named(&detached), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_account_has_a_default_payment_method_which_is_attached_to_it() {
    let client = Client::new();
    client.post("/_sandbox/connected_accounts", json!({ "id": "acct_Lee" })).await;
    let path = "/v2/core/accounts/acct_Lee?include[0]=configuration.customer";
    let set = |method: &str| {
        let billing = json!({ "default_payment_method": method });
        json!({ "configuration": { "customer": { "billing": billing } } }).to_string()
    };
    let made = client.submit("/v1/payment_methods", HEALTHY).await.body;
    let method = made["id"].as_str().unwrap();
    let parameter = "configuration[customer][billing][default_payment_method]";
    let refused = client.submit("/v2/core/accounts/acct_Lee", &set(method)).await;
    assert_eq!(refused.refusal(), format!("400 resource_missing {parameter}"));
    assert_eq!(client.get(path).await.body["configuration"]["customer"]["billing"], Value::Null);
    client.submit(&format!("/v1/payment_methods/{method}/attach"), LEE).await;
    let changed = client.submit("/v2/core/accounts/acct_Lee", &set(method)).await;
    assert_eq!((changed.status.as_u16(), &changed.body["id"]), (200, &json!("acct_Lee")));
    let customer = &client.get(path).await.body["configuration"]["customer"];
    assert_eq!(customer["billing"]["default_payment_method"], method);
}

#[tokio::test]
async fn the_account_holder_of_a_session_and_of_its_accounts_can_be_an_account() {
    let client = Client::new();
    let form =
        "account_holder[type]=customer&account_holder[customer_account]=acct_Lee&permissions[]=balances";
    let (id, secret) = client.session(form).await;
    client.link_all(&secret, "fcinst_AlderBank").await;
    let holder = json!({ "type": "customer", "customer_account": "acct_Lee" });
    let session = client.read_session(&id).await;
    assert_eq!(session["account_holder"], holder);
    assert_eq!(session["accounts"]["data"][0]["account_holder"], holder);
    let listed = client.get(&format!("{ACCOUNTS}?account_holder[customer_account]=acct_Lee")).await.body;
    assert_eq!(ids(&listed), ids(&session["accounts"]));
}

#[tokio::test]
async fn a_customer_is_named_once_by_the_right_parameter_of_a_version_that_has_it() {
    let client = Client::new();
    for (form, refusal) in [
        ("customer=cus_Ada&customer_account=acct_Lee", "400 parameters_exclusive customer"),
        ("customer_account=cus_Ada", "400 resource_missing customer_account"),
        ("customer=acct_Lee", "400 resource_missing customer"),
    ] {
        for path in ["/v1/setup_intents", "/v1/payment_methods/pm_usBankAccount_success/attach"] {
            assert_eq!(client.submit(path, form).await.refusal(), refusal, "{path} {form}");
        }
    }
    let older = client.submit_as("/v1/setup_intents", LEE, "2025-11-17.clover").await;
    assert_eq!(older.refusal(), "400 parameter_unknown customer_account");
}
