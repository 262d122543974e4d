//! Idempotency keys: a repeated POST gets the first response again, for a day. Calls are executed under one lock, so
//! only a call that a fault delays can be in progress beside others; it holds its key until it ends. Calls refused by
//! validation are not stored, as at Stripe.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{call::Call, error::ApiError};
use crate::{
    state::{Sandbox, State},
    world::{event::Cause, number::DAY},
};

const LONGEST_KEY: usize = 255;
/// Time in seconds for which a key is remembered.
const MEMORY: i64 = DAY;

/// Response to a POST, stored for its repetitions.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: StatusCode,
    body: Value,
    /// Request id of the first call, if this is a repetition.
    original: Option<String>,
}

#[derive(Debug)]
struct Stored {
    /// Unix seconds.
    since: i64,
    request_id: String,
    path: String,
    params: Vec<(String, String)>,
    reply: Reply,
}

/// Stored responses by idempotency key.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    stored: BTreeMap<String, Stored>,
    /// Keys of calls in progress.
    held: BTreeSet<String>,
}

/// Holds a key until it is dropped, even if the client disconnects.
pub(crate) struct HeldKey {
    sandbox: Sandbox,
    key: String,
}

impl Drop for HeldKey {
    fn drop(&mut self) {
        self.sandbox.lock().replays.held.remove(&self.key);
    }
}

/// Holds the key of a delayed call, so that a repetition gets the error `idempotency_key_in_use`.
pub(crate) fn hold_key(sandbox: &Sandbox, headers: &HeaderMap) -> Option<HeldKey> {
    let key = headers.get("idempotency-key")?.to_str().ok()?.to_owned();
    let is_free = sandbox.lock().replays.held.insert(key.clone());
    is_free.then(|| HeldKey { sandbox: sandbox.clone(), key })
}

/// Executes a call, or returns the response to its first execution.
pub(crate) fn once(
    sandbox: &Sandbox,
    call: &Call,
    execute: impl FnOnce(&mut State) -> Result<Value, ApiError>,
) -> Result<Reply, ApiError> {
    let mut state = sandbox.lock();
    if let Some(reply) = state.replays.find(call)? {
        return Ok(reply);
    }
    let executed = execute(&mut state);
    let request = call.request_id.clone();
    state.settle(&Cause { request, idempotency_key: call.idempotency_key.clone() });
    let reply = match executed {
        // A call that was executed stores even an error, as at Stripe.
        Ok(_) if call.fails_after.is_some() => {
            let refusal = ApiError::fault(call.fails_after.unwrap_or_default());
            Reply { status: refusal.status(), body: refusal.body(), original: None }
        }
        Ok(body) => Reply { status: StatusCode::OK, body, original: None },
        // A decline is the call's result, not an error of its parameters, so it is stored.
        Err(refusal) if refusal.is_of_the_bank() => {
            Reply { status: refusal.status(), body: refusal.body(), original: None }
        }
        Err(refusal) => return Err(refusal),
    };
    let now = state.world.now;
    state.replays.store(call, &reply, now);
    Ok(reply)
}

impl Replays {
    /// Returns the stored response if the call repeats an earlier one.
    fn find(&self, call: &Call) -> Result<Option<Reply>, ApiError> {
        let Some(key) = &call.idempotency_key else { return Ok(None) };
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(ApiError::idempotency("An idempotency key has 1 to 255 characters."));
        }
        if self.held.contains(key) {
            return Err(ApiError::key_in_use());
        }
        let Some(stored) = self.stored.get(key) else { return Ok(None) };
        if stored.path != call.path || stored.params != call.params.fingerprint() {
            let message = "This idempotency key was first used with other parameters or another endpoint.";
            return Err(ApiError::idempotency(message));
        }
        Ok(Some(Reply { original: Some(stored.request_id.clone()), ..stored.reply.clone() }))
    }

    fn store(&mut self, call: &Call, reply: &Reply, since: i64) {
        if let Some(key) = &call.idempotency_key {
            let (path, params) = (call.path.clone(), call.params.fingerprint());
            let (request_id, reply) = (call.request_id.clone().unwrap_or_default(), reply.clone());
            self.stored.insert(key.clone(), Stored { since, request_id, path, params, reply });
        }
    }

    /// Forgets keys that are older than a day, the time for which Stripe guarantees to keep them.
    pub(crate) fn forget_old(&mut self, now: i64) {
        self.stored.retain(|_, stored| stored.since + MEMORY > now);
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let Some(original) = self.original else { return (self.status, Json(self.body)).into_response() };
        let headers = [("idempotent-replayed", "true"), ("original-request", original.as_str())];
        (self.status, headers, Json(self.body)).into_response()
    }
}
