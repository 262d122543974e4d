//! The authorization object.

use serde_json::{Value, json};

use super::account_holder;
use crate::world::{Authorization, World, authorization::AuthorizationStatus};

/// Renders the authorization object. It has no cause and no list of accounts.
pub(crate) fn render(world: &World, authorization: &Authorization) -> Value {
    let (status, details) = match world.authorization_status(authorization) {
        AuthorizationStatus::Active { notice: Some((action, date)) } => {
            let notice = json!({ "action": action.as_str(), "expected_deactivation_date": date });
            ("active", json!({ "active": notice }))
        }
        AuthorizationStatus::Active { notice: None } => ("active", json!({})),
        AuthorizationStatus::Inactive(action) => {
            ("inactive", json!({ "inactive": { "action": action.as_str() } }))
        }
        AuthorizationStatus::Disconnected => ("disconnected", json!({})),
    };
    json!({
        "id": authorization.id,
        "object": "financial_connections.authorization",
        "account_holder": account_holder::render(authorization.holder.as_ref()),
        "institution": authorization.institution,
        "institution_name": world.institution_name(&authorization.institution),
        "livemode": false,
        "status": status,
        "status_details": details,
    })
}
