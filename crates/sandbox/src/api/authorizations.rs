//! `/v1/financial_connections/authorizations`, on preview versions only.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::holder;
use crate::{
    http::{call::Call, error::ApiError},
    state::Sandbox,
    world::{Authorization, World},
};

/// `GET /v1/financial_connections/authorizations/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    call.needs_relink()?;
    call.params.refuse_unknown(&["expand[]"])?;
    let state = sandbox.lock();
    let found = state.world.authorization(&id).ok_or_else(|| ApiError::not_found("authorization", &id))?;
    Ok(Json(render(&state.world, found)))
}

/// The authorization object. It has no cause, and no list of accounts.
pub(crate) fn render(world: &World, authorization: &Authorization) -> Value {
    let (status, details) = match authorization.inactive {
        None => ("active", json!({})),
        Some(action) => ("inactive", json!({ "inactive": { "action": action.as_str() } })),
    };
    json!({
        "id": authorization.id,
        "object": "financial_connections.authorization",
        "account_holder": holder::render(authorization.holder.as_ref()),
        "institution": authorization.institution,
        "institution_name": world.institution_name(&authorization.institution),
        "livemode": false,
        "status": status,
        "status_details": details,
    })
}
