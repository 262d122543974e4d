//! A customer pays from another account: the merchant hears who agreed to what, and the new payment method becomes the
//! default only where it is set, and only where that of the replaced account was.

use relink_server::{Options, PaymentOptions, work_until_idle};
use serde_json::{Value, json};

use super::{BROKEN, HEALTHY, JENNY, Stand};
use crate::payment_method::lenient;
use crate::support::{now, token};

fn makes_default(options: Options) -> Options {
    Options {
        payments: PaymentOptions { make_default: true, ..PaymentOptions::default() },
        ..lenient(options)
    }
}

/// Payment methods and subscriptions of Jenny before her account breaks.
struct Before {
    old: String,
    other: String,
    subscriptions: [String; 3],
}

/// Jenny pays from her account, and two of her subscriptions do; the third one has another account.
async fn pays_from_the_account_that_breaks(stand: &Stand) -> Before {
    stand.bank_changes(BROKEN, json!({"status": "active"})).await;
    let old = stand.payment_method(JENNY, BROKEN).await;
    let other = stand.payment_method(JENNY, HEALTHY).await;
    let default = format!("invoice_settings[default_payment_method]={old}");
    stand.write(&format!("/v1/customers/{JENNY}"), &default).await;
    let mut subscriptions = Vec::new();
    for method in [&old, &old, &other] {
        let form = format!("customer={JENNY}&items[0][price]=price_1&default_payment_method={method}");
        let made = stand.write("/v1/subscriptions", &form).await;
        subscriptions.push(made["id"].as_str().unwrap().to_owned());
    }
    stand.bank_changes(BROKEN, json!({"status": "inactive"})).await;
    Before { old, other, subscriptions: subscriptions.try_into().unwrap() }
}

async fn defaults(stand: &Stand, before: &Before) -> Vec<Value> {
    let customer = stand.read(&format!("/v1/customers/{JENNY}")).await;
    let mut defaults = vec![customer["invoice_settings"]["default_payment_method"].clone()];
    for id in &before.subscriptions {
        let subscription = stand.read(&format!("/v1/subscriptions/{id}")).await;
        defaults.push(subscription["default_payment_method"].clone());
    }
    defaults
}

/// Jenny links another account and pays from it. Returns the account, and the words that she agreed to.
async fn pays_from_another(stand: &Stand) -> (String, Value) {
    let (session, outcome) = stand.relink(BROKEN, "fcinst_AlderBank", "2231").await;
    let new = &outcome["new_account"];
    let account = new["added"][0]["id"].as_str().unwrap_or_else(|| panic!("{outcome}")).to_owned();
    let answer = stand.app.pay(&token(JENNY), &session, &account).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    work_until_idle(&stand.app.app).await;
    (account, new["mandate"].clone())
}

#[tokio::test]
async fn the_merchant_hears_who_agreed_when_to_which_words_and_no_default_is_changed() {
    let stand = Stand::start(lenient).await;
    let before = pays_from_the_account_that_breaks(&stand).await;
    let (account, mandate) = pays_from_another(&stand).await;
    let (old, other) = (json!(before.old), json!(before.other));
    assert_eq!(defaults(&stand, &before).await, [old.clone(), old.clone(), old, other]);
    let heard = stand.merchant_hears("payment_method.").await;
    let [message] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(message["type"], "payment_method.created");
    let data = &message["data"];
    let method =
        stand.read(&format!("/v1/payment_methods/{}", data["payment_method"].as_str().unwrap())).await;
    assert_eq!(method["us_bank_account"]["financial_connections_account"], json!(account));
    assert_eq!(method["customer"], JENNY);
    let intent = stand.read(&format!("/v1/setup_intents/{}", data["setup_intent"].as_str().unwrap())).await;
    assert_eq!((&intent["mandate"], &intent["status"]), (&data["mandate"], &data["setup_intent_status"]));
    assert!(data["mandate"].as_str().unwrap().starts_with("mandate_"));
    assert_eq!((&data["account"]["id"], &data["account"]["last4"]), (&json!(account), &json!("2231")));
    assert_eq!((&data["replaces"]["id"], &data["replaces"]["last4"]), (&json!(BROKEN), &json!("6789")));
    let consent = &data["consent"];
    assert_eq!((&consent["text"], &consent["language"]), (&mandate, &json!("en")));
    assert_eq!((&consent["name"], &consent["sign_in"]), (&json!("Jenny Rosen"), &json!("s1")));
    assert_eq!(consent["ip_address"], "192.0.2.1");
    assert!((now() - consent["accepted_at"].as_i64().unwrap()).abs() < 60);
}

