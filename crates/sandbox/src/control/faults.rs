//! `/_sandbox/faults`: fault injection.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    http::{error::ApiError, faults::Fault},
    state::{Sandbox, State as Inner},
};

/// `GET /_sandbox/faults`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(all(&mut sandbox.lock()).into())
}

pub(crate) fn all(state: &mut Inner) -> Vec<Value> {
    let now = state.world.now;
    state.faults.waiting(now).iter().map(Fault::json).collect()
}

/// `POST /_sandbox/faults`
pub(crate) async fn add(
    State(sandbox): State<Sandbox>,
    Json(fault): Json<Fault>,
) -> Result<Json<Value>, ApiError> {
    let mut state = sandbox.lock();
    let fault = fault.begin(state.world.now)?;
    let shown = fault.json();
    state.faults.add(fault);
    Ok(Json(shown))
}

/// `DELETE /_sandbox/faults`: removes all faults.
pub(crate) async fn clear(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.lock().faults.clear();
    Json(json!([]))
}
