//! The customer object.

use serde_json::{Value, json};

use super::payment_method::ADDRESS;
use crate::world::{
    Customer,
    customer::{Address, Shipping},
};

/// Renders the customer object.
pub(crate) fn render(customer: &Customer) -> Value {
    let profile = &customer.profile;
    json!({
        "id": customer.id,
        "object": "customer",
        "address": profile.address.as_ref().map(address),
        "balance": 0,
        "created": customer.created,
        "currency": null,
        "customer_account": null,
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
        "preferred_locales": profile.preferred_locales,
        "shipping": profile.shipping.as_ref().map(shipping),
        "tax_exempt": profile.tax_exempt.as_deref().unwrap_or("none"),
    })
}

/// Renders what is left of a deleted customer.
pub(crate) fn render_deleted(id: &str) -> Value {
    json!({ "id": id, "object": "customer", "deleted": true })
}

fn address(address: &Address) -> Value {
    ADDRESS.iter().map(|field| ((*field).to_owned(), json!(address.get(*field)))).collect()
}

fn shipping(shipping: &Shipping) -> Value {
    json!({ "address": address(&shipping.address), "name": shipping.name, "phone": shipping.phone })
}
