//! `/v1/financial_connections/accounts/{id}/…`: refresh, subscribe, unsubscribe, disconnect.

use axum::extract::{Path, State};
use serde_json::Value;

use super::{account_object::render, answer};
use crate::{
    http::{call::Call, error::ApiError, idempotency::Reply},
    state::Sandbox,
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
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, &["features[]"], |state| {
        let features = features(&call, refreshable(&call))?;
        shown(&state.world, &id, &call)?;
        state.world.refresh(&id, &features).map_err(refusal)?;
        tracing::info!(account = id, "refreshing {id}");
        shown(&state.world, &id, &call)
    })
}

/// `POST /v1/financial_connections/accounts/{id}/subscribe`
pub(crate) async fn subscribe(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, &["features[]"], |state| {
        let features = features(&call, subscribable(&call))?;
        shown(&state.world, &id, &call)?;
        state.world.subscribe(&id, &features).map_err(refusal)?;
        shown(&state.world, &id, &call)
    })
}

/// `POST /v1/financial_connections/accounts/{id}/unsubscribe`
pub(crate) async fn unsubscribe(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, &["features[]"], |state| {
        let features = features(&call, subscribable(&call))?;
        shown(&state.world, &id, &call)?;
        state.world.unsubscribe(&id, &features);
        shown(&state.world, &id, &call)
    })
}

/// `POST /v1/financial_connections/accounts/{id}/disconnect`
pub(crate) async fn disconnect(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, &[], |state| {
        shown(&state.world, &id, &call)?;
        state.world.disconnect(&id);
        tracing::info!(account = id, "disconnected {id}");
        shown(&state.world, &id, &call)
    })
}

fn refreshable(call: &Call) -> &'static [&'static str] {
    if call.version.has_relink() {
        &["balance", "inferred_balances", "ownership", "transactions"]
    } else {
        &["balance", "ownership", "transactions"]
    }
}

fn subscribable(call: &Call) -> &'static [&'static str] {
    if call.version.has_relink() {
        &["balance", "inferred_balances", "transactions"]
    } else {
        &["transactions"]
    }
}

fn features(call: &Call, words: &'static [&'static str]) -> Result<Vec<Feature>, ApiError> {
    let given = call.params.each_of(FEATURES, words)?;
    if given.is_empty() {
        return Err(ApiError::missing(FEATURES));
    }
    Ok(Feature::ALL.into_iter().filter(|feature| given.contains(&feature.as_str())).collect())
}

fn refusal(refusal: RefreshRefused) -> ApiError {
    match refusal {
        RefreshRefused::Inactive => {
            let message = "The account is inactive: it must be relinked before its data can be refreshed.";
            ApiError::coded("financial_connections_account_inactive", "account", message)
        }
        RefreshRefused::Disconnected => ApiError::invalid("account", "The account was disconnected."),
        RefreshRefused::NotPermitted(feature) => {
            let (name, permission) = (feature.as_str(), feature.permission());
            let message = format!("{name} needs the permission {permission}, which the account lacks.");
            ApiError::invalid(FEATURES, message)
        }
    }
}

fn shown(world: &World, id: &str, call: &Call) -> Result<Value, ApiError> {
    let account = world.account(id).ok_or_else(|| ApiError::not_found("account", id))?;
    Ok(render(world, account, &call.version))
}
