//! `/_sandbox/settings`: switches for behaviour.

use axum::{Json, extract::State};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::{http::error::ApiError, state::Sandbox, version::Version, world::Settings};

/// `GET /_sandbox/settings`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!(sandbox.lock().world.settings))
}

/// `POST /_sandbox/settings`: changes the given switches; null resets one to its default.
pub(crate) async fn set(
    State(sandbox): State<Sandbox>,
    Json(given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let mut state = sandbox.lock();
    let mut settings: Settings = state.world.settings.clone();
    for (name, value) in given {
        settings = with_change(&settings, &name, value)?;
    }
    check_version("event_version", settings.event_version.as_deref())?;
    state.world.settings = settings;
    Ok(Json(json!(state.world.settings)))
}

/// Refuses a version that does not exist.
pub(super) fn check_version(name: &str, version: Option<&str>) -> Result<(), ApiError> {
    match version {
        Some(version) if Version::parse(version).is_none() => {
            Err(ApiError::invalid(name, format!("Invalid Stripe API version: {version}")))
        }
        _ => Ok(()),
    }
}

/// Returns the switches with one of them changed.
pub(super) fn with_change<T: Serialize + DeserializeOwned>(
    settings: &T,
    name: &str,
    value: Value,
) -> Result<T, ApiError> {
    let mut all = json!(settings);
    if let Some(fields) = all.as_object_mut() {
        if !fields.contains_key(name) {
            return Err(ApiError::unknown(name));
        }
        // A missing field gets its default.
        fields.remove(name);
        if !value.is_null() {
            fields.insert(name.to_owned(), value);
        }
    }
    serde_json::from_value(all).map_err(|error| ApiError::invalid(name, format!("Invalid {name}: {error}.")))
}