#[tokio::test]
async fn by_setting_it_becomes_the_default_where_the_replaced_account_was_and_nowhere_else() {
    let stand = Stand::start(makes_default).await;
    let before = pays_from_the_account_that_breaks(&stand).await;
    pays_from_another(&stand).await;
    let heard = stand.merchant_hears("payment_method.").await;
    let [created, default] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(created["type"], "payment_method.created");
    assert_eq!(default["type"], "payment_method.made_default");
    let (new, other) = (&created["data"]["payment_method"], json!(before.other));
    assert_eq!(defaults(&stand, &before).await, [new.clone(), new.clone(), new.clone(), other]);
    assert_eq!(default["data"]["payment_method"], *new);
    assert_eq!(default["data"]["is_customers_default"], true);
    let mut told: Vec<_> = default["data"]["subscriptions"].as_array().unwrap().clone();
    told.sort_by_key(Value::to_string);
    let mut expected = vec![json!(before.subscriptions[0]), json!(before.subscriptions[1])];
    expected.sort_by_key(Value::to_string);
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_outage_delays_it_and_what_was_changed_before_is_named_afterwards() {
    let stand = Stand::start(makes_default).await;
    let before = pays_from_the_account_that_breaks(&stand).await;
    let [first, ..] = &before.subscriptions;
    let outage =
        json!({"route": format!("POST /v1/subscriptions/{first}"), "status": 503, "should_retry": false});
    stand.control("/_sandbox/faults", &outage).await;
    pays_from_another(&stand).await;
    assert_eq!(stand.merchant_hears("payment_method.").await.len(), 1, "it waits");
    stand.app.database.run("UPDATE work SET due = 0").await;
    work_until_idle(&stand.app.app).await;
    let heard = stand.merchant_hears("payment_method.made_default").await;
    let [told] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(told["data"]["is_customers_default"], true, "it was changed by the first run");
    assert_eq!(told["data"]["subscriptions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_told_with_what_was_changed_before() {
    let stand = Stand::start(makes_default).await;
    let before = pays_from_the_account_that_breaks(&stand).await;
    for subscription in &before.subscriptions {
        let refusal = json!({"route": format!("POST /v1/subscriptions/{subscription}"), "status": 403});
        stand.control("/_sandbox/faults", &refusal).await;
    }
    pays_from_another(&stand).await;
    let heard = stand.merchant_hears("payment_method.").await;
    let [_, failed] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(failed["type"], "payment_method.default_failed");
    let data = &failed["data"];
    assert_eq!((&data["is_customers_default"], &data["subscriptions"]), (&json!(true), &json!([])));
    assert!(data["error"].as_str().unwrap().contains("does not accept the key"), "{data}");
    // The work is over.
    stand.app.database.run("UPDATE work SET due = 0").await;
    work_until_idle(&stand.app.app).await;
    assert_eq!(stand.merchant_hears("payment_method.").await.len(), 2);
}

#[tokio::test]
async fn a_refused_payment_method_is_told_with_stripes_code_and_the_words() {
    let stand = Stand::start(makes_default).await;
    stand.control("/_sandbox/settings", &json!({"decline_setup_intents": true})).await;
    let (session, outcome) = stand.relink(BROKEN, "fcinst_AlderBank", "2231").await;
    let account = outcome["new_account"]["added"][0]["id"].as_str().unwrap().to_owned();
    let answer = stand.app.pay(&token(JENNY), &session, &account).await;
    assert_eq!(answer.problem(), (409, "payment_refused".to_owned()));
    let heard = stand.merchant_hears("payment_method.").await;
    let [failed] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(failed["type"], "payment_method.failed");
    let data = &failed["data"];
    let reason = (&data["reason"], &data["code"]);
    assert_eq!(reason, (&json!("refused"), &json!("setup_intent_authentication_failure")));
    assert_eq!((&data["account"]["id"], &data["replaces"]["id"]), (&json!(account), &json!(BROKEN)));
    assert_eq!(data["consent"]["text"], outcome["new_account"]["mandate"]);
    assert_eq!(data["payment_method"], Value::Null);
}
