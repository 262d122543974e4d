//! Endpoints of the bank window.

use insta::assert_snapshot;
use serde_json::json;

use crate::client::{Client, EXACT, JENNY};

#[tokio::test]
async fn opening_tells_the_window_what_is_asked_for() {
    let client = Client::new();
    let (_, secret) = client.session(EXACT).await;
    assert_snapshot!(client.step("open", &secret, json!({})).await.body, @r#"{"expected_last4":"6789","institutions":[{"id":"fcinst_AlderBank","name":"Alder Bank"}],"limit":1,"permissions":["payment_method","balances"]}"#);
}

#[tokio::test]
async fn without_relink_every_bank_is_on_offer() {
    let client = Client::new();
    let (_, secret) = client.session(&format!("{JENNY}&permissions[]=balances")).await;
    let opened = client.step("open", &secret, json!({})).await.body;
    assert_eq!(opened["institutions"].as_array().unwrap().len(), 29);
    let nowhere = client.step("sign_in", &secret, json!({})).await;
    assert_eq!(nowhere.refusal(), "400 - institution");
}

#[tokio::test]
async fn a_filter_leaves_one_bank() {
    let client = Client::new();
    let form = format!("{JENNY}&permissions[]=balances&filters[institution]=fcinst_TernBank");
    let (_, secret) = client.session(&form).await;
    let opened = client.step("open", &secret, json!({})).await.body;
    assert_eq!(opened["institutions"], json!([{ "id": "fcinst_TernBank", "name": "Tern Bank" }]));
}

#[tokio::test]
async fn an_unknown_or_used_secret_is_an_error_that_does_not_repeat_it() {
    let client = Client::new();
    let unknown = client.step("open", "fcsess_client_secret_someone", json!({})).await;
    assert_eq!(unknown.refusal(), "400 resource_missing client_secret");
    assert!(!unknown.text.contains("someone"));
    let (_, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    let used = client.step("open", &secret, json!({})).await;
    assert_eq!(used.refusal(), "400 - client_secret");
    assert!(!used.text.contains(&secret));
}

#[tokio::test]
async fn the_window_needs_the_publishable_key() {
    let client = Client::new();
    let request = axum::http::Request::post("/bank/open").header("content-type", "application/json");
    let request = request.header("authorization", "Bearer pk_test_other");
    let answer = client.send(request.body("{\"client_secret\":\"x\"}".into()).unwrap()).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn the_session_of_stripe_js_has_no_client_secret() {
    let client = Client::new();
    let (_, secret) = client.session(EXACT).await;
    let result = client.choose(&secret, "6789").await;
    assert!(!result.text.contains("client_secret") && !result.text.contains(&secret));
    let again = client.step("close", &secret, json!({})).await;
    assert_eq!(result.body, again.body, "closing twice is harmless");
}

#[tokio::test]
async fn the_exact_mode_shows_another_account_as_wrong_and_lets_the_customer_correct_it() {
    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    let offered = client.sign_in(&secret).await;
    let wrong = client.step("choose", &secret, json!({ "holdings": [offered["1204"]] })).await;
    assert_eq!(wrong.body["step"], "wrong_account");
    assert_eq!(client.read_session(&id).await["status"], "pending");
    let right = client.step("choose", &secret, json!({ "holdings": [offered["6789"]] })).await;
    assert_eq!(right.body["step"], "connected");
}

#[tokio::test]
async fn each_magic_word_asks_for_more_in_the_password_and_in_every_later_field() {
    let client = Client::new();
    let (_, secret) = client.session(EXACT).await;
    client.step("open", &secret, json!({})).await;
    let early = client.step("answer", &secret, json!({ "answer": "mfa" })).await;
    assert_eq!(early.refusal(), "400 - answer");
    let asked = client.step("sign_in", &secret, json!({ "password": "options" })).await;
    assert_eq!(asked.body, json!({ "step": "asked", "prompt": "options" }));
    for word in ["mfa", "confirm_mfa", "security_question"] {
        let asked = client.step("answer", &secret, json!({ "answer": word })).await;
        assert_eq!(asked.body, json!({ "step": "asked", "prompt": word }));
    }
    let nothing_yet = client.step("choose", &secret, json!({ "holdings": [] })).await;
    assert_eq!(nothing_yet.refusal(), "400 - holdings");
    let incorrect = client.step("answer", &secret, json!({ "answer": "incorrect" })).await;
    assert_eq!(incorrect.body, json!({ "step": "incorrect" }));
    let right = client.step("answer", &secret, json!({ "answer": "Hill Road" })).await;
    assert_eq!(right.body["step"], "choose");
}

#[tokio::test]
async fn leaving_the_banks_own_window_is_no_authorization_unless_the_customer_goes_back() {
    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    client.step("open", &secret, json!({})).await;
    assert_eq!(client.step("leave", &secret, json!({})).await.body, json!({ "step": "left" }));
    assert_eq!(client.read_session(&id).await["status"], "pending");
    client.step("close", &secret, json!({})).await;
    let session = client.read_session(&id).await;
    assert_eq!(session["status"], "failed");
    assert_eq!(session["relink_result"]["failure_reason"], "no_authorization");

    let (id, secret) = client.session(EXACT).await;
    client.step("leave", &secret, json!({})).await;
    client.choose(&secret, "6789").await;
    assert_eq!(client.read_session(&id).await["status"], "succeeded");
}

#[tokio::test]
async fn a_token_is_created_once_and_only_for_a_payable_account() {
    let client = Client::new();
    let form = format!("{JENNY}&permissions[]=payment_method");
    let (id, secret) = client.session(&form).await;
    let first = client.link_all(&secret, "fcinst_BankNonOAuth").await;
    assert!(first.get("bank_account_token").is_none(), "only who asks for a token gets one");
    let result = client.step("close", &secret, json!({ "token": true })).await.body;
    let token = &result["bank_account_token"];
    assert_eq!((&token["object"], &token["type"]), (&json!("token"), &json!("bank_account")));
    assert_eq!(token["bank_account"]["last4"], "6210");
    assert_eq!(client.step("close", &secret, json!({ "token": true })).await.body, result);
    assert_eq!(&client.read_session(&id).await["bank_account_token"], token);

    let (_, secret) = client.session(&form).await;
    client.link_all(&secret, "fcinst_InvalidPaymentAccounts").await;
    let result = client.step("close", &secret, json!({ "token": true })).await.body;
    assert!(result.get("bank_account_token").is_none());
}

#[tokio::test]
async fn magic_passwords_work_as_documented() {
    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    client.step("open", &secret, json!({})).await;
    let incorrect = client.step("sign_in", &secret, json!({ "password": "incorrect" })).await;
    assert_eq!(incorrect.body, json!({ "step": "incorrect" }));
    let error = client.step("sign_in", &secret, json!({ "password": "error" })).await;
    assert_eq!(error.body, json!({ "step": "failed" }));
    assert_eq!(client.read_session(&id).await["relink_result"]["failure_reason"], "no_authorization");
}
