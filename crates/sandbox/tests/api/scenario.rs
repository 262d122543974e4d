//! `/_sandbox/scenario`: saving and loading the whole state.

use serde_json::{Value, json};

use crate::client::{Client, DATA, DAY, NOW};

/// Creates a sandbox with objects, subscriptions, switches and faults, three days after the seed.
async fn busy() -> Client {
    let client = Client::new();
    let (_, secret) = client.session(&format!("{DATA}&prefetch[]=transactions&prefetch[]=ownership")).await;
    client.choose_all(&secret, &["3001", "3005"]).await;
    let method = client.payment_method().await;
    let form = format!(
        "customer=cus_SandboxJenny&payment_method={method}&confirm=true\
        &mandate_data[customer_acceptance][type]=offline"
    );
    client.submit("/v1/setup_intents", &form).await;
    let subscribe = "/v1/financial_connections/accounts/fca_FoundryChecking3001/subscribe";
    client.submit(subscribe, "features[]=transactions").await;
    client.set(json!({ "pending_reads": 2, "completed_status": "completed" })).await;
    client.post("/_sandbox/webhooks", json!({ "duplicates": 1 })).await;
    client.post("/_sandbox/faults", json!({ "route": "GET /v1/x", "status": 500, "times": 3 })).await;
    client.advance("3d").await;
    client
}

fn without_counters(mut state: Value) -> Value {
    for name in ["calls", "session_posts", "deliveries"] {
        state.as_object_mut().unwrap().remove(name);
    }
    state
}

#[tokio::test]
async fn a_saved_scenario_restores_time_switches_and_events_elsewhere() {
    let (first, second) = (busy().await, Client::new());
    let saved = first.get("/_sandbox/scenario").await;
    assert!(!saved.text.contains("fcsess_client_secret"), "no secret is saved");
    let loaded = second.post("/_sandbox/scenario", saved.body.clone()).await;
    assert_eq!(
        (loaded.status.as_u16(), &loaded.body["now"]),
        (200, &json!(NOW + 3 * DAY)),
        "{}",
        loaded.text
    );
    let state = async |client: &Client| without_counters(client.get("/_sandbox/state").await.body);
    assert_eq!(state(&first).await, state(&second).await);
    assert_eq!(first.events().await, second.events().await);
    assert_eq!(second.get("/_sandbox/scenario").await.body, saved.body);
    first.advance("2d").await;
    second.advance("2d").await;
    assert_eq!(state(&first).await, state(&second).await, "and both go on alike");
}

#[tokio::test]
async fn a_loaded_session_has_a_new_client_secret() {
    let client = Client::new();
    let (_, secret) = client.session(DATA).await;
    let saved = client.get("/_sandbox/scenario").await.body;
    client.post("/_sandbox/scenario", saved).await;
    for guess in [secret.as_str(), ""] {
        assert_eq!(
            client.step("open", guess, json!({})).await.refusal(),
            "400 resource_missing client_secret"
        );
    }
}

#[tokio::test]
async fn a_program_can_be_started_with_a_file() {
    let (first, second) = (busy().await, Client::new());
    let file = first.get("/_sandbox/scenario").await;
    assert_eq!(second.sandbox.load(&file.text), Ok(()));
    assert_eq!(first.events().await, second.events().await);
    assert!(second.sandbox.load("{").is_err());
}

#[tokio::test]
async fn an_invalid_scenario_is_refused_and_changes_nothing() {
    let client = Client::new();
    let before = client.get("/_sandbox/state").await.body;
    for given in [json!({}), json!({ "format": "relink-sandbox/1", "world": { "accounts": [1] } })] {
        assert_eq!(client.post("/_sandbox/scenario", given).await.refusal(), "400 - scenario");
    }
    assert_eq!(client.get("/_sandbox/state").await.body, before);
}

#[tokio::test]
async fn the_same_calls_always_make_the_same_scenario() {
    let (first, second) = (busy().await, busy().await);
    let scenario = async |client: &Client| client.get("/_sandbox/scenario").await.body;
    assert_eq!(scenario(&first).await, scenario(&second).await);
}
