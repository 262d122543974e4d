//! `/v1/financial_connections/institutions`, on preview versions only.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use crate::{
    http::{call::Call, error::ApiError, list},
    state::Sandbox,
    world::Institution,
};

pub(crate) const PATH: &str = "/v1/financial_connections/institutions";

/// `GET /v1/financial_connections/institutions`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: Call) -> Result<Json<Value>, ApiError> {
    call.needs_relink()?;
    call.params.refuse_unknown(&["ending_before", "expand[]", "limit", "starting_after"])?;
    let state = sandbox.lock();
    let institutions = state.world.institutions();
    list::page(&call.params, institutions, |one| &one.id, "institution", PATH, render).map(Json)
}

/// `GET /v1/financial_connections/institutions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    call.needs_relink()?;
    call.params.refuse_unknown(&["expand[]"])?;
    let state = sandbox.lock();
    let found = state.world.institution(&id).ok_or_else(|| ApiError::not_found("institution", &id))?;
    Ok(Json(render(found)))
}

fn render(institution: &Institution) -> Value {
    let supported = json!({ "supported": true });
    json!({
        "id": institution.id,
        "object": "financial_connections.institution",
        "countries": ["US"],
        "features": {
            "balances": supported,
            "ownership": supported,
            "payment_method": supported,
            "transactions": supported,
        },
        "livemode": false,
        "name": institution.name,
        "routing_numbers": [institution.routing_number],
        "status": "active",
        "url": null,
    })
}
