//! Account numbers that are typed in instead of a sign-in at a bank.

use serde_json::{Value, json};

use crate::client::{Client, EXACT, JENNY};

const NUMBERS: &str = "000123456789";

fn form(rest: &str) -> String {
    format!("{JENNY}&permissions[]=payment_method{rest}")
}

fn typed(number: &str) -> Value {
    json!({ "token": true, "account_number": number, "routing_number": "110000000", "account_type": "savings" })
}

#[tokio::test]
async fn a_customer_who_leaves_for_the_merchants_own_form_cancels_the_session_for_that_reason() {
    let client = Client::new();
    let (id, secret) = client.session(&form("&manual_entry[mode]=custom")).await;
    assert_eq!(client.step("open", &secret, json!({})).await.body["manual_entry"], "custom");
    let with_numbers = client.step("enter", &secret, typed(NUMBERS)).await;
    assert_eq!(with_numbers.refusal(), "400 - manual_entry", "the merchant's form takes them");
    assert_eq!(client.step("enter", &secret, json!({})).await.status, 200);
    let shown = client.step("close", &secret, json!({})).await.body;
    let details = json!({ "cancelled": { "reason": "custom_manual_entry" } });
    assert_eq!((&shown["status"], &shown["status_details"]), (&json!("cancelled"), &details));
    assert_eq!(client.read_session(&id).await["status_details"], details);
    assert_eq!(client.events().await, [format!("session.updated {id}")]);
}

#[tokio::test]
async fn numbers_that_are_typed_in_become_the_token_that_the_page_asked_for() {
    let client = Client::new();
    let (id, secret) = client.session(&form("")).await;
    let opened = client.step("open", &secret, json!({ "token": true })).await.body;
    assert_eq!(opened["manual_entry"], "automatic");
    assert_eq!(client.step("enter", &secret, typed(NUMBERS)).await.status, 200);
    let shown = client.step("close", &secret, json!({ "token": true })).await.body;
    assert_eq!((&shown["status"], &shown["accounts"]), (&json!("succeeded"), &json!([])));
    let bank = &shown["bank_account_token"]["bank_account"];
    assert_eq!((&bank["last4"], &bank["routing_number"]), (&json!("6789"), &json!("110000000")));
    assert_eq!(client.read_session(&id).await["bank_account_token"]["id"], shown["bank_account_token"]["id"]);
    let token = shown["bank_account_token"]["id"].as_str().unwrap();
    let added = "/v1/accounts/acct_Sandbox/external_accounts";
    assert_eq!(client.submit(added, &format!("external_account={token}")).await.body["last4"], "6789");
}

#[tokio::test]
async fn a_session_that_can_not_use_numbers_does_not_ask_for_them() {
    let client = Client::new();
    let balances = format!("{JENNY}&permissions[]=balances");
    for (form, token) in [
        (EXACT.to_owned(), true),
        (form("&manual_entry[mode]=disabled"), true),
        (balances, true),
        (form("&manual_entry[mode]=automatic"), false),
    ] {
        let (_, secret) = client.session(&form).await;
        let opened = client.step("open", &secret, json!({ "token": token })).await.body;
        assert_eq!(opened["manual_entry"], Value::Null, "{form}");
        let mut step = typed(NUMBERS);
        step["token"] = token.into();
        for step in [step, json!({})] {
            assert_eq!(client.step("enter", &secret, step).await.refusal(), "400 - manual_entry", "{form}");
        }
    }
}

#[tokio::test]
async fn numbers_of_no_test_account_are_refused_and_the_customer_may_try_again() {
    let client = Client::new();
    let (_, secret) = client.session(&form("")).await;
    client.step("open", &secret, json!({ "token": true })).await;
    let wrong = client.step("enter", &secret, typed("4111222233334444")).await;
    assert_eq!(wrong.refusal(), "400 account_number_invalid account_number");
    assert!(!wrong.text.contains("4111222233334444"));
    let mut elsewhere = typed(NUMBERS);
    elsewhere["routing_number"] = "021000021".into();
    let refusal = client.step("enter", &secret, elsewhere).await.refusal();
    assert_eq!(refusal, "400 routing_number_invalid routing_number");
    assert_eq!(client.step("enter", &secret, typed(NUMBERS)).await.status, 200);
    assert_eq!(client.step("enter", &secret, typed(NUMBERS)).await.refusal(), "400 - client_secret", "once");
}

#[tokio::test]
async fn a_test_types_numbers_in_without_a_browser() {
    let client = Client::new();
    for (rest, fields, status) in [
        ("&manual_entry[mode]=custom", json!({}), "cancelled"),
        ("", json!({ "token": true, "account_number": "000222222227" }), "succeeded"),
        ("", json!({}), "refused"),
    ] {
        let (id, _) = client.session(&form(rest)).await;
        let mut fields = fields;
        fields["outcome"] = "manual_entry".into();
        let answer = client.post(&format!("/_sandbox/sessions/{id}/complete"), fields).await;
        if status == "refused" {
            assert_eq!(answer.refusal(), "400 - manual_entry");
            assert_eq!(client.read_session(&id).await["status"], "pending");
        } else {
            assert_eq!(answer.body["status"], status, "{}", answer.text);
        }
    }
}
