//! The account object of the second version: the merchant's own account, or one that is connected to it.

use serde_json::{Value, json};

use super::connect_account::id;
use crate::{http::timestamp::rfc3339, world::World};

/// Parts of an account that a call can include; without that, they are `null`.
pub(crate) const PARTS: &[&str] = &[
    "configuration.customer",
    "configuration.merchant",
    "configuration.money_manager",
    "configuration.recipient",
    "defaults",
    "future_requirements",
    "identity",
    "requirements",
];

/// Renders the account whose world this is, with the included parts.
pub(crate) fn render(world: &World, included: &[&str]) -> Value {
    let merchant = world.merchant();
    let part = |name: &str, value: fn(&World) -> Value| {
        if included.contains(&name) { value(world) } else { Value::Null }
    };
    let has_configuration = included.iter().any(|part| part.starts_with("configuration."));
    let configuration = json!({
        "customer": part("configuration.customer", customer),
        // The account has neither of the two.
        "merchant": null,
        "money_manager": null,
        "recipient": part("configuration.recipient", recipient),
    });
    json!({
        "id": id(world),
        "object": "v2.core.account",
        "applied_configurations": ["customer", "recipient"],
        "closed": false,
        "configuration": has_configuration.then_some(configuration),
        "contact_email": merchant.email,
        "contact_phone": null,
        "created": rfc3339(world.account_created),
        "dashboard": "none",
        "defaults": part("defaults", defaults),
        "display_name": null,
        "future_requirements": part("future_requirements", |_| {
            json!({ "entries": [], "minimum_transition_date": null, "summary": null })
        }),
        "identity": part("identity", identity),
        "livemode": false,
        "metadata": merchant.metadata,
        // Accounts are onboarded at once.
        "requirements": part("requirements", |_| json!({ "entries": [], "summary": null })),
    })
}

/// The account as a customer of the platform.
fn customer(world: &World) -> Value {
    let default = world.default_payment_method.as_deref();
    json!({
        "applied": true,
        "automatic_indirect_tax": null,
        "billing": default.map(|method| json!({ "default_payment_method": method, "invoice": null })),
        "capabilities": null,
        "shipping": null,
        "test_clock": null,
    })
}

/// The account as a recipient of payouts, which go to its default external account.
fn recipient(world: &World) -> Value {
    let active = json!({ "status": "active", "status_details": [] });
    let destination = world.external_accounts().into_iter().find(|account| account.is_default);
    json!({
        "applied": true,
        "capabilities": {
            "bank_accounts": { "local": active, "wire": null },
            "cards": null,
            "stripe_balance": { "payouts": active, "stripe_transfers": active },
        },
        "default_outbound_destination": destination.map(|account| {
            json!({ "id": account.id, "type": "us_bank_account" })
        }),
    })
}

/// The platform is responsible for the accounts that are connected to it, and Stripe for the platform's own.
fn defaults(world: &World) -> Value {
    let responsible = if world.connected_account.is_some() { "application" } else { "stripe" };
    json!({
        "currency": "usd",
        "locales": null,
        "payout_methods": null,
        "profile": null,
        "responsibilities": {
            "fees_collector": responsible,
            "losses_collector": responsible,
            "requirements_collector": responsible,
        },
        "timezone": null,
    })
}

fn identity(world: &World) -> Value {
    json!({
        "attestations": null,
        "business_details": null,
        "country": "US",
        "entity_type": world.merchant().business_type.as_deref().unwrap_or("company"),
        "individual": null,
    })
}
