//! `/v1/financial_connections/authorizations`, on preview versions only.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{account_object::NOTICES_SINCE, answer, holder};
use crate::{
    http::{call::Call, error::ApiError, version::Version},
    state::Sandbox,
    world::{Authorization, World, authorization::Standing},
};

/// `GET /v1/financial_connections/authorizations/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    call.needs_relink()?;
    answer::get(&sandbox, &call, &[], |state| {
        let found = state.world.authorization(&id);
        let found = found.ok_or_else(|| ApiError::not_found("authorization", &id))?;
        Ok(render(&state.world, found, &call.version))
    })
}

/// Renders the authorization object. It has no cause and no list of accounts.
pub(crate) fn render(world: &World, authorization: &Authorization, version: &Version) -> Value {
    let (status, details) = match world.standing(authorization) {
        Standing::Active { notice: Some((action, date)) } if version.since(NOTICES_SINCE) => {
            let notice = json!({ "action": action.as_str(), "expected_deactivation_date": date });
            ("active", json!({ "active": notice }))
        }
        Standing::Active { .. } => ("active", json!({})),
        Standing::Inactive(action) => ("inactive", json!({ "inactive": { "action": action.as_str() } })),
        Standing::Disconnected => ("disconnected", json!({})),
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
