//! `/v1/financial_connections/accounts/{id}/…`: refresh, subscribe, unsubscribe, disconnect.

use axum::extract::{Path, State};
use serde_json::Value;

use super::{objects::account::render, respond};
use crate::{
    http::{api_call::ApiCall, error::ApiError},
    state::{Sandbox, replays::StoredResponse},
    world::{
        World,
        refresh::{Feature, RefreshRefused},
    },
};

const FEATURES: &str = "features";

/// `POST /v1/financial_connections/accounts/{id}/refresh`
pub(crate) async fn refresh(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, &["features[]"], |state| {
        let features = features(&call, refreshable(&call))?;
        render_by_id(&state.world, &id)?;
        state.world.refresh(&id, &features).map_err(to_api_error)?;
        tracing::info!(account = id, "started refresh");
        render_by_id(&state.world, &id)
    })
}

/// `POST /v1/financial_connections/accounts/{id}/subscribe`
pub(crate) async fn subscribe(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, &["features[]"], |state| {
        let features = features(&call, subscribable(&call))?;
        render_by_id(&state.world, &id)?;
        state.world.subscribe(&id, &features).map_err(to_api_error)?;
        render_by_id(&state.world, &id)
    })
}

/// `POST /v1/financial_connections/accounts/{id}/unsubscribe`
pub(crate) async fn unsubscribe(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, &["features[]"], |state| {
        let features = features(&call, subscribable(&call))?;
        render_by_id(&state.world, &id)?;
        state.world.unsubscribe(&id, &features);
        render_by_id(&state.world, &id)
    })
}

/// `POST /v1/financial_connections/accounts/{id}/disconnect`
pub(crate) async fn disconnect(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, &[], |state| {
        render_by_id(&state.world, &id)?;
        state.world.disconnect(&id);
        tracing::info!(account = id, "disconnected account");
        render_by_id(&state.world, &id)
    })
}

fn refreshable(call: &ApiCall) -> &'static [&'static str] {
    if call.version.is_preview() {
        &["balance", "inferred_balances", "ownership", "transactions"]
    } else {
        &["balance", "ownership", "transactions"]
    }
}

fn subscribable(call: &ApiCall) -> &'static [&'static str] {
    if call.version.is_preview() {
        &["balance", "inferred_balances", "transactions"]
    } else {
        &["transactions"]
    }
}

fn features(call: &ApiCall, words: &'static [&'static str]) -> Result<Vec<Feature>, ApiError> {
    let given = call.params.enum_list(FEATURES, words)?;
    if given.is_empty() {
        return Err(ApiError::missing(FEATURES));
    }
    Ok(Feature::ALL.into_iter().filter(|feature| given.contains(&feature.as_str())).collect())
}

fn to_api_error(refusal: RefreshRefused) -> ApiError {
    match refusal {
        RefreshRefused::Inactive => {
            let message = "The account is inactive: it must be relinked before its data can be refreshed.";
            ApiError::invalid_with_code("financial_connections_account_inactive", "account", message)
        }
        RefreshRefused::Disconnected => ApiError::invalid("account", "The account was disconnected."),
        RefreshRefused::NotPermitted(feature) => {
            let (name, permission) = (feature.as_str(), feature.permission());
            let message = format!("{name} needs the permission {permission}, which the account lacks.");
            ApiError::invalid(FEATURES, message)
        }
    }
}

fn render_by_id(world: &World, id: &str) -> Result<Value, ApiError> {
    let account = world.account(id).ok_or_else(|| ApiError::not_found("account", id))?;
    Ok(render(world, account))
}
