//! The payment intent object.

use serde_json::{Value, json};

use super::{bank_options, customer_fields, payment_method};
use crate::world::{
    PaymentIntent, World,
    payment_intent::{PaymentProgress, Returned},
};

/// Fields for what the sandbox does not imitate; they are null.
const UNUSED: &[&str] = &[
    "application",
    "application_fee_amount",
    "excluded_payment_method_types",
    "managed_payments",
    "payment_record",
    "on_behalf_of",
    "payment_method_configuration_details",
    "processing",
    "review",
    "shipping",
    "source",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
];

/// Renders the payment intent object. There are no charges, so `latest_charge` is null.
pub(crate) fn render(world: &World, intent: &PaymentIntent) -> Value {
    let params = &intent.params;
    let (status, reason, error) = match &intent.progress {
        PaymentProgress::Open { returned } => {
            let status = if params.payment_method.is_none() {
                "requires_payment_method"
            } else {
                "requires_confirmation"
            };
            (status, None, returned.as_ref())
        }
        PaymentProgress::NeedsAction { .. } => ("requires_action", None, None),
        PaymentProgress::Processing => ("processing", None, None),
        PaymentProgress::Succeeded => ("succeeded", None, None),
        PaymentProgress::Canceled { reason } => ("canceled", *reason, None),
    };
    let received = if intent.progress == PaymentProgress::Succeeded { params.amount } else { 0 };
    let mut value = json!({
        "id": intent.id,
        "object": "payment_intent",
        "allowed_payment_method_types": ["us_bank_account"],
        "amount": params.amount,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": received,
        "automatic_payment_methods":
            params.is_automatic.then(|| json!({ "allow_redirects": "always", "enabled": true })),
        "canceled_at": intent.canceled_at,
        "cancellation_reason": reason,
        "capture_method": "automatic",
        "client_secret": format!("{}_secret_Sandbox", intent.id),
        "confirmation_method": "automatic",
        "created": intent.created,
        "currency": "usd",
        "customer": customer_fields::customer(params.customer.as_deref()),
        "customer_account": customer_fields::customer_account(params.customer.as_deref()),
        "description": params.description,
        "last_payment_error": error.map(|returned| last_error(world, returned)),
        "latest_charge": null,
        "livemode": false,
        "metadata": params.metadata,
        "next_action": match intent.progress {
            PaymentProgress::NeedsAction { .. } => bank_options::verification(intent.created),
            PaymentProgress::Open { .. }
            | PaymentProgress::Processing
            | PaymentProgress::Succeeded
            | PaymentProgress::Canceled { .. } => Value::Null,
        },
        "payment_method": params.payment_method,
        "payment_method_options": bank_options::render(params.options.as_ref()),
        "payment_method_types": ["us_bank_account"],
        "receipt_email": params.receipt_email,
        "setup_future_usage": params.setup_future_usage,
        "statement_descriptor": params.statement_descriptor,
        "status": status,
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(UNUSED.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
    value
}

/// Renders the payment intent for tests, without its client secret.
pub(crate) fn render_for_tests(world: &World, intent: &PaymentIntent) -> Value {
    let mut value = render(world, intent);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("client_secret");
    }
    value
}

fn last_error(world: &World, returned: &Returned) -> Value {
    let method = returned.payment_method.as_deref().and_then(|id| world.payment_method(id));
    let (code, network_code) = (returned.code.error_code(), returned.code.network_code());
    let message = match network_code {
        Some(code) => format!("The bank returned the debit ({code})."),
        None => format!("The payment failed: {}.", code.replace('_', " ")),
    };
    let mut error = json!({
        "type": "card_error",
        "code": code,
        "message": message,
        "payment_method": method.map(|method| payment_method::render(world, method)),
    });
    if let (Some(fields), Some(code)) = (error.as_object_mut(), network_code) {
        fields.insert("network_decline_code".to_owned(), code.into());
    }
    error
}
