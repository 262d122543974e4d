//! Removes fields that GA versions lack from the accounts and sessions in a response.

use axum::body::Bytes;
use serde_json::{Map, Value};

const OF_ACCOUNTS: &[&str] = &["authorization", "inferred_balances_refresh", "institution"];
const OF_SESSIONS: &[&str] =
    &["hosted", "relink_options", "relink_result", "status", "status_details", "ui_mode", "url"];

pub(super) fn strip(body: &Bytes) -> Bytes {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            strip_value(&mut value);
            Bytes::from(value.to_string())
        }
        Err(_) => body.clone(),
    }
}

fn strip_value(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(strip_value),
        Value::Object(fields) => {
            strip_object(fields);
            fields.values_mut().for_each(strip_value);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn strip_object(fields: &mut Map<String, Value>) {
    match fields.get("object").and_then(Value::as_str) {
        Some("financial_connections.account") => {
            fields.retain(|name, _| !OF_ACCOUNTS.contains(&name.as_str()));
            if let Some(Value::Object(details)) = fields.get_mut("status_details") {
                details.remove("inactive");
            }
        }
        Some("financial_connections.session") => {
            fields.retain(|name, _| !OF_SESSIONS.contains(&name.as_str()));
        }
        _ => {}
    }
}
