//! `/_sandbox/scenario`: the sandbox's whole state as one JSON file, without client secrets and without webhook
//! endpoints, which belong to the environment of the sandbox.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    http::error::ApiError,
    state::{Sandbox, fault::Fault},
    webhooks::fault_settings::WebhookFaults,
    world::World,
};

/// Format of the file; other formats are refused.
const FORMAT: &str = "relink-sandbox/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    format: String,
    world: World,
    #[serde(default)]
    webhooks: WebhookFaults,
    #[serde(default)]
    faults: Vec<Fault>,
    /// Worlds of connected accounts by id.
    #[serde(default)]
    connected: BTreeMap<String, World>,
}

/// `GET /_sandbox/scenario`
pub(crate) async fn save(State(sandbox): State<Sandbox>) -> Json<Value> {
    let connected = sandbox.all_connected().into_iter();
    let connected = connected.map(|(id, account)| (id, account.lock().world.clone())).collect();
    let mut state = sandbox.lock();
    let now = state.world.now;
    let faults = state.faults.active(now).to_vec();
    let (world, webhooks) = (state.world.clone(), state.webhooks.faults.clone());
    Json(json!(Scenario { format: FORMAT.to_owned(), world, webhooks, faults, connected }))
}

/// `POST /_sandbox/scenario`
pub(crate) async fn load(
    State(sandbox): State<Sandbox>,
    Json(given): Json<Value>,
) -> Result<Json<Value>, ApiError> {
    replace(&sandbox, given).map_err(|why| ApiError::invalid("scenario", why))?;
    Ok(Json(json!({ "now": sandbox.lock().world.now })))
}

/// Replaces the state with a scenario. On an error, which it describes, nothing changes.
pub(crate) fn replace(sandbox: &Sandbox, given: Value) -> Result<(), String> {
    if given.get("format").is_none_or(|format| format != FORMAT) {
        return Err(format!("Unsupported scenario format: expected {FORMAT}."));
    }
    let scenario: Scenario = serde_json::from_value(given).map_err(|error| error.to_string())?;
    let mut state = sandbox.lock();
    state.replace_world(scenario.world);
    state.webhooks.faults = scenario.webhooks;
    state.faults.clear();
    for fault in scenario.faults {
        state.faults.add(fault);
    }
    drop(state);
    sandbox.replace_connected(scenario.connected);
    tracing::info!("loaded a scenario");
    Ok(())
}
