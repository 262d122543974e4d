//! A connected account is paid out to another account: only by setting, only after it has agreed, and once.

use relink_server::{Options, PaymentOptions, work_until_idle};
use serde_json::{Value, json};

use super::Stand;
use super::holders::{LINDEN, PAYEE, PAYOUTS};
use crate::support::{now, signed, token};

const EXTERNAL: &str = "/v1/accounts/acct_SandboxVera/external_accounts";

/// Starts a platform that takes any account of the bank login, with the setting or without it.
async fn platform(add_external_accounts: bool) -> Stand {
    let stand = Stand::start(|options| Options {
        purpose: "payouts".to_owned(),
        any_account: true,
        payments: PaymentOptions { add_external_accounts, ..PaymentOptions::default() },
        ..options
    })
    .await;
    stand.control("/_sandbox/scenes", &json!({"scene": "payouts"})).await;
    stand
}

/// Links the account that was never linked. Returns the session, and the new account with what is offered.
async fn links_another(stand: &Stand, token: &str) -> (String, Value) {
    let (session, outcome) =
        stand.relink_with(token, PAYOUTS, LINDEN, |holding| holding["last4"] == "4415").await;
    let new = outcome["new_account"].clone();
    assert_eq!(new["added"][0]["last4"], "4415", "{outcome}");
    (session, new)
}

/// Returns the external accounts, newest first, as their last digits and whether they are the default.
async fn external_accounts(stand: &Stand) -> Vec<(String, bool)> {
    let list = stand.read(EXTERNAL).await;
    let accounts = list["data"].as_array().unwrap().iter();
    accounts
        .map(|one| {
            (one["last4"].as_str().unwrap().to_owned(), one["default_for_currency"].as_bool().unwrap())
        })
        .collect()
}

fn before() -> Vec<(String, bool)> {
    vec![("4407".to_owned(), true)]
}

#[tokio::test]
async fn an_account_that_the_connected_account_agrees_to_is_paid_out_to_and_the_merchant_hears_it() {
    let stand = platform(true).await;
    let (session, new) = links_another(&stand, &token(PAYEE)).await;
    let words = new["mandate"].as_str().unwrap();
    assert!(words.contains("Get paid to ••4415") && words.contains("Linden Bank ••4415"), "{words}");
    assert_eq!(external_accounts(&stand).await, before(), "nothing is changed before that");
    let account = new["added"][0]["id"].as_str().unwrap();
    for _ in 0..2 {
        let answer = stand.app.pay(&token(PAYEE), &session, account).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
    work_until_idle(&stand.app.app).await;
    let after = vec![("4415".to_owned(), true), ("4407".to_owned(), false)];
    assert_eq!(external_accounts(&stand).await, after, "once, whatever is repeated");
    let heard = stand.merchant_hears("external_account.").await;
    let [message] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(message["type"], "external_account.created");
    let data = &message["data"];
    let listed = stand.read(EXTERNAL).await["data"][0].clone();
    assert_eq!((&data["external_account"], &data["customer"]), (&listed["id"], &json!(PAYEE)));
    assert_eq!((&data["account"]["id"], &data["replaces"]["id"]), (&json!(account), &json!(PAYOUTS)));
    assert_eq!((&data["consent"]["text"], &data["consent"]["sign_in"]), (&new["mandate"], &json!("s1")));
    assert_eq!(listed["metadata"]["financial_connections_account"], account);
    assert_eq!(stand.merchant_hears("payment_method.").await, Vec::<Value>::new());
    let trail = stand.app.get("/api/audit", crate::support::API_KEY).await.text;
    assert!(
        trail.contains("external_account.accepted") && trail.contains("external_account.made"),
        "{trail}"
    );
}

#[tokio::test]
async fn without_the_setting_or_for_another_holder_it_is_only_told_of() {
    let stand = platform(false).await;
    let (session, new) = links_another(&stand, &token(PAYEE)).await;
    assert_eq!(new["mandate"], Value::Null);
    let account = new["added"][0]["id"].as_str().unwrap();
    assert_eq!(stand.app.pay(&token(PAYEE), &session, account).await.status, 404);
    assert_eq!(external_accounts(&stand).await, before());
    let stand = platform(true).await;
    let claims =
        json!({"sub": PAYEE, "customer_account": true, "sid": "s1", "iat": now(), "exp": now() + 300});
    let started = stand.app.begin(&signed(&claims), "fca_LindenMember4431").await;
    assert_eq!(
        started.json().get("collects_token"),
        None,
        "a customer account is not paid out to: {}",
        started.text
    );
}

#[tokio::test]
async fn a_token_that_insists_on_the_account_can_redirect_no_payouts() {
    let stand = platform(true).await;
    let claims = json!({"sub": PAYEE, "any_account": false, "sid": "s1", "iat": now(), "exp": now() + 300});
    let started = stand.app.begin(&signed(&claims), PAYOUTS).await;
    assert_eq!((started.status.as_u16(), started.json().get("collects_token")), (200, None));
}

#[tokio::test]
async fn where_stripe_refuses_payouts_stay_and_the_merchant_hears_why() {
    let stand = platform(true).await;
    let (session, new) = links_another(&stand, &token(PAYEE)).await;
    let used = stand.read(&format!("/v1/financial_connections/sessions/{session}")).await;
    let used = used["bank_account_token"]["id"].as_str().unwrap();
    stand.write(EXTERNAL, &format!("external_account={used}")).await;
    let account = new["added"][0]["id"].as_str().unwrap();
    let answer = stand.app.pay(&token(PAYEE), &session, account).await;
    assert_eq!(answer.problem().1, "payment_refused");
    let heard = stand.merchant_hears("external_account.").await;
    let [message] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(message["type"], "external_account.failed");
    assert_eq!(
        (&message["data"]["reason"], &message["data"]["code"]),
        (&json!("refused"), &json!("token_already_used"))
    );
    assert!(external_accounts(&stand).await.contains(&("4407".to_owned(), true)), "the default stays");
}
