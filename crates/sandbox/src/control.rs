//! `/_sandbox/…`: what tests use to look behind the scenes, to start afresh, and to make things go wrong.
//! Never tells a client secret.

use axum::{Json, extract::State, response::IntoResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    api::{accounts, authorizations, sessions},
    http::{error::ApiError, faults::Fault, version::Version},
    state::Sandbox,
};

/// What can be set for all sessions to come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pending_reads: u32,
}

/// `GET /_sandbox/state`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    let state = sandbox.lock();
    let (world, version) = (&state.world, Version::preview());
    let accounts: Vec<Value> =
        world.accounts().into_iter().map(|one| accounts::render(world, one, &version)).collect();
    let authorizations: Vec<Value> =
        world.authorizations().iter().map(|one| authorizations::render(world, one)).collect();
    let sessions: Vec<Value> = world.sessions().iter().map(sessions::report).collect();
    let posts = state.calls.get(&format!("POST {}", sessions::PATH)).copied().unwrap_or_default();
    Json(json!({
        "accounts": accounts,
        "authorizations": authorizations,
        "sessions": sessions,
        "session_posts": posts,
        "calls": state.calls,
        "faults": state.faults.iter().map(Fault::json).collect::<Vec<Value>>(),
        "settings": { "pending_reads": state.pending_reads },
    }))
}

/// `POST /_sandbox/reset`
pub(crate) async fn reset(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.lock().reset();
    Json(json!({ "reset": true }))
}

/// `POST /_sandbox/faults`
pub(crate) async fn add_fault(
    State(sandbox): State<Sandbox>,
    Json(fault): Json<Fault>,
) -> Result<impl IntoResponse, ApiError> {
    fault.check()?;
    let shown = fault.json();
    sandbox.lock().faults.push(fault);
    Ok(Json(shown))
}

/// `POST /_sandbox/settings`
pub(crate) async fn set(State(sandbox): State<Sandbox>, Json(settings): Json<Settings>) -> Json<Value> {
    sandbox.lock().pending_reads = settings.pending_reads;
    Json(json!({ "pending_reads": settings.pending_reads }))
}
