//! The payment method object.

use serde_json::{Value, json};

use super::customer_fields;
use crate::world::{
    PaymentMethod, World,
    typed_account::{TEST_BANK, TEST_ROUTING_NUMBER},
};

/// Names of the fields of an address.
pub(crate) const ADDRESS: &[&str] = &["city", "country", "line1", "line2", "postal_code", "state"];

/// Renders the payment method object.
pub(crate) fn render(world: &World, method: &PaymentMethod) -> Value {
    let billing = &method.billing;
    let address = ADDRESS.iter().map(|field| ((*field).to_owned(), json!(billing.address.get(*field))));
    json!({
        "id": method.id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": address.collect::<Value>(),
            "email": billing.email,
            "name": billing.name,
            "phone": billing.phone,
            "tax_id": null,
        },
        "created": method.created,
        "customer": customer_fields::customer(method.customer.as_deref()),
        "customer_account": customer_fields::customer_account(method.customer.as_deref()),
        "livemode": false,
        "metadata": method.metadata,
        "type": "us_bank_account",
        "us_bank_account": bank_account(world, method),
    })
}

/// Renders the bank details from the account, so that a relink updates the payment method.
fn bank_account(world: &World, method: &PaymentMethod) -> Value {
    let mut value = match &method.typed {
        Some(typed) => json!({
            "account_type": typed.account_type,
            "bank_name": TEST_BANK,
            "financial_connections_account": null,
            "fingerprint": typed.fingerprint,
            "last4": typed.last4,
            "routing_number": TEST_ROUTING_NUMBER,
        }),
        None => linked_account(world, method),
    };
    if let Some(fields) = value.as_object_mut() {
        let blocked = method.block.as_ref().map(
            |block| json!({ "blocked": { "network_code": block.network_code, "reason": block.reason } }),
        );
        fields.insert("account_holder_type".to_owned(), method.holder_type.into());
        fields.insert("networks".to_owned(), json!({ "preferred": "ach", "supported": ["ach"] }));
        fields.insert("status_details".to_owned(), blocked.unwrap_or_else(|| json!({})));
    }
    value
}

fn linked_account(world: &World, method: &PaymentMethod) -> Value {
    let account = world.account(&method.account);
    let bank = account.and_then(|account| world.institution(&account.institution));
    json!({
        "account_type": account.map(|account| account.subcategory),
        "bank_name": bank.map(|bank| &bank.name),
        "financial_connections_account": method.account,
        "fingerprint": account.map(|account| world.fingerprint(account)),
        "last4": account.map(|account| &account.last4),
        "routing_number": bank.map(|bank| &bank.routing_number),
    })
}
