//! The institution object.

use serde_json::{Value, json};

use crate::world::{Institution, bank::Outage};

/// Renders the institution object.
pub(crate) fn render(institution: &Institution) -> Value {
    let supported = |feature: &str| json!({ "supported": !institution.unsupported.contains(&feature) });
    let is_payable = institution.is_payable() && !institution.unsupported.contains(&"payment_method");
    let payable = json!({ "supported": is_payable });
    json!({
        "id": institution.id,
        "object": "financial_connections.institution",
        "countries": [institution.country()],
        "features": {
            "balances": supported("balances"),
            "ownership": supported("ownership"),
            "payment_method": payable,
            "transactions": supported("transactions"),
        },
        "livemode": false,
        "name": institution.name,
        "routing_numbers": if institution.country() == "US" { vec![&institution.routing_number] } else { Vec::new() },
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
