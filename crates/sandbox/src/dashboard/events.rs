//! `GET /_sandbox/events`: recent events in short form. Unlike `GET /v1/events`, it does not count as an API call, so
//! rate limits and faults don't apply.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::state::Sandbox;

/// Maximum number of events in a response.
const MAX_SHOWN: usize = 50;

/// Lists recent events, newest first.
pub(crate) async fn list(State(sandbox): State<Sandbox>) -> Json<Value> {
    let state = sandbox.lock();
    let last = state.world.events().take(MAX_SHOWN);
    last.map(|event| {
        json!({
            "id": event.id,
            "type": event.kind,
            "created": event.created,
            "object": event.subject.id(),
        })
    })
    .collect::<Value>()
    .into()
}
