//! Institutions of Stripe's testing guide.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{Client, DAY, NOW, ids};

const PAYMENTS: &str = "permissions[]=payment_method&permissions[]=balances&permissions[]=ownership\
    &account_holder[type]=customer&account_holder[customer]=cus_Anybody";

/// Links all accounts at a bank; returns the session's accounts, newest first, and their authorization.
async fn link(client: &Client, institution: &str) -> (Vec<Value>, String) {
    let (id, secret) = client.session(PAYMENTS).await;
    client.link_all(&secret, institution).await;
    let accounts = client.read_session(&id).await["accounts"]["data"].as_array().unwrap().clone();
    let authorization = accounts[0]["authorization"].as_str().unwrap().to_owned();
    (accounts, authorization)
}

/// Repairs one account as its customer.
async fn relink(client: &Client, authorization: &str, account: &str) {
    let form =
        format!("{PAYMENTS}&relink_options[authorization]={authorization}&relink_options[account]={account}");
    let (id, secret) = client.session(&form).await;
    client.link_all(&secret, "").await;
    assert_eq!(client.read_session(&id).await["status"], "succeeded");
}

async fn state_of(client: &Client, account: &str) -> String {
    let account = client.account(account).await;
    format!("{} {}", account["status"], account["status_details"])
}

/// True if there is an event of this type.
async fn told(client: &Client, kind: &str) -> bool {
    client.events().await.iter().any(|event| event.starts_with(&format!("{kind} ")))
}

