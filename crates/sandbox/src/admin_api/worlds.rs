//! `/_sandbox/worlds`: worlds for tests that run in parallel.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use crate::{http::error::ApiError, state::Sandbox};

/// `GET /_sandbox/worlds`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    let worlds = sandbox.all_worlds();
    Json(worlds.iter().map(|world| json!({ "name": world.world_name() })).collect())
}

/// `DELETE /_sandbox/worlds/{name}`: a later call for this name gets a new world, with other ids.
pub(crate) async fn remove(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    if sandbox.remove_world(&name) {
        return Ok(Json(json!({ "name": name, "deleted": true })));
    }
    Err(ApiError::not_found("world", &name))
}
