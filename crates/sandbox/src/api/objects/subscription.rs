//! The subscription object.

use serde_json::{Value, json};

use super::customer_fields;
use crate::world::{Subscription, number::DAY};

/// Length of the current period.
const PERIOD: i64 = 30 * DAY;
/// Cents for a period.
const AMOUNT: i64 = 1900;

/// Fields for what the sandbox does not imitate; they are null.
const UNUSED: &[&str] = &[
    "application",
    "application_fee_percent",
    "billing_cycle_anchor_config",
    "billing_thresholds",
    "cancel_at",
    "days_until_due",
    "default_source",
    "latest_invoice",
    "managed_payments",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "test_clock",
    "transfer_data",
    "trial_end",
    "trial_start",
];

/// Renders the subscription object.
pub(crate) fn render(one: &Subscription) -> Value {
    let is_canceled = one.canceled_at.is_some();
    let reason = is_canceled.then_some("cancellation_requested");
    let mut value = json!({
        "id": one.id,
        "object": "subscription",
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
        "billing_cycle_anchor": one.created,
        "billing_schedules": [],
        "billing_mode": { "flexible": { "proration_discounts": "included" }, "type": "flexible" },
        "cancel_at_period_end": false,
        "canceled_at": one.canceled_at,
        "cancellation_details": { "comment": null, "feedback": null, "feedback_option": null, "reason": reason },
        "collection_method": "charge_automatically",
        "created": one.created,
        "currency": "usd",
        "customer": customer_fields::customer(Some(&one.customer)),
        "customer_account": customer_fields::customer_account(Some(&one.customer)),
        "default_payment_method": one.params.default_payment_method,
        "default_tax_rates": [],
        "description": one.params.description,
        "discounts": [],
        "ended_at": one.canceled_at,
        "invoice_settings": {
            "account_tax_ids": null,
            "custom_fields": null,
            "description": null,
            "footer": null,
            "issuer": { "type": "self" },
        },
        "items": {
            "object": "list",
            "data": [item(one)],
            "has_more": false,
            "url": format!("/v1/subscription_items?subscription={}", one.id),
        },
        "livemode": false,
        "metadata": one.params.metadata,
        "payment_settings": {
            "payment_method_options": null,
            "payment_method_types": ["us_bank_account"],
            "save_default_payment_method": "off",
        },
        "start_date": one.created,
        "status": if is_canceled { "canceled" } else { "active" },
        "trial_settings": { "end_behavior": { "billing_cycle_anchor": null, "missing_payment_method": "create_invoice" } },
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(UNUSED.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
    value
}

fn item(one: &Subscription) -> Value {
    json!({
        "id": one.id.replacen("sub_", "si_", 1),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": one.created,
        "current_period_end": one.created + PERIOD,
        "current_period_start": one.created,
        "current_trial": null,
        "discounts": [],
        "metadata": {},
        "plan": plan(one),
        "price": price(one),
        "quantity": 1,
        "subscription": one.id,
        "tax_rates": [],
    })
}

fn price(one: &Subscription) -> Value {
    json!({
        "id": one.price,
        "object": "price",
        "active": true,
        "billing_scheme": "per_unit",
        "created": one.created,
        "currency": "usd",
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": "prod_Sandbox",
        "recurring": {
            "interval": "month",
            "interval_count": 1,
            "meter": null,
            "trial_period_days": null,
            "usage_type": "licensed",
        },
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": "recurring",
        "unit_amount": AMOUNT,
        "unit_amount_decimal": AMOUNT.to_string(),
    })
}

fn plan(one: &Subscription) -> Value {
    json!({
        "id": one.price,
        "object": "plan",
        "active": true,
        "amount": AMOUNT,
        "amount_decimal": AMOUNT.to_string(),
        "billing_scheme": "per_unit",
        "created": one.created,
        "currency": "usd",
        "interval": "month",
        "interval_count": 1,
        "livemode": false,
        "metadata": {},
        "meter": null,
        "nickname": null,
        "product": "prod_Sandbox",
        "tiers_mode": null,
        "transform_usage": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    })
}
