//! The mandate object.

use serde_json::{Value, json};

use crate::world::Mandate;

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
