//! `/v1/mandates`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::answer;
use crate::{
    http::{call::Call, error::ApiError},
    state::Sandbox,
    world::setup_intent::Mandate,
};

/// `GET /v1/mandates/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, &[], |state| {
        state.world.mandate(&id).map(render).ok_or_else(|| ApiError::not_found("mandate", &id))
    })
}

/// Renders the mandate object.
pub(crate) fn render(mandate: &Mandate) -> Value {
    let accepted_at = mandate.acceptance.accepted_at;
    let acceptance = match &mandate.acceptance.online {
        Some((address, agent)) => json!({
            "accepted_at": accepted_at,
            "online": { "ip_address": address, "user_agent": agent },
            "type": "online",
        }),
        None => json!({ "accepted_at": accepted_at, "offline": {}, "type": "offline" }),
    };
    json!({
        "id": mandate.id,
        "object": "mandate",
        "customer_acceptance": acceptance,
        "livemode": false,
        "multi_use": {},
        "payment_method": mandate.payment_method,
        "payment_method_details": { "type": "us_bank_account", "us_bank_account": {} },
        "status": "active",
        "type": "multi_use",
    })
}
