//! The setup intent object.

use serde_json::{Value, json};

use super::{bank_options, customer_fields, payment_method};
use crate::world::{SetupIntent, World, setup_intent::SetupProgress};

/// Error code of a decline by the bank.
pub(crate) const DECLINED: &str = "setup_intent_authentication_failure";
pub(crate) const DECLINED_MESSAGE: &str = "The bank declined this account. Use another payment method.";

/// Renders the setup intent object.
pub(crate) fn render(world: &World, intent: &SetupIntent) -> Value {
    let params = &intent.params;
    let (status, mandate, reason) = match &intent.progress {
        SetupProgress::Open { .. } if params.payment_method.is_none() => {
            ("requires_payment_method", None, None)
        }
        SetupProgress::Open { .. } => ("requires_confirmation", None, None),
        SetupProgress::NeedsAction => ("requires_action", None, None),
        SetupProgress::Succeeded { mandate } => ("succeeded", Some(mandate), None),
        SetupProgress::Canceled { reason } => ("canceled", None, *reason),
    };
    json!({
        "id": intent.id,
        "object": "setup_intent",
        "allowed_payment_method_types": params.types,
        "application": null,
        "automatic_payment_methods":
            params.is_automatic.then(|| json!({ "allow_redirects": "always", "enabled": true })),
        "cancellation_reason": reason,
        "client_secret": format!("{}_secret_Sandbox", intent.id),
        "created": intent.created,
        "customer": customer_fields::customer(params.customer.as_deref()),
        "customer_account": customer_fields::customer_account(params.customer.as_deref()),
        "description": params.description,
        "excluded_payment_method_types": null,
        "last_setup_error": last_error(world, intent),
        "latest_attempt": null,
        "livemode": false,
        "mandate": mandate,
        "metadata": params.metadata,
        "next_action": match intent.progress {
            SetupProgress::NeedsAction => bank_options::verification(intent.created),
            SetupProgress::Open { .. } | SetupProgress::Succeeded { .. } | SetupProgress::Canceled { .. } => {
                Value::Null
            }
        },
        "on_behalf_of": null,
        "payment_method": params.payment_method,
        "payment_method_configuration_details": null,
        "payment_method_options": bank_options::render(params.options.as_ref()),
        "payment_method_types": params.types,
        "single_use_mandate": null,
        "status": status,
        "usage": params.usage,
    })
}

/// Renders the setup intent for tests, without its client secret.
pub(crate) fn render_for_tests(world: &World, intent: &SetupIntent) -> Value {
    let mut value = render(world, intent);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("client_secret");
    }
    value
}

fn last_error(world: &World, intent: &SetupIntent) -> Value {
    let SetupProgress::Open { declined: Some(id) } = &intent.progress else { return Value::Null };
    json!({
        "type": "card_error",
        "code": DECLINED,
        "message": DECLINED_MESSAGE,
        "payment_method": world.payment_method(id).map(|method| payment_method::render(world, method)),
    })
}
