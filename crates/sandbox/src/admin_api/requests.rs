//! `/_sandbox/requests`: the recorder of API calls.

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use super::json_fields::JsonFields;
use crate::{http::error::ApiError, state::Sandbox};

const MAX_RECORDED: u64 = 10_000;

/// `GET /_sandbox/requests`, oldest first.
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    let state = sandbox.lock();
    Json(json!({ "keep": state.recorder.capacity(), "requests": state.recorder.calls() }))
}

/// `POST /_sandbox/requests` `{"keep":200}`: records calls and keeps the last 200.
pub(crate) async fn keep(
    State(sandbox): State<Sandbox>,
    Json(given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let fields = JsonFields::of(given, &["keep"])?;
    let count = fields.value("keep").and_then(Value::as_u64).filter(|count| *count <= MAX_RECORDED);
    let count = count.and_then(|count| usize::try_from(count).ok());
    let refusal = || ApiError::invalid("keep", format!("keep must be from 0 to {MAX_RECORDED}."));
    let mut state = sandbox.lock();
    state.recorder.set_capacity(count.ok_or_else(refusal)?);
    Ok(Json(json!({ "keep": state.recorder.capacity() })))
}

/// `DELETE /_sandbox/requests`: deletes the recorded calls; recording continues.
pub(crate) async fn clear(State(sandbox): State<Sandbox>) -> Json<Value> {
    let mut state = sandbox.lock();
    state.recorder.clear();
    Json(json!({ "keep": state.recorder.capacity() }))
}
