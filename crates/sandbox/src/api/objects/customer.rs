//! The customer object.

use serde_json::{Value, json};

use crate::world::Customer;

/// Renders the customer object.
pub(crate) fn render(customer: &Customer) -> Value {
    let profile = &customer.profile;
    json!({
        "id": customer.id,
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": customer.created,
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": profile.description,
        "discount": null,
        "email": profile.email,
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": profile.default_payment_method,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": profile.metadata,
        "name": profile.name,
        "phone": profile.phone,
        "preferred_locales": [],
        "shipping": null,
    })
}
