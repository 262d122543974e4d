//! The initial state: one connection in each state.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Client, DAY, NOW};

async fn overview(customer: &str) -> String {
    let path = format!("{ACCOUNTS}?account_holder[customer]={customer}&limit=100");
    let list = Client::new().get(&path).await.body;
    let line = |one: &Value| {
        let mut parts: Vec<String> =
            ["id", "institution_name", "subcategory", "status", "status_details", "permissions"]
                .map(|name| one[name].to_string())
                .to_vec();
        if let Some(numbers) = one["account_numbers"].as_array() {
            parts.extend(numbers.iter().map(|number| {
                let days = number["expected_expiry_date"].as_i64().map(|date| (date - NOW) / DAY);
                json!([number["identifier_type"], number["status"], days]).to_string()
            }));
        }
        parts.join(" ").replace('"', "")
    };
    list["data"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn jenny_has_two_broken_accounts_under_one_authorization() {
    assert_snapshot!(overview("cus_SandboxJenny").await, @"
    fca_AlderChecking6789 Alder Bank checking inactive {inactive:{action:relink_required,cause:access_expired}} [payment_method,balances] [account_number,transactable,null]
    fca_AlderSavings1204 Alder Bank savings inactive {inactive:{action:relink_required,cause:access_expired}} [payment_method,balances] [account_number,transactable,null]
    fca_CopperfieldSavings4421 Copperfield Credit Union savings active {} [payment_method,balances] [account_number,transactable,null]
    fca_TernChecking0937 Tern Bank checking inactive {inactive:{action:none,cause:account_closed}} [payment_method,balances] [account_number,transactable,null]
    ");
    let client = Client::new();
    let authorization = |account: Value| account["authorization"].clone();
    assert_eq!(
        authorization(client.account("fca_AlderChecking6789").await),
        authorization(client.account("fca_AlderSavings1204").await)
    );
}

#[tokio::test]
async fn kai_has_an_account_in_each_state_that_jenny_lacks() {
    assert_snapshot!(overview("cus_SandboxKai").await, @"
    fca_HarborExpiring2750 Harbor Federal Bank checking active {active:{action:relink_required,cause:access_expired,expected_deactivation_date:1796036800}} [payment_method,balances] [account_number,transactable,null]
    fca_PinecrestNumberExpiring8812 Pinecrest Bank checking active {} [payment_method,balances] [tokenized_account_number,transactable,20]
    fca_PinecrestNumberExpired8820 Pinecrest Bank savings active {} [payment_method,balances] [tokenized_account_number,expired,-3]
    fca_LarkspurDenied3115 Larkspur Bank checking inactive {inactive:{action:none,cause:access_denied}} [payment_method,balances] [account_number,transactable,null]
    fca_QuarryExpired4460 Quarry Savings Bank checking inactive {inactive:{action:none,cause:access_expired}} [payment_method,balances] [account_number,transactable,null]
    fca_MeridianUnavailable5527 Meridian Trust checking inactive {inactive:{action:none,cause:account_unavailable}} [payment_method,balances] [account_number,transactable,null]
    fca_SummitRequirement6034 Summit Community Bank checking inactive {inactive:{action:none,cause:institution_requirement}} [payment_method,balances] [account_number,transactable,null]
    fca_DriftwoodUnspecified7193 Driftwood Credit Union checking inactive {inactive:{action:none,cause:unspecified}} [payment_method,balances] [account_number,transactable,null]
    fca_BeaconNewCause8246 Beacon Bank checking inactive {inactive:{action:none,cause:ownership_changed}} [payment_method,balances] [account_number,transactable,null]
    fca_WillowDisconnected9371 Willow Bank checking disconnected {} [payment_method,balances] [account_number,transactable,null]
    ");
}

#[tokio::test]
async fn noor_has_four_broken_accounts_for_data_products() {
    assert_snapshot!(overview("cus_SandboxData").await, @"
    fca_FoundryChecking3001 Foundry National Bank checking inactive {inactive:{action:relink_required,cause:access_expired}} [balances,transactions,ownership]
    fca_FoundrySavings3002 Foundry National Bank savings inactive {inactive:{action:relink_required,cause:access_expired}} [balances,transactions,ownership]
    fca_FoundryCreditCard3003 Foundry National Bank credit_card inactive {inactive:{action:relink_required,cause:access_expired}} [balances,transactions,ownership]
    fca_FoundryMortgage3004 Foundry National Bank mortgage inactive {inactive:{action:relink_required,cause:access_expired}} [balances,transactions,ownership]
    ");
}

#[tokio::test]
async fn an_authorization_is_in_the_state_of_its_accounts() {
    let client = Client::new();
    let mut states = Vec::new();
    for name in ["HarborKai", "PinecrestKai", "LarkspurKai", "WillowKai", "FoundryNoor", "CopperfieldJenny"] {
        let one = client.get(&format!("/v1/financial_connections/authorizations/fcauth_{name}")).await.body;
        states.push(format!("{name} {} {}", one["status"], one["status_details"]));
    }
    assert_snapshot!(states.join("\n"), @r#"
    HarborKai "active" {"active":{"action":"relink_required","expected_deactivation_date":1796036800}}
    PinecrestKai "active" {}
    LarkspurKai "inactive" {"inactive":{"action":"none"}}
    WillowKai "disconnected" {}
    FoundryNoor "inactive" {"inactive":{"action":"relink_required"}}
    CopperfieldJenny "active" {}
    "#);
}
