//! Idempotency keys: a repeated POST gets the first response again, for a day. Calls are executed under one lock, so
//! only a call that a fault delays can be in progress beside others; it holds its key until it ends. Calls refused by
//! validation are not stored, as at Stripe.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{api_call::ApiCall, error::ApiError};
use crate::{
    state::{
        Sandbox, State,
        replays::{FirstCall, KeyConflict, Replays, StoredResponse},
    },
    world::event::Cause,
};

const MAX_KEY_BYTES: usize = 255;

/// Holds a key until it is dropped, even if the client disconnects.
pub(crate) struct HeldKey {
    sandbox: Sandbox,
    key: String,
}

impl Drop for HeldKey {
    fn drop(&mut self) {
        self.sandbox.lock().replays.end(&self.key);
    }
}

/// Holds the key of a delayed call, so that a repetition gets the error `idempotency_key_in_use`.
pub(crate) fn hold_key(sandbox: &Sandbox, headers: &HeaderMap) -> Option<HeldKey> {
    let key = headers.get("idempotency-key")?.to_str().ok()?.to_owned();
    let is_free = sandbox.lock().replays.begin(&key);
    is_free.then(|| HeldKey { sandbox: sandbox.clone(), key })
}

/// Executes a call, or returns the response to its first execution.
pub(crate) fn execute_once(
    sandbox: &Sandbox,
    call: &ApiCall,
    execute: impl FnOnce(&mut State) -> Result<Value, ApiError>,
) -> Result<StoredResponse, ApiError> {
    let mut state = sandbox.lock();
    if let Some(response) = replay(&state.replays, call)? {
        return Ok(response);
    }
    let executed = execute(&mut state);
    let request = call.request_id.clone();
    state.flush_events(&Cause { request, idempotency_key: call.idempotency_key.clone() });
    let (status, body) = match executed {
        // A call that was executed stores even an error, as at Stripe.
        Ok(_) if call.error_after_execution.is_some() => {
            let error = ApiError::fault(call.error_after_execution.unwrap_or_default());
            (error.status(), error.body())
        }
        Ok(body) => (StatusCode::OK, body),
        // A decline is the call's result, not an error of its parameters, so it is stored.
        Err(error) if error.is_decline() => (error.status(), error.body()),
        Err(error) => return Err(error),
    };
    let response = StoredResponse { status, body, original_request_id: None, is_replay: true };
    store(&mut state, call, response.clone());
    let first = call.request_id.clone().filter(|_| call.idempotency_key.is_some());
    Ok(StoredResponse { original_request_id: first, is_replay: false, ..response })
}

fn replay(replays: &Replays, call: &ApiCall) -> Result<Option<StoredResponse>, ApiError> {
    let Some(key) = &call.idempotency_key else { return Ok(None) };
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        return Err(ApiError::idempotency("An idempotency key has 1 to 255 characters."));
    }
    replays.find(key, &call.path, &call.params.fingerprint()).map_err(|conflict| match conflict {
        KeyConflict::InProgress => ApiError::key_in_use(key),
        KeyConflict::OtherParameters => ApiError::idempotency(format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try \
             using a key other than '{key}' if you meant to execute a different request."
        )),
        KeyConflict::OtherEndpoint { first } => ApiError::idempotency(format!(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for ('{}' vs \
             '{first}'). Try using a key other than '{key}' if you meant to execute a different request.",
            call.path
        )),
    })
}

fn store(state: &mut State, call: &ApiCall, response: StoredResponse) {
    let Some(key) = call.idempotency_key.clone() else { return };
    let first = FirstCall {
        since: state.world.now,
        request_id: call.request_id.clone().unwrap_or_default(),
        path: call.path.clone(),
        params: call.params.fingerprint(),
        response,
    };
    state.replays.store(key, first);
}

impl IntoResponse for StoredResponse {
    fn into_response(self) -> Response {
        let Some(original) = self.original_request_id else {
            return (self.status, Json(self.body)).into_response();
        };
        let mut response =
            (self.status, [("original-request", original.as_str())], Json(self.body)).into_response();
        if self.is_replay {
            response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}