#[tokio::test]
async fn the_guides_institutions_are_on_offer_under_all_their_names() {
    let client = Client::new();
    let (_, secret) = client.session(PAYMENTS).await;
    let opened = client.step("open", &secret, json!({})).await.body;
    let all = opened["institutions"].as_array().unwrap().iter();
    let names = |one: &Value| {
        let names = one["other_names"].as_array().map(|names| json!(names).to_string());
        let (login, outage) = (one["login"].as_str(), one["outage"].as_str());
        let more: Vec<&str> = [names.as_deref(), login, outage].into_iter().flatten().collect();
        format!("{} {} {}", one["id"].as_str().unwrap(), one["name"].as_str().unwrap(), more.join(" "))
    };
    let tests: Vec<String> = all.skip(13).take(13).map(names).map(|line| line.trim().to_owned()).collect();
    assert_snapshot!(tests.join("\n"), @r#"
    fcinst_TestNonOAuth Test (Non-OAuth) ["Test Institution"]
    fcinst_TestOAuth Test (OAuth) ["Test OAuth Institution"] pop_up
    fcinst_BankNonOAuth Bank (Non-OAuth) ["Sandbox Bank (Non-OAuth)"]
    fcinst_BankOAuth Bank (OAuth) ["Sandbox Bank (OAuth)"] pop_up
    fcinst_OwnershipAccounts Ownership Accounts
    fcinst_InvalidPaymentAccounts Invalid Payment Accounts
    fcinst_DownScheduled Down (Scheduled) scheduled
    fcinst_DownUnscheduled Down (Unscheduled) unscheduled
    fcinst_DownError Down (Error) error
    fcinst_TokenizedAccountNumbers Tokenized Account Numbers ["Tokenized Account Number"]
    fcinst_InactiveAccounts Inactive Accounts
    fcinst_ReauthenticationImmediately Immediately Requires Reauthentication ["Reauthentication Required Immediately"]
    fcinst_ReauthenticationEventually Eventually Requires Reauthentication ["Reauthentication Required Eventually"]
    "#);
}

#[tokio::test]
async fn nobody_can_sign_in_at_a_bank_that_is_down() {
    let client = Client::new();
    for institution in ["fcinst_DownScheduled", "fcinst_DownUnscheduled", "fcinst_DownError"] {
        let (_, secret) = client.session(PAYMENTS).await;
        let refused = client.step("sign_in", &secret, json!({ "institution": institution })).await;
        assert_eq!(refused.refusal(), "400 financial_connections_institution_unavailable institution");
        let one = client.get(&format!("/v1/financial_connections/institutions/{institution}")).await.body;
        assert_ne!(one["status"], "active");
    }
}

#[tokio::test]
async fn invalid_payment_accounts_can_be_linked_but_not_charged() {
    let client = Client::new();
    let (accounts, _) = link(&client, "fcinst_InvalidPaymentAccounts").await;
    assert_eq!(accounts[0]["supported_payment_method_types"], json!([]));
    let account = accounts[0]["id"].as_str().unwrap();
    let form = format!(
        "type=us_bank_account&billing_details[name]=A&us_bank_account[financial_connections_account]={account}"
    );
    let refused = client.submit("/v1/payment_methods", &form).await;
    assert_eq!(refused.refusal(), "400 - us_bank_account[financial_connections_account]");
    let form = format!("{PAYMENTS}&filters[require_payment_method_support]=all");
    let (_, secret) = client.session(&form).await;
    let bank = json!({ "institution": "fcinst_InvalidPaymentAccounts" });
    assert_eq!(client.step("sign_in", &secret, bank).await.body["holdings"], json!([]));
}

#[tokio::test]
async fn ownership_accounts_have_one_owner_and_two() {
    let client = Client::new();
    let (accounts, _) = link(&client, "fcinst_OwnershipAccounts").await;
    let mut owners = Vec::new();
    for account in &accounts {
        let path = format!("/v1/financial_connections/accounts/{}", account["id"].as_str().unwrap());
        let refreshed = client.submit(&format!("{path}/refresh"), "features[]=ownership").await.body;
        let ownership = refreshed["ownership"].as_str().unwrap();
        let list = client.get(&format!("{path}/owners?ownership={ownership}")).await.body;
        owners.push(ids(&list).split(' ').count());
    }
    owners.sort_unstable();
    assert_eq!(owners, [1, 2]);
}

#[tokio::test]
async fn tokenized_account_numbers_expire_each_in_its_way() {
    let client = Client::new();
    let (accounts, authorization) = link(&client, "fcinst_TokenizedAccountNumbers").await;
    let numbers = |account: &Value| {
        let number = &account["account_numbers"][0];
        assert_eq!(number["identifier_type"], "tokenized_account_number");
        let days = (number["expected_expiry_date"].as_i64().unwrap() - NOW) / DAY;
        format!("{}: {} {days}", account["display_name"], number["status"])
    };
    let shown: Vec<String> = accounts.iter().map(numbers).collect();
    assert_snapshot!(shown.join("\n"), @r#"
    "Immediately Expiring Tokenized Account Number": "transactable" 365
    "Eventually Expiring Tokenized Account Number": "transactable" 30
    "Expired Tokenized Account Number": "deactivated" -1
    "#);
    assert!(told(&client, "account.upcoming_account_number_expiry").await);

    client.advance(60).await;
    let immediately = accounts.iter().find(|one| one["display_name"].as_str().unwrap().starts_with("Imm"));
    let immediately = immediately.unwrap()["id"].as_str().unwrap();
    assert_eq!(client.account(immediately).await["account_numbers"][0]["status"], "expired");
    assert!(told(&client, "account.account_numbers_updated").await);

    relink(&client, &authorization, immediately).await;
    assert_eq!(client.account(immediately).await["account_numbers"][0]["status"], "transactable");
}

#[tokio::test]
async fn inactive_accounts_break_shortly_after_and_stay_repaired() {
    let client = Client::new();
    let (accounts, authorization) = link(&client, "fcinst_InactiveAccounts").await;
    let account = accounts[0]["id"].as_str().unwrap();
    assert_eq!(state_of(&client, account).await, "\"active\" {}");
    client.advance(60).await;
    let broken = "\"inactive\" {\"inactive\":{\"action\":\"relink_required\",\"cause\":\"access_expired\"}}";
    assert_eq!(state_of(&client, account).await, broken);
    relink(&client, &authorization, account).await;
    assert!(told(&client, "account.reactivated").await);
    client.advance("90d").await;
    assert_eq!(state_of(&client, account).await, "\"active\" {}");
}

#[tokio::test]
async fn immediate_reauthentication_is_needed_again_a_day_after_each_repair() {
    let client = Client::new();
    let (accounts, authorization) = link(&client, "fcinst_ReauthenticationImmediately").await;
    let account = accounts[0]["id"].as_str().unwrap();
    for _ in 0..2 {
        client.advance("2d").await;
        assert!(state_of(&client, account).await.starts_with("\"inactive\""));
        relink(&client, &authorization, account).await;
        let notice = client.account(account).await["status_details"]["active"].clone();
        assert_eq!(notice["action"], "relink_required");
        let now = client.get("/_sandbox/clock").await.body["now"].as_i64().unwrap();
        assert_eq!(notice["expected_deactivation_date"], now + DAY);
    }
}

#[tokio::test]
async fn eventual_reauthentication_is_announced_and_needed_after_30_days() {
    let client = Client::new();
    let (accounts, _) = link(&client, "fcinst_ReauthenticationEventually").await;
    let account = accounts[0]["id"].as_str().unwrap();
    assert!(told(&client, "account.upcoming_deactivation").await);
    assert!(told(&client, "authorization.upcoming_deactivation").await);
    client.advance("29d").await;
    assert!(state_of(&client, account).await.starts_with("\"active\""));
    client.advance("2d").await;
    assert!(state_of(&client, account).await.starts_with("\"inactive\""));
    assert!(told(&client, "account.deactivated").await);
}
