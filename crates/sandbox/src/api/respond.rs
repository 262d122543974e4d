//! Common code of all endpoints: refuses unknown parameters first; last, it expands the ids in `expand[]` and rewrites
//! objects into the shape of the call's version.

use axum::Json;
use serde_json::Value;

use super::{expand, objects::set_livemode};
use crate::{
    http::{api_call::ApiCall, error::ApiError, idempotency::execute_once},
    state::{Sandbox, State, replays::StoredResponse},
    version::shape,
};

const EXPAND: &str = "expand[]";

/// Responds to a GET. `known` are the parameters besides `expand[]`.
pub(crate) fn get(
    sandbox: &Sandbox,
    call: &ApiCall,
    known: &[&str],
    read: impl FnOnce(&mut State) -> Result<Value, ApiError>,
) -> Result<Json<Value>, ApiError> {
    call.params.refuse_unknown(&[known, &[EXPAND]].concat())?;
    let mut state = sandbox.lock();
    let body = read(&mut state)?;
    let mut body = expand::all(&state.world, &call.params, body)?;
    set_livemode(&mut body, sandbox.is_live());
    shape::rewrite(&mut body, &call.version);
    Ok(Json(body))
}

/// Responds to a POST, executed once per idempotency key.
pub(crate) fn post(
    sandbox: &Sandbox,
    call: &ApiCall,
    known: &[&str],
    execute: impl FnOnce(&mut State) -> Result<Value, ApiError>,
) -> Result<StoredResponse, ApiError> {
    call.params.refuse_unknown(&[known, &[EXPAND]].concat())?;
    expand::check(&call.params)?;
    execute_once(sandbox, call, |state| {
        let body = execute(state).map_err(|error| error.in_version(&call.version))?;
        let mut body = expand::all(&state.world, &call.params, body)?;
        set_livemode(&mut body, sandbox.is_live());
        shape::rewrite(&mut body, &call.version);
        Ok(body)
    })
}
