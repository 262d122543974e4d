//! Bank accounts that were typed in: Stripe's test numbers and the payment methods of its guide.

use insta::assert_snapshot;
use serde_json::json;

use crate::client::{Answer, Client};

const METHODS: &str = "/v1/payment_methods";
const PAYMENTS: &str = "/v1/payment_intents";
const FIRST: &str = "/v1/payment_intents/pi_Sandbox0001";
const VERIFY: &str = "/v1/payment_intents/pi_Sandbox0001/verify_microdeposits";
const MANDATE: &str = "mandate_data[customer_acceptance][type]=offline";

fn typed(number: &str) -> String {
    format!(
        "type=us_bank_account&billing_details[name]=Jenny+Rosen&us_bank_account[account_number]={number}\
        &us_bank_account[routing_number]=110000000&us_bank_account[account_holder_type]=individual"
    )
}

/// Confirms a payment with this payment method.
async fn pay(client: &Client, method: &str) -> Answer {
    let form = format!("amount=2500&currency=usd&payment_method={method}&confirm=true&{MANDATE}");
    client.submit(PAYMENTS, &form).await
}

fn shown(payment: &Answer) -> String {
    let (error, next) = (&payment.body["last_payment_error"], &payment.body["next_action"]["type"]);
    let (code, network) = (&error["code"], &error["network_decline_code"]);
    format!("{} next={next} error={code} {network}", payment.body["status"])
}

