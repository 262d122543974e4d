//! Answers a repeated POST with its first answer. Calls are executed under one lock, so that two with
//! the same key are never under way at once; calls refused by validation are not stored, as at Stripe.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{call::Call, error::ApiError};

const LONGEST_KEY: usize = 255;

#[derive(Debug)]
struct Stored {
    path: String,
    params: Vec<(String, String)>,
    body: Value,
}

/// The stored answers by key.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    stored: BTreeMap<String, Stored>,
}

impl Replays {
    /// The first answer to this call, if it was made before.
    pub(crate) fn find(&self, call: &Call) -> Result<Option<Value>, ApiError> {
        let Some(key) = &call.idempotency_key else { return Ok(None) };
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(ApiError::idempotency("An idempotency key has 1 to 255 characters."));
        }
        let Some(stored) = self.stored.get(key) else { return Ok(None) };
        if stored.path != call.path || stored.params != call.params.fingerprint() {
            let message = "This idempotency key was first used with other parameters or another endpoint.";
            return Err(ApiError::idempotency(message));
        }
        Ok(Some(stored.body.clone()))
    }

    pub(crate) fn store(&mut self, call: &Call, body: &Value) {
        if let Some(key) = &call.idempotency_key {
            let params = call.params.fingerprint();
            self.stored.insert(key.clone(), Stored { path: call.path.clone(), params, body: body.clone() });
        }
    }
}
