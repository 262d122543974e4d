//! The institution object.

use serde_json::{Value, json};

use crate::world::{
    Institution,
    bank::{InstitutionKind, Outage},
};

/// Renders the institution object.
pub(crate) fn render(institution: &Institution) -> Value {
    let supported = json!({ "supported": true });
    let payable = json!({ "supported": institution.kind != InstitutionKind::Unpayable });
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
