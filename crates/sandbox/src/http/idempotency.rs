//! Answers a repeated POST with its first answer, for a day. Calls are executed under one lock; only one that a
//! fault keeps waiting is under way together with others, and holds its key meanwhile. Calls refused by
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
/// So long a key is remembered.
const MEMORY: i64 = DAY;

/// What a POST is answered, now and whenever it is repeated.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: StatusCode,
    body: Value,
    /// Of the call that it was first given to, once it is repeated.
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

/// The stored answers by key.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    stored: BTreeMap<String, Stored>,
    /// The keys of calls that are under way.
    held: BTreeSet<String>,
}

/// A key is held for as long as this lives, even if the caller goes away.
pub(crate) struct HeldKey {
    sandbox: Sandbox,
    key: String,
}

impl Drop for HeldKey {
    fn drop(&mut self) {
        self.sandbox.lock().replays.held.remove(&self.key);
    }
}

/// Marks the key of a call that has to wait, so that repetitions are told so.
pub(crate) fn hold_key(sandbox: &Sandbox, headers: &HeaderMap) -> Option<HeldKey> {
    let key = headers.get("idempotency-key")?.to_str().ok()?.to_owned();
    let is_free = sandbox.lock().replays.held.insert(key.clone());
    is_free.then(|| HeldKey { sandbox: sandbox.clone(), key })
}

/// Executes a call, or answers what it was answered the first time.
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
        // Once executed, an error is stored like any other answer.
        Ok(_) if call.fails_after.is_some() => {
            let refusal = ApiError::fault(call.fails_after.unwrap_or_default());
            Reply { status: refusal.status(), body: refusal.body(), original: None }
        }
        Ok(body) => Reply { status: StatusCode::OK, body, original: None },
        // A bank's refusal is a result, not a mistake in the call.
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
    /// The first answer to this call, if it was made before.
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

    /// Stripe may forget a key after a day, so the sandbox does.
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
