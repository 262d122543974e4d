//! JSON representation of the API's objects, in the shape of each version. It needs the world and nothing of HTTP.

pub(crate) mod account;
pub(crate) mod account_features;
pub(crate) mod account_holder;
pub(crate) mod account_v2;
pub(crate) mod authorization;
pub(crate) mod bank_account;
pub(crate) mod bank_options;
pub(crate) mod connect_account;
pub(crate) mod customer;
mod customer_fields;
pub(crate) mod event;
pub(crate) mod event_destination;
pub(crate) mod institution;
pub(crate) mod mandate;
pub(crate) mod payment_intent;
pub(crate) mod payment_method;
pub(crate) mod session;
pub(crate) mod setup_intent;
pub(crate) mod subscription;
pub(crate) mod token;
pub(crate) mod transaction;
pub(crate) mod webhook_endpoint;

use serde_json::Value;

/// Sets `livemode` in all objects if this is live mode; they are rendered as test objects.
pub(crate) fn set_livemode(value: &mut Value, is_live: bool) {
    if !is_live {
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| set_livemode(item, true)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "livemode" {
                    *value = true.into();
                } else {
                    set_livemode(value, true);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
