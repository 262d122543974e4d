//! `GET /_sandbox/events`: what happened last, in short. Unlike `GET /v1/events`, reading it is no call that
//! is counted, limited or made to fail.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::state::Sandbox;

/// So many are shown.
const SHOWN: usize = 50;

/// Newest first.
pub(crate) async fn list(State(sandbox): State<Sandbox>) -> Json<Value> {
    let state = sandbox.lock();
    let last = state.world.events().take(SHOWN);
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
