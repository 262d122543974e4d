//! `/_sandbox/scenario`: the sandbox's whole state as one JSON file, without client secrets and without webhook
//! endpoints, which belong to the environment of the sandbox.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    http::error::ApiError,
    state::{Sandbox, State as Inner, fault::Fault},
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
}

/// `GET /_sandbox/scenario`
pub(crate) async fn save(State(sandbox): State<Sandbox>) -> Json<Value> {
    let mut state = sandbox.lock();
    let now = state.world.now;
    let faults = state.faults.active(now).to_vec();
    let (world, webhooks) = (state.world.clone(), state.webhooks.faults.clone());
    Json(json!(Scenario { format: FORMAT.to_owned(), world, webhooks, faults }))
}

/// `POST /_sandbox/scenario`
pub(crate) async fn load(
    State(sandbox): State<Sandbox>,
    Json(given): Json<Value>,
) -> Result<Json<Value>, ApiError> {
    let mut state = sandbox.lock();
    replace(&mut state, given).map_err(|why| ApiError::invalid("scenario", why))?;
    Ok(Json(json!({ "now": state.world.now })))
}

/// Replaces the state with a scenario. On an error, which it describes, nothing changes.
pub(crate) fn replace(state: &mut Inner, given: Value) -> Result<(), String> {
    if given.get("format").is_none_or(|format| format != FORMAT) {
        return Err(format!("Unsupported scenario format: expected {FORMAT}."));
    }
    let scenario: Scenario = serde_json::from_value(given).map_err(|error| error.to_string())?;
    state.replace_world(scenario.world);
    state.webhooks.faults = scenario.webhooks;
    state.faults.clear();
    for fault in scenario.faults {
        state.faults.add(fault);
    }
    tracing::info!("loaded a scenario");
    Ok(())
}