#[tokio::test]
async fn each_test_number_has_its_own_end_after_the_small_deposits_and_four_days() {
    let mut lines = Vec::new();
    for number in [
        "000123456789",
        "000111111113",
        "000111111116",
        "000222222227",
        "000333333335",
        "000444444440",
        "000000000009",
    ] {
        let client = Client::new();
        client.submit(METHODS, &typed(number)).await;
        let waiting = pay(&client, "pm_Sandbox0001").await;
        assert_eq!(shown(&waiting), r#""requires_action" next="verify_with_microdeposits" error=null null"#);
        client.advance("4d").await;
        assert_eq!(client.get(FIRST).await.body["status"], "requires_action", "not before it is verified");
        let verified = client.submit(VERIFY, "amounts[]=32&amounts[]=45").await;
        assert_eq!(shown(&verified), r#""processing" next=null error=null null"#);
        client.advance("4d").await;
        let events = client.events().await;
        let last = events.iter().rfind(|event| event.starts_with("payment_intent.")).unwrap();
        lines.push(format!("{number} {} {last}", shown(&client.get(FIRST).await)));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    000123456789 "succeeded" next=null error=null null payment_intent.succeeded pi_Sandbox0001
    000111111113 "requires_payment_method" next=null error="account_closed" "R02" payment_intent.payment_failed pi_Sandbox0001
    000111111116 "requires_payment_method" next=null error="no_account" "R03" payment_intent.payment_failed pi_Sandbox0001
    000222222227 "requires_payment_method" next=null error="insufficient_funds" "R01" payment_intent.payment_failed pi_Sandbox0001
    000333333335 "requires_payment_method" next=null error="debit_not_authorized" "R10" payment_intent.payment_failed pi_Sandbox0001
    000444444440 "requires_payment_method" next=null error="invalid_currency" null payment_intent.payment_failed pi_Sandbox0001
    000000000009 "processing" next=null error=null null payment_intent.processing pi_Sandbox0001
    "#);
}

#[tokio::test]
async fn a_payment_that_never_settles_can_be_canceled_and_another_one_on_its_way_can_not() {
    for (method, status) in [("pm_usBankAccount_processing", 200), ("pm_usBankAccount_success", 400)] {
        let client = Client::new();
        pay(&client, method).await;
        client.submit(VERIFY, "descriptor_code=SM11AA").await;
        assert_eq!(client.get(FIRST).await.body["status"], "processing");
        assert_eq!(client.submit(&format!("{FIRST}/cancel"), "").await.status, status, "{method}");
    }
}

#[tokio::test]
async fn small_deposits_that_are_guessed_too_often_or_too_late_fail_the_payment() {
    let mut lines = Vec::new();
    for form in ["amounts[]=1&amounts[]=2", "amounts[]=10&amounts[]=11", "descriptor_code=SM44DD", ""] {
        let client = Client::new();
        pay(&client, "pm_usBankAccount_success").await;
        let answer = client.submit(VERIFY, form).await;
        lines.push(format!("{} {}", answer.refusal(), shown(&client.get(FIRST).await)));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    400 payment_method_microdeposit_verification_amounts_mismatch amounts "requires_action" next="verify_with_microdeposits" error=null null
    200 - - "requires_payment_method" next=null error="payment_method_microdeposit_verification_attempts_exceeded" null
    200 - - "requires_payment_method" next=null error="payment_method_microdeposit_verification_timeout" null
    400 parameter_missing amounts "requires_action" next="verify_with_microdeposits" error=null null
    "#);
    let client = Client::new();
    client.submit(PAYMENTS, "amount=2500&currency=usd").await;
    let early = client.submit(VERIFY, "descriptor_code=SM11AA").await;
    assert_eq!(early.refusal(), "400 payment_intent_unexpected_state -");
}

#[tokio::test]
async fn an_account_is_verified_once_also_by_a_setup_intent() {
    let client = Client::new();
    client.submit(METHODS, &typed("000123456789")).await;
    let form = format!("customer=cus_Ada&payment_method=pm_Sandbox0001&confirm=true&{MANDATE}");
    assert_eq!(client.submit("/v1/setup_intents", &form).await.body["status"], "requires_action");
    let verify = "/v1/setup_intents/seti_Sandbox0001/verify_microdeposits";
    assert_eq!(client.submit(verify, "descriptor_code=SM11AA").await.body["status"], "succeeded");
    let form = "amount=2500&currency=usd&customer=cus_Ada&payment_method=pm_Sandbox0001&confirm=true";
    assert_eq!(client.submit(PAYMENTS, form).await.body["status"], "processing");
}

#[tokio::test]
async fn a_payment_method_shows_the_typed_account_and_a_return_blocks_it() {
    let client = Client::new();
    let made = client.submit(METHODS, &typed("000111111113")).await.body;
    assert_snapshot!(made["us_bank_account"], @r#"{"account_holder_type":"individual","account_type":"checking","bank_name":"STRIPE TEST BANK","financial_connections_account":null,"fingerprint":"6795a99c3cf61bcc","last4":"1113","networks":{"preferred":"ach","supported":["ach"]},"routing_number":"110000000","status_details":{}}"#);
    pay(&client, "pm_Sandbox0001").await;
    client.submit(VERIFY, "descriptor_code=SM11AA").await;
    client.advance("4d").await;
    assert_eq!(pay(&client, "pm_Sandbox0001").await.refusal(), "402 bank_account_unusable payment_method");
}

#[tokio::test]
async fn a_test_method_of_the_guide_is_another_payment_method_each_time() {
    let client = Client::new();
    let attach = format!("{METHODS}/pm_usBankAccount_success/attach");
    let first = client.submit(&attach, "customer=cus_Ada").await.body;
    let second = client.submit(&attach, "customer=cus_Ada").await.body;
    assert_eq!((&first["id"], &second["id"]), (&json!("pm_Sandbox0001"), &json!("pm_Sandbox0002")));
    assert_eq!(first["us_bank_account"]["last4"], "6789");
}

#[tokio::test]
async fn numbers_that_are_no_test_numbers_are_refused_and_not_repeated() {
    let client = Client::new();
    let number = "us_bank_account[account_number]";
    let routing = "us_bank_account[routing_number]";
    let linked = "us_bank_account[financial_connections_account]=fca_CopperfieldSavings4421";
    let of_test = typed("000123456789");
    for (form, refusal) in [
        (typed("4111222233334444"), format!("400 account_number_invalid {number}")),
        (of_test.replace("110000000", "021000021"), format!("400 routing_number_invalid {routing}")),
        (
            of_test.replace("&us_bank_account[routing_number]=110000000", ""),
            format!("400 parameter_missing {routing}"),
        ),
        (
            format!("{of_test}&{linked}"),
            "400 parameters_exclusive us_bank_account[financial_connections_account]".to_owned(),
        ),
        (
            format!("{of_test}&us_bank_account[account_type]=futsu"),
            "400 - us_bank_account[account_type]".to_owned(),
        ),
    ] {
        let answer = client.submit(METHODS, &form).await;
        assert_eq!(answer.refusal(), refusal, "{form}");
        assert!(!answer.text.contains("4111222233334444"));
    }
    let state = client.get("/_sandbox/scenario").await.text;
    client.submit(METHODS, &of_test).await;
    let after = client.get("/_sandbox/scenario").await.text;
    assert!(!state.contains("000123456789") && !after.contains("000123456789"), "only what it does is kept");
    let loaded = client.post("/_sandbox/scenario", serde_json::from_str(&after).unwrap()).await;
    assert_eq!(loaded.status, 200, "{}", loaded.text);
}
