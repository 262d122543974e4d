//! Responses to POSTs, stored by idempotency key for their repetitions.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::Value;

use crate::world::number::DAY;

/// Time in seconds for which a key is remembered: a day, the time for which Stripe guarantees to keep it.
const RETENTION: i64 = DAY;

/// Response to a POST, stored for its repetitions.
#[derive(Debug, Clone)]
pub(crate) struct StoredResponse {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// Request id of the first call with the key; `None` for a call without a key.
    pub(crate) original_request_id: Option<String>,
    /// True if the call repeats an earlier one.
    pub(crate) is_replay: bool,
}

/// First call with a key.
#[derive(Debug)]
pub(crate) struct FirstCall {
    /// Unix seconds.
    pub(crate) since: i64,
    pub(crate) request_id: String,
    pub(crate) path: String,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) response: StoredResponse,
}

/// Reason why a key can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyConflict {
    /// The first call with the key is still in progress.
    InProgress,
    /// The first call had this other path.
    OtherEndpoint { first: String },
    /// The first call had other parameters.
    OtherParameters,
}

/// First calls by idempotency key.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    stored: BTreeMap<String, FirstCall>,
    /// Keys of calls in progress.
    in_progress: BTreeSet<String>,
}

impl Replays {
    /// Marks the key's call as in progress. Returns false if it already was.
    pub(crate) fn begin(&mut self, key: &str) -> bool {
        self.in_progress.insert(key.to_owned())
    }

    pub(crate) fn end(&mut self, key: &str) {
        self.in_progress.remove(key);
    }

    /// Returns the stored response if the call repeats an earlier one.
    pub(crate) fn find(
        &self,
        key: &str,
        path: &str,
        params: &[(String, String)],
    ) -> Result<Option<StoredResponse>, KeyConflict> {
        if self.in_progress.contains(key) {
            return Err(KeyConflict::InProgress);
        }
        let Some(first) = self.stored.get(key) else { return Ok(None) };
        if first.path != path {
            return Err(KeyConflict::OtherEndpoint { first: first.path.clone() });
        }
        if first.params != params {
            return Err(KeyConflict::OtherParameters);
        }
        let original_request_id = Some(first.request_id.clone());
        Ok(Some(StoredResponse { original_request_id, ..first.response.clone() }))
    }

    pub(crate) fn store(&mut self, key: String, call: FirstCall) {
        self.stored.insert(key, call);
    }

    pub(crate) fn remove_expired(&mut self, now: i64) {
        self.stored.retain(|_, call| call.since + RETENTION > now);
    }
}
