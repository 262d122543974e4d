//! `/v1/financial_connections/institutions`, on preview versions only.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{objects::institution::render, respond};
use crate::{
    http::{
        api_call::ApiCall,
        error::ApiError,
        pagination::{PAGE_PARAMS, paginate},
    },
    state::Sandbox,
    version::Since,
};

pub(crate) const PATH: &str = "/v1/financial_connections/institutions";

/// `GET /v1/financial_connections/institutions`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    call.require(Since::EVERY_PREVIEW)?;
    respond::get(&sandbox, &call, PAGE_PARAMS, |state| {
        let institutions = state.world.institutions();
        paginate(&call.params, institutions, |one| &one.id, "institution", PATH, render)
    })
}

/// `GET /v1/financial_connections/institutions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    call.require(Since::EVERY_PREVIEW)?;
    respond::get(&sandbox, &call, &[], |state| {
        state.world.institution(&id).map(render).ok_or_else(|| ApiError::not_found("institution", &id))
    })
}
