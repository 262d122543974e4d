//! `/v2/core/accounts`: the platform's own account and those that are connected to it, as the second version shows them.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use crate::{
    api::{
        objects::{account_v2, connect_account::id},
        respond,
    },
    http::{api_call::ApiCall, error::ApiError},
    state::Sandbox,
};

/// `GET /v2/core/accounts/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(account): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let is_own = id(&sandbox.lock().world) == account;
    let found = if is_own { Some(sandbox) } else { sandbox.connected(&account) };
    let found = found.ok_or_else(|| ApiError::not_found("account", &account))?;
    let included = call.params.enum_list("include", account_v2::PARTS)?;
    respond::get(&found, &call, &["include[]"], |state| Ok(account_v2::render(&state.world, &included)))
}
