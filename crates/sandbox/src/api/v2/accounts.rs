//! `/v2/core/accounts`: the platform's own account and those that are connected to it, as the second version shows them.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use crate::{
    api::{objects::connect_account::id, respond},
    http::{api_call::ApiCall, error::ApiError, timestamp::rfc3339},
    state::Sandbox,
    world::World,
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
    respond::get(&found, &call, &["include[]"], |state| Ok(render(&state.world)))
}

/// Renders the account. Its configurations and its identity are `null`, as they are without `include`.
fn render(world: &World) -> Value {
    json!({
        "id": id(world),
        "object": "v2.core.account",
        "applied_configurations": ["customer", "recipient"],
        "closed": false,
        "configuration": null,
        "contact_email": world.merchant().email,
        "contact_phone": null,
        "created": rfc3339(world.account_created),
        "dashboard": "none",
        "defaults": null,
        "display_name": null,
        "future_requirements": null,
        "identity": null,
        "livemode": false,
        "metadata": world.merchant().metadata,
        "requirements": null,
    })
}
