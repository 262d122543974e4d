//! `/_sandbox/…`

use insta::assert_snapshot;
use serde_json::json;

use crate::client::{ACCOUNTS, Client, DATA, EXACT, SESSIONS};

#[tokio::test]
async fn the_state_has_everything_but_client_secrets() {
    let client = Client::new();
    let (_, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    let state = client.get("/_sandbox/state").await;
    assert!(!state.text.contains("client_secret") && !state.text.contains(&secret));
    assert_eq!(
        (&state.body["session_posts"], &state.body["accounts"][0]["status"]),
        (&json!(1), &json!("active"))
    );
    assert_snapshot!(format!("{:#}", state.body["sessions"][0]), @r#"
    {
      "account_holder": {
        "customer": "cus_SandboxJenny",
        "type": "customer"
      },
      "accounts": [
        "fca_AlderChecking6789"
      ],
      "filters": {
        "account_subcategories": [
          "checking",
          "savings"
        ]
      },
      "hosted_url": null,
      "id": "fcsess_Sandbox0001",
      "limits": {
        "accounts": 1
      },
      "permissions": [
        "payment_method",
        "balances"
      ],
      "relink_options": {
        "account": "fca_AlderChecking6789",
        "authorization": "fcauth_AlderJenny"
      },
      "relink_result": {
        "account": "fca_AlderChecking6789",
        "authorization": "fcauth_AlderJenny",
        "failure_reason": null
      },
      "status": "succeeded",
      "status_details": {},
      "windows_opened": 1
    }
    "#);
}

#[tokio::test]
async fn the_state_shows_the_result_while_reads_return_pending() {
    let client = Client::new();
    client.post("/_sandbox/settings", json!({ "pending_reads": 9 })).await;
    let (_, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    assert_eq!(client.get("/_sandbox/state").await.body["sessions"][0]["status"], "succeeded");
}

#[tokio::test]
async fn reset_goes_back_to_the_seed() {
    let client = Client::new();
    let seed = client.get("/_sandbox/state").await.body;
    client.post("/_sandbox/settings", json!({ "pending_reads": 3 })).await;
    client.post("/_sandbox/faults", json!({ "route": "GET /v1/x", "status": 500 })).await;
    let (_, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    client.post("/_sandbox/reset", json!({})).await;
    assert_eq!(client.get("/_sandbox/state").await.body, seed);
}

#[tokio::test]
async fn no_session_id_repeats_after_a_reset_or_in_another_run() {
    let client = Client::new();
    let (before, _) = client.session(EXACT).await;
    client.post("/_sandbox/reset", json!({})).await;
    let (after, _) = client.session(EXACT).await;
    assert_eq!((before.as_str(), after.as_str()), ("fcsess_Sandbox0001", "fcsess_Sandbox0002"));
    let (one, _) = Client::with_unique_ids().session(EXACT).await;
    let (other, _) = Client::with_unique_ids().session(EXACT).await;
    assert_ne!(one, other);
}

#[tokio::test]
async fn a_reset_can_be_asked_to_repeat_ids() {
    let client = Client::with_unique_ids();
    let (first, _) = client.session(EXACT).await;
    client.post("/_sandbox/reset", json!({ "repeat_ids": true })).await;
    assert_eq!(client.session(EXACT).await.0, first);
    assert_eq!(client.post("/_sandbox/reset", json!({ "ids": 1 })).await.status, 400);
}

/// Creates a webhook endpoint, an email and a refresh of transactions, and returns their ids.
async fn make_one_of_each(client: &Client) -> [String; 3] {
    let form = "url=https://example.com/hook&enabled_events[]=*";
    let endpoint = client.submit("/v1/webhook_endpoints", form).await.body;
    let form = format!("{EXACT}&ui_mode=hosted&hosted[delivery_method]=email&return_url=https://m.example/");
    client.create(&form).await;
    let emails = client.get("/_sandbox/mails").await.body;
    let (_, secret) = client.session(&format!("{DATA}&prefetch[]=transactions")).await;
    client.choose(&secret, "3001").await;
    let account = client.account("fca_FoundryChecking3001").await;
    [&endpoint["id"], &emails[0]["id"], &account["transaction_refresh"]["id"]]
        .map(|id| id.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn ids_of_endpoints_emails_and_refreshes_never_repeat() {
    let client = Client::new();
    let before = make_one_of_each(&client).await;
    client.post("/_sandbox/reset", json!({})).await;
    let after = make_one_of_each(&client).await;
    let first = make_one_of_each(&Client::with_unique_ids()).await;
    let second = make_one_of_each(&Client::with_unique_ids()).await;
    for (index, before) in before.iter().enumerate() {
        assert_ne!(*before, after[index], "after a reset");
        assert_ne!(first[index], second[index], "in another run");
    }
}

#[tokio::test]
async fn a_refresh_of_before_the_reset_is_unknown_afterwards() {
    let client = Client::new();
    let [.., before] = make_one_of_each(&client).await;
    client.post("/_sandbox/reset", json!({})).await;
    let [.., after] = make_one_of_each(&client).await;
    let list = "/v1/financial_connections/transactions?account=fca_FoundryChecking3001";
    let read =
        async |id: &str| client.get(&format!("{list}&transaction_refresh[after]={id}")).await.refusal();
    assert_eq!(read(&before).await, "400 resource_missing transaction_refresh[after]");
    assert_eq!(read(&after).await, "200 - -");
}

#[tokio::test]
async fn a_fault_applies_as_often_as_requested_and_stores_nothing() {
    let client = Client::new();
    let fault = json!({ "route": format!("POST {SESSIONS}"), "status": 503, "times": 1 });
    client.post("/_sandbox/faults", fault).await;
    let struck = client.create(EXACT).await;
    assert_eq!((struck.status.as_u16(), &struck.body["error"]["type"]), (503, &json!("api_error")));
    assert_eq!(client.create(EXACT).await.status, 200);
    let state = client.get("/_sandbox/state").await.body;
    assert_eq!((&state["session_posts"], state["sessions"].as_array().unwrap().len()), (&json!(2), 1));
}

#[tokio::test]
async fn a_fault_names_its_route_by_address_or_by_pattern() {
    let client = Client::new();
    for route in [format!("GET {ACCOUNTS}/fca_AlderChecking6789"), format!("GET {ACCOUNTS}/{{id}}")] {
        client.post("/_sandbox/faults", json!({ "route": route, "status": 429 })).await;
        let struck = client.get(&format!("{ACCOUNTS}/fca_AlderChecking6789")).await;
        assert_eq!(struck.refusal(), "429 rate_limit -", "{route}");
    }
}

#[tokio::test]
async fn a_fault_that_is_no_error_is_refused() {
    let answer = Client::new().post("/_sandbox/faults", json!({ "route": "GET /v1/x", "status": 200 })).await;
    assert_eq!(answer.refusal(), "400 - status");
}

#[tokio::test]
async fn what_the_browser_loads_is_counted_and_can_fail_too() {
    let client = Client::new();
    client.post("/_sandbox/faults", json!({ "route": "GET /stripe.js", "status": 503 })).await;
    assert_eq!(client.get("/stripe.js").await.status, 503);
    assert_eq!(client.get("/stripe.js").await.status, 200);
    assert_eq!(client.get("/_sandbox/state").await.body["calls"]["GET /stripe.js"], 2);
}

#[tokio::test]
async fn another_website_can_not_change_the_sandbox() {
    let client = Client::new();
    client.set(json!({ "pending_reads": 3 })).await;
    let from = |site: &str| {
        let request = Client::request("POST", "/_sandbox/reset", "").header("sec-fetch-site", site);
        request.body(axum::body::Body::empty()).unwrap()
    };
    let refused = client.send(from("cross-site")).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(client.get("/_sandbox/settings").await.body["pending_reads"], 3);
    for own in ["same-origin", "same-site", "none"] {
        assert_eq!(client.send(from(own)).await.status, 200, "{own}");
    }
    assert_eq!(client.get("/_sandbox/settings").await.body["pending_reads"], 0);
}
