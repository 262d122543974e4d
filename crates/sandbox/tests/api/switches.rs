//! `/_sandbox/settings`: effect of each switch on relinks and sessions.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{ACCOUNTS, Client, DATA, EXACT, ids};

const ANY_AT_ALDER: &str = "account_holder[type]=customer&account_holder[customer]=cus_SandboxJenny\
    &permissions[]=payment_method&relink_options[authorization]=fcauth_AlderJenny&limits[accounts]=1";

fn shown(session: &Value) -> String {
    format!("{} {} {}", session["status"], session["relink_result"], ids(&session["accounts"]))
}

#[tokio::test]
async fn an_authorization_can_be_replaced_and_the_old_accounts_stay_broken() {
    let client = Client::new();
    client.set(json!({ "new_authorization": true })).await;
    let (id, secret) = client.session(DATA).await;
    client.choose_all(&secret, &["3001", "3002", "3005"]).await;
    assert_snapshot!(shown(&client.read_session(&id).await), @r#""succeeded" {"account":null,"authorization":"fcauth_Sandbox0001","failure_reason":null} fca_Sandbox0003 fca_Sandbox0002 fca_Sandbox0001"#);
    for old in ["fca_FoundryChecking3001", "fca_FoundrySavings3002", "fca_FoundryMortgage3004"] {
        assert_eq!(client.account(old).await["status"], "inactive", "{old}");
    }
    let new = client.account("fca_Sandbox0001").await;
    assert_eq!((&new["authorization"], &new["last4"]), (&json!("fcauth_Sandbox0001"), &json!("3001")));
}

#[tokio::test]
async fn an_exact_account_never_changes_its_ids() {
    let client = Client::new();
    client.set(json!({ "new_authorization": true, "changed_ids": true })).await;
    let (id, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    assert_snapshot!(shown(&client.read_session(&id).await), @r#""succeeded" {"account":"fca_AlderChecking6789","authorization":"fcauth_AlderJenny","failure_reason":null} fca_AlderChecking6789"#);
}

#[tokio::test]
async fn ids_can_change_under_the_same_authorization() {
    let client = Client::new();
    client.set(json!({ "changed_ids": true })).await;
    let (id, secret) = client.session(ANY_AT_ALDER).await;
    client.choose(&secret, "6789").await;
    assert_snapshot!(shown(&client.read_session(&id).await), @r#""succeeded" {"account":null,"authorization":"fcauth_AlderJenny","failure_reason":null} fca_Sandbox0001"#);
    assert_eq!(client.account("fca_AlderChecking6789").await["status"], "inactive");
    let new = client.account("fca_Sandbox0001").await;
    assert_eq!((&new["authorization"], &new["last4"]), (&json!("fcauth_AlderJenny"), &json!("6789")));
}

#[tokio::test]
async fn a_session_can_show_a_page_of_its_accounts_and_the_list_goes_on() {
    let client = Client::new();
    client.set(json!({ "session_page_size": 1 })).await;
    let (id, secret) = client.session(DATA).await;
    let result = client.choose_all(&secret, &["3001", "3003", "3006"]).await.body;
    assert_eq!(result["accounts"].as_array().unwrap().len(), 3, "the page gets all of them");
    let accounts = client.read_session(&id).await["accounts"].clone();
    assert_eq!((&accounts["has_more"], ids(&accounts).as_str()), (&json!(true), "fca_Sandbox0001"));
    let rest = client.get(&format!("{ACCOUNTS}?session={id}&starting_after=fca_Sandbox0001")).await.body;
    assert_eq!(ids(&rest), "fca_FoundryChecking3001 fca_FoundryCreditCard3003");
    assert_eq!(rest["has_more"], false);
    client.set(json!({ "session_page_size": 3 })).await;
    assert_eq!(client.read_session(&id).await["accounts"]["has_more"], false);
}

#[tokio::test]
async fn relink_result_can_be_null_while_there_is_none() {
    let client = Client::new();
    client.set(json!({ "relink_result": "null" })).await;
    let (id, secret) = client.session(EXACT).await;
    let session = client.read_session(&id).await;
    assert_eq!(session.get("relink_result"), Some(&Value::Null));
    client.step("close", &secret, json!({})).await;
    assert_eq!(client.read_session(&id).await.get("relink_result"), Some(&Value::Null), "cancelled");
}

#[tokio::test]
async fn a_failed_result_can_name_the_authorization() {
    let client = Client::new();
    client.set(json!({ "both_set": true })).await;
    let (id, secret) = client.session(EXACT).await;
    client.choose(&secret, "1204").await;
    assert_snapshot!(shown(&client.read_session(&id).await), @r#""failed" {"account":null,"authorization":"fcauth_AlderJenny","failure_reason":"no_account"}"#);
    let (id, secret) = client.session(EXACT).await;
    client.step("fail", &secret, json!({ "reason": "other" })).await;
    assert_eq!(client.read_session(&id).await["relink_result"]["authorization"], Value::Null);
}

#[tokio::test]
async fn the_success_status_is_configurable() {
    let client = Client::new();
    client.set(json!({ "completed_status": "completed" })).await;
    let (id, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    assert_eq!(client.read_session(&id).await["status"], "completed");
}

#[tokio::test]
async fn switches_change_one_by_one_and_null_resets_one() {
    let client = Client::new();
    let first = client.get("/_sandbox/settings").await;
    assert_snapshot!(format!("{:#}", first.body), @r#"
    {
      "accounts_need_holder": false,
      "both_set": false,
      "cancellation": "plain",
      "changed_ids": false,
      "client_account_object": "financial_connections.account",
      "client_relink_result": "present",
      "completed_status": "succeeded",
      "decline_setup_intents": false,
      "endpoint_rate_limit": null,
      "event_version": null,
      "mail_refusal": null,
      "modal_bank_window": false,
      "new_authorization": false,
      "newer_versions": false,
      "no_hosted_relink": false,
      "payment_return": null,
      "payment_seconds": null,
      "pending_reads": 0,
      "rate_limit": null,
      "refresh_fails": false,
      "refresh_reads": 0,
      "refresh_seconds": 0,
      "relink_result": "absent",
      "secret_seconds": null,
      "secret_single_use": false,
      "session_page_size": null,
      "setup_intent_requires_action": false
    }
    "#);
    client.set(json!({ "pending_reads": 3 })).await;
    client.set(json!({ "changed_ids": true })).await;
    let both = client.get("/_sandbox/settings").await.body;
    assert_eq!((&both["pending_reads"], &both["changed_ids"]), (&json!(3), &json!(true)));
    client.set(json!({ "pending_reads": null, "changed_ids": null })).await;
    assert_eq!(client.get("/_sandbox/settings").await.body, first.body);
}

#[tokio::test]
async fn an_invalid_switch_is_refused_by_name_and_changes_nothing() {
    let client = Client::new();
    let table = [
        (json!({ "pending_reads": 3, "speed": 1 }), "400 parameter_unknown speed"),
        (json!({ "changed_ids": true, "pending_reads": -1 }), "400 - pending_reads"),
        (json!({ "new_authorization": "yes" }), "400 - new_authorization"),
        (json!({ "session_page_size": 0 }), "400 - session_page_size"),
        (json!({ "relink_result": "gone" }), "400 - relink_result"),
        (json!({ "completed_status": "done" }), "400 - completed_status"),
    ];
    let before = client.get("/_sandbox/settings").await.body;
    for (switches, refusal) in table {
        let answer = client.post("/_sandbox/settings", switches).await;
        assert_eq!(answer.refusal(), refusal, "{}", answer.text);
    }
    assert_eq!(client.get("/_sandbox/settings").await.body, before);
}
