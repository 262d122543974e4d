//! `POST /_sandbox/sessions/{id}/complete`: every end of a bank window, without a browser.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{Answer, Client, DATA, EXACT, JENNY, SESSIONS, ids};

/// Form that creates a session to relink any accounts of Jenny's broken bank login.
const ANY: &str = "account_holder[type]=customer&account_holder[customer]=cus_SandboxJenny&permissions[]=balances\
    &relink_options[authorization]=fcauth_AlderJenny";

async fn complete(client: &Client, id: &str, fields: Value) -> Answer {
    client.post(&format!("/_sandbox/sessions/{id}/complete"), fields).await
}

/// Completes a new session and returns its status, result and accounts as the API shows them.
async fn outcome(client: &Client, form: &str, fields: Value) -> String {
    let (id, _) = client.session(form).await;
    let answer = complete(client, &id, fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let read = client.read_session(&id).await;
    format!("{} {} [{}]", read["status"], read["relink_result"], ids(&read["accounts"]))
}

#[tokio::test]
async fn a_session_ends_in_every_way_without_a_browser() {
    let client = Client::new();
    let mut lines = Vec::new();
    for ending in ["no_account", "no_authorization", "other", "cancelled", "succeeded"] {
        lines.push(outcome(&client, EXACT, json!({ "outcome": ending })).await);
    }
    for ending in ["no_account", "no_authorization", "other", "cancelled", "new_account", "succeeded"] {
        lines.push(outcome(&client, ANY, json!({ "outcome": ending })).await);
    }
    let first = format!("{JENNY}&permissions[]=balances&limits[accounts]=1");
    lines.push(outcome(&client, &first, json!({ "institution": "fcinst_TestOAuth" })).await);
    assert_snapshot!(lines.join("\n"), @r#"
    "failed" {"account":null,"authorization":null,"failure_reason":"no_account"} []
    "failed" {"account":null,"authorization":null,"failure_reason":"no_authorization"} []
    "failed" {"account":null,"authorization":null,"failure_reason":"other"} []
    "cancelled" null []
    "succeeded" {"account":"fca_AlderChecking6789","authorization":"fcauth_AlderJenny","failure_reason":null} [fca_AlderChecking6789]
    "failed" {"account":null,"authorization":null,"failure_reason":"no_account"} []
    "failed" {"account":null,"authorization":null,"failure_reason":"no_authorization"} []
    "failed" {"account":null,"authorization":null,"failure_reason":"other"} []
    "cancelled" null []
    "succeeded" {"account":null,"authorization":"fcauth_AlderJenny","failure_reason":null} [fca_Sandbox0001]
    "succeeded" {"account":null,"authorization":"fcauth_AlderJenny","failure_reason":null} [fca_Sandbox0001 fca_AlderChecking6789 fca_AlderSavings1204]
    "succeeded" null [fca_Sandbox0002]
    "#);
}

#[tokio::test]
async fn events_and_results_are_those_of_the_bank_window() {
    let (by_hand, completed) = (Client::new(), Client::new());
    let (id, secret) = by_hand.session(EXACT).await;
    let shown = by_hand.choose(&secret, "6789").await.body;
    completed.session(EXACT).await;
    assert_eq!(complete(&completed, &id, json!({})).await.body, shown);
    let events = "/v1/events?limit=100";
    assert_eq!(completed.get(events).await.body, by_hand.get(events).await.body);
    let state = "/_sandbox/state";
    let of = |state: Value| (state["sessions"].clone(), state["accounts"].clone());
    assert_eq!(of(completed.get(state).await.body), of(by_hand.get(state).await.body));
}

#[tokio::test]
async fn accounts_are_named_by_last_digits_or_id_and_default_to_the_broken_ones() {
    let client = Client::new();
    let noors = outcome(&client, DATA, json!({ "accounts": ["3002", "fca_FoundryChecking3001"] })).await;
    assert!(noors.contains("fca_FoundrySavings3002") && noors.contains("fca_FoundryChecking3001"), "{noors}");
    let rest = outcome(&client, &format!("{DATA}&limits[accounts]=2"), json!({})).await;
    assert!(rest.contains("3003") && rest.contains("3004"), "the two that are still broken: {rest}");
    let new = outcome(&client, DATA, json!({ "outcome": "new_account", "accounts": ["3005"] })).await;
    assert!(new.ends_with("[fca_Sandbox0001]"), "{new}");
}

#[tokio::test]
async fn the_window_s_limits_hold_and_a_refusal_changes_nothing() {
    let client = Client::new();
    let (exact, _) = client.session(EXACT).await;
    let (first, _) = client.session(&format!("{JENNY}&permissions[]=balances")).await;
    let before = client.get("/_sandbox/state").await.body["sessions"].clone();
    for (id, fields, refusal) in [
        (&exact, json!({ "outcome": "new_account" }), "400 - accounts"),
        (&exact, json!({ "accounts": ["1204"] }), "400 - accounts"),
        (&exact, json!({ "accounts": ["6789", "1204"] }), "400 - accounts"),
        (&exact, json!({ "outcome": "lost" }), "400 - outcome"),
        (&exact, json!({ "result": "lost" }), "400 - -"),
        (&first, json!({}), "400 - institution"),
        (
            &first,
            json!({ "institution": "fcinst_DownError" }),
            "400 financial_connections_institution_unavailable institution",
        ),
        (&"fcsess_x".to_owned(), json!({}), "404 resource_missing id"),
    ] {
        assert_eq!(complete(&client, id, fields.clone()).await.refusal(), refusal, "{fields}");
    }
    assert_eq!(client.get("/_sandbox/state").await.body["sessions"], before);
    complete(&client, &exact, json!({})).await;
    assert_eq!(complete(&client, &exact, json!({})).await.refusal(), "400 - id", "it is over");
}

#[tokio::test]
async fn a_hosted_session_is_completed_while_its_link_works() {
    let client = Client::new();
    let form = format!("{EXACT}&ui_mode=hosted&return_url=https://m.example&hosted[delivery_method]=url");
    let made = [client.create(&form).await.body, client.create(&form).await.body];
    let id = |at: usize| made[at]["id"].as_str().unwrap();
    assert_eq!(complete(&client, id(0), json!({})).await.body["status"], "succeeded");
    client.advance("30d").await;
    assert_eq!(complete(&client, id(1), json!({})).await.refusal(), "400 - id");
    assert_eq!(client.get(&format!("{SESSIONS}/{}", id(1))).await.body["status"], "pending");
}

#[tokio::test]
async fn a_token_is_made_if_the_page_asks_for_one() {
    let client = Client::new();
    let (id, _) = client.session(&format!("{JENNY}&permissions[]=payment_method")).await;
    let fields = json!({ "institution": "fcinst_AlderBank", "accounts": ["2231"], "token": true });
    let answer = complete(&client, &id, fields).await.body;
    assert_eq!(answer["bank_account_token"]["object"], "token");
}
