//! `/v1/financial_connections/institutions`, on preview versions only.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::answer;
use crate::{
    http::{call::Call, error::ApiError, list},
    state::Sandbox,
    world::{
        Institution,
        bank::{Kind, Outage},
    },
};

pub(crate) const PATH: &str = "/v1/financial_connections/institutions";

/// `GET /v1/financial_connections/institutions`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: Call) -> Result<Json<Value>, ApiError> {
    call.needs_relink()?;
    answer::get(&sandbox, &call, &["ending_before", "limit", "starting_after"], |state| {
        let institutions = state.world.institutions();
        list::page(&call.params, institutions, |one| &one.id, "institution", PATH, render)
    })
}

/// `GET /v1/financial_connections/institutions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    call.needs_relink()?;
    answer::get(&sandbox, &call, &[], |state| {
        state.world.institution(&id).map(render).ok_or_else(|| ApiError::not_found("institution", &id))
    })
}

/// Renders the institution object.
pub(crate) fn render(institution: &Institution) -> Value {
    let supported = json!({ "supported": true });
    let payable = json!({ "supported": institution.kind != Kind::Unpayable });
    json!({
        "id": institution.id,
        "object": "financial_connections.institution",
        "countries": ["US"],
        "features": {
            "balances": supported,
            "ownership": supported,
            "payment_method": payable,
            "transactions": supported,
        },
        "livemode": false,
        "name": institution.name,
        "routing_numbers": [institution.routing_number],
        "status": status(institution),
        "url": null,
    })
}

fn status(institution: &Institution) -> &'static str {
    match institution.outage() {
        None => "active",
        Some(Outage::Error) => "degraded",
        Some(Outage::Scheduled | Outage::Unscheduled) => "inactive",
    }
}
