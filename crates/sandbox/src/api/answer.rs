//! Common code of all endpoints: refuses unknown parameters first and expands the ids in `expand[]` last.

use axum::Json;
use serde_json::Value;

use super::expand;
use crate::{
    http::{
        call::Call,
        error::ApiError,
        idempotency::{Reply, once},
    },
    state::{Sandbox, State},
};

const EXPAND: &str = "expand[]";

/// Responds to a GET. `known` are the parameters besides `expand[]`.
pub(crate) fn get(
    sandbox: &Sandbox,
    call: &Call,
    known: &[&str],
    read: impl FnOnce(&mut State) -> Result<Value, ApiError>,
) -> Result<Json<Value>, ApiError> {
    call.params.refuse_unknown(&[known, &[EXPAND]].concat())?;
    let mut state = sandbox.lock();
    let body = read(&mut state)?;
    let mut body = expand::all(&state.world, &call.params, body)?;
    mark(&mut body, sandbox.is_live());
    Ok(Json(body))
}

/// Responds to a POST, executed once per idempotency key.
pub(crate) fn post(
    sandbox: &Sandbox,
    call: &Call,
    known: &[&str],
    execute: impl FnOnce(&mut State) -> Result<Value, ApiError>,
) -> Result<Reply, ApiError> {
    call.params.refuse_unknown(&[known, &[EXPAND]].concat())?;
    expand::check(&call.params)?;
    once(sandbox, call, |state| {
        let body = execute(state)?;
        let mut body = expand::all(&state.world, &call.params, body)?;
        mark(&mut body, sandbox.is_live());
        Ok(body)
    })
}

/// Sets `livemode` in all objects if this is live mode; they are rendered as test objects.
pub(crate) fn mark(value: &mut Value, is_live: bool) {
    if !is_live {
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, true)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "livemode" {
                    *value = true.into();
                } else {
                    mark(value, true);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
