//! `/v1/financial_connections/authorizations`, on preview versions only.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{objects::authorization::render, respond};
use crate::{
    http::{api_call::ApiCall, error::ApiError},
    state::Sandbox,
    version::Since,
};

/// `GET /v1/financial_connections/authorizations/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    call.require(Since::RELINK)?;
    respond::get(&sandbox, &call, &[], |state| {
        let found = state.world.authorization(&id);
        let found = found.ok_or_else(|| ApiError::not_found("authorization", &id))?;
        Ok(render(&state.world, found))
    })
}
