//! `/v1/mandates`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{objects::mandate::render, respond};
use crate::{
    http::{api_call::ApiCall, error::ApiError},
    state::Sandbox,
};

/// `GET /v1/mandates/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        state.world.mandate(&id).map(render).ok_or_else(|| ApiError::not_found("mandate", &id))
    })
}
