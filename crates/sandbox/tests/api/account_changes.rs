//! `POST /_sandbox/accounts/{id}`: changes of an account, and relinks after them.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Answer, Client, DAY, EXACT, NOW};

const CHECKING: &str = "fca_AlderChecking6789";
const YEAR: i64 = 365 * DAY;

async fn change(client: &Client, id: &str, fields: Value) -> Answer {
    client.post(&format!("/_sandbox/accounts/{id}"), fields).await
}

fn state(account: &Value) -> String {
    format!("{} {}", account["status"], account["status_details"])
}

#[tokio::test]
async fn each_status_takes_its_own_details_and_keeps_what_is_not_named() {
    let client = Client::new();
    let table = [
        json!({ "status": "active" }),
        json!({ "expected_deactivation_date": 1_800_000_000 }),
        json!({ "cause": "institution_requirement" }),
        json!({ "expected_deactivation_date": null }),
        json!({ "status": "inactive" }),
        json!({ "action": "none" }),
        json!({ "cause": "something_new" }),
        json!({ "status": "active", "action": "none", "expected_deactivation_date": 1_800_000_000 }),
        json!({ "status": "active" }),
        json!({ "status": "disconnected" }),
    ];
    let mut states = Vec::new();
    for fields in table {
        let answer = change(&client, CHECKING, fields).await;
        states.push(state(&answer.body));
    }
    assert_snapshot!(states.join("\n"), @r#"
    "active" {}
    "active" {"active":{"action":"relink_required","cause":"access_expired","expected_deactivation_date":1800000000}}
    "active" {"active":{"action":"relink_required","cause":"institution_requirement","expected_deactivation_date":1800000000}}
    "active" {}
    "inactive" {"inactive":{"action":"relink_required","cause":"access_expired"}}
    "inactive" {"inactive":{"action":"none","cause":"access_expired"}}
    "inactive" {"inactive":{"action":"none","cause":"something_new"}}
    "active" {"active":{"action":"none","cause":"access_expired","expected_deactivation_date":1800000000}}
    "active" {}
    "disconnected" {}
    "#);
}

#[tokio::test]
async fn a_change_is_visible_in_every_endpoint() {
    let client = Client::new();
    let fields = json!({
        "status": "active",
        "permissions": ["balances", "payment_method"],
        "account_numbers": [{ "identifier_type": "tokenized_account_number", "expected_expiry_date": NOW + DAY }],
    });
    let changed = change(&client, CHECKING, fields).await.body;
    let read = client.account(CHECKING).await;
    assert_eq!(changed, read);
    assert_eq!(read["permissions"], json!(["balances", "payment_method"]));
    assert_snapshot!(read["account_numbers"], @r#"[{"expected_expiry_date":1795086400,"identifier_type":"tokenized_account_number","status":"transactable","supported_networks":["ach"]}]"#);
    let authorization = client.get("/v1/financial_connections/authorizations/fcauth_AlderJenny").await.body;
    assert_eq!(authorization["status"], "active");
}

#[tokio::test]
async fn invalid_changes_are_refused_and_change_nothing() {
    let client = Client::new();
    let table = [
        (json!({ "colour": "red" }), "400 parameter_unknown colour"),
        (json!({ "status": "tired" }), "400 - status"),
        (json!({ "action": "pray" }), "400 - action"),
        (json!({ "cause": "Access Expired" }), "400 - cause"),
        (json!({ "expected_deactivation_date": 1 }), "400 - expected_deactivation_date"),
        (json!({ "status": "active", "action": "none" }), "400 - expected_deactivation_date"),
        (
            json!({ "status": "active", "cause": "account_closed", "expected_deactivation_date": 1 }),
            "400 - cause",
        ),
        (json!({ "status": "disconnected", "action": "none" }), "400 - status"),
        (json!({ "permissions": [] }), "400 - permissions"),
        (json!({ "permissions": ["everything"] }), "400 - permissions"),
        (json!({ "account_numbers": [{}] }), "400 parameter_missing identifier_type"),
        (
            json!({ "account_numbers": [{ "identifier_type": "account_number", "expected_expiry_date": 1 }] }),
            "400 - account_numbers",
        ),
        (json!({ "account_numbers": "none" }), "400 - account_numbers"),
    ];
    let before = client.account(CHECKING).await;
    for (fields, refusal) in table {
        let answer = change(&client, CHECKING, fields).await;
        assert_eq!(answer.refusal(), refusal, "{}", answer.text);
    }
    assert_eq!(client.account(CHECKING).await, before);
    assert_eq!(change(&client, "fca_x", json!({})).await.refusal(), "404 resource_missing id");
}

/// Relinks exactly this account as Kai.
async fn relink(client: &Client, account: &str, authorization: &str) -> Value {
    let form = format!(
        "account_holder[type]=customer&account_holder[customer]=cus_SandboxKai&permissions[]=payment_method\
        &relink_options[authorization]={authorization}&relink_options[account]={account}&limits[accounts]=1"
    );
    let (_, secret) = client.session(&form).await;
    client.choose(&secret, &account[account.len() - 4..]).await;
    client.account(account).await
}

#[tokio::test]
async fn a_relink_gives_a_fresh_token_to_the_account_and_leaves_its_siblings_alone() {
    let client = Client::new();
    let account = relink(&client, "fca_PinecrestNumberExpired8820", "fcauth_PinecrestKai").await;
    let fresh = json!([{
        "expected_expiry_date": NOW + YEAR,
        "identifier_type": "tokenized_account_number",
        "status": "transactable",
        "supported_networks": ["ach"],
    }]);
    assert_eq!(account["account_numbers"], fresh);
    let sibling = client.account("fca_PinecrestNumberExpiring8812").await;
    assert_eq!(sibling["account_numbers"][0]["expected_expiry_date"], NOW + 20 * DAY);
}

#[tokio::test]
async fn a_relink_cancels_an_announced_deactivation() {
    let client = Client::new();
    let account = relink(&client, "fca_HarborExpiring2750", "fcauth_HarborKai").await;
    assert_eq!(state(&account), "\"active\" {}");
    let authorization = client.get("/v1/financial_connections/authorizations/fcauth_HarborKai").await.body;
    assert_eq!(state(&authorization), "\"active\" {}");
}

#[tokio::test]
async fn a_disconnected_account_can_not_be_relinked() {
    let client = Client::new();
    change(&client, CHECKING, json!({ "status": "disconnected" })).await;
    assert_eq!(client.create(EXACT).await.refusal(), "400 - relink_options[account]");
}

#[tokio::test]
async fn older_versions_hide_newer_values() {
    let client = Client::new();
    let read = async |id: &str, version: &str| {
        let account = client.get_as(&format!("{ACCOUNTS}/{id}"), version).await.body;
        format!("{} {}", account["status_details"], account["account_numbers"][0]["status"])
    };
    let table = [
        ("fca_HarborExpiring2750", "2026-05-27.preview"),
        ("fca_HarborExpiring2750", "2026-06-24.preview"),
        ("fca_HarborExpiring2750", "2026-10-28.endive"),
        ("fca_SummitRequirement6034", "2026-05-27.preview"),
        ("fca_SummitRequirement6034", "2026-06-24.preview"),
        ("fca_SummitRequirement6034", "2026-10-28.endive"),
        ("fca_PinecrestNumberExpired8820", "2026-08-26.preview"),
        ("fca_PinecrestNumberExpired8820", "2026-09-30.preview"),
        ("fca_PinecrestNumberExpired8820", "2025-10-29.clover"),
    ];
    let mut lines = Vec::new();
    for (id, version) in table {
        lines.push(format!("{version} {}", read(id, version).await));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    2026-05-27.preview {} "transactable"
    2026-06-24.preview {"active":{"action":"relink_required","cause":"access_expired","expected_deactivation_date":1796036800}} "transactable"
    2026-10-28.endive {"active":{"action":"relink_required","cause":"access_expired","expected_deactivation_date":1796036800}} "transactable"
    2026-05-27.preview {"inactive":{"action":"none","cause":"unspecified"}} "transactable"
    2026-06-24.preview {"inactive":{"action":"none","cause":"institution_requirement"}} "transactable"
    2026-10-28.endive {} "transactable"
    2026-08-26.preview {} "deactivated"
    2026-09-30.preview {} "expired"
    2025-10-29.clover null null
    "#);
}
