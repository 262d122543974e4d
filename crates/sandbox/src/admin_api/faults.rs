//! `/_sandbox/faults`: fault injection.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    http::error::ApiError,
    state::{Sandbox, State as Inner, fault::Fault},
};

/// `GET /_sandbox/faults`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(all(&mut sandbox.lock()).into())
}

pub(crate) fn all(state: &mut Inner) -> Vec<Value> {
    let now = state.world.now;
    state.faults.active(now).iter().map(Fault::json).collect()
}

/// `POST /_sandbox/faults`
pub(crate) async fn add(
    State(sandbox): State<Sandbox>,
    Json(fault): Json<Fault>,
) -> Result<Json<Value>, ApiError> {
    let mut state = sandbox.lock();
    let fault = fault
        .validate(state.world.now)
        .map_err(|invalid| ApiError::invalid(invalid.field, invalid.message))?;
    let shown = fault.json();
    state.faults.add(fault);
    Ok(Json(shown))
}

/// `DELETE /_sandbox/faults`: removes all faults.
pub(crate) async fn clear(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.lock().faults.clear();
    Json(json!([]))
}
