//! Removal of secrets from what is recorded: keys, client secrets, signing secrets, account numbers, and addresses that
//! let whoever has them act for a customer.

use serde_json::Value;

const REDACTED: &str = "[redacted]";

/// Ends of the names of fields and parameters with a secret.
const NAMES: &[&str] =
    &["account_number", "client_secret", "cvc", "hosted_verification_url", "number", "secret", "url"];

/// Beginnings of secrets, wherever they are.
const PREFIXES: &[&str] = &["sk_", "rk_", "pk_", "whsec_", "ek_", "uk_"];
/// Part of the client secrets of all objects.
const CLIENT_SECRET: &[&str] = &["_secret_"];

/// Removes secrets from a response.
pub(super) fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (name, value) in fields {
                if value.is_string() && is_secret_name(name) && !is_path(value) {
                    *value = REDACTED.into();
                } else {
                    redact(value);
                }
            }
        }
        Value::String(text) => *text = redact_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the text without the words in it that are secrets.
pub(super) fn redact_text(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '*';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(if is_secret(word) { REDACTED } else { word });
        let gap = after.find(is_part).unwrap_or(after.len());
        let (between, next) = after.split_at(gap);
        out.push_str(between);
        rest = next;
    }
    out
}

/// Returns the parameter's value, or a placeholder if it is a secret.
pub(super) fn redact_parameter(name: &str, value: &str) -> String {
    let last = name.trim_end_matches(']').rsplit('[').next().unwrap_or(name);
    if is_secret_name(last) { REDACTED.to_owned() } else { redact_text(value) }
}

fn is_secret(word: &str) -> bool {
    PREFIXES.iter().any(|prefix| word.starts_with(prefix))
        || CLIENT_SECRET.iter().any(|part| word.contains(part))
}

fn is_secret_name(name: &str) -> bool {
    NAMES.iter().any(|known| name == *known || name.ends_with(&format!("_{known}")) && *known != "number")
}

/// True of the address of a list, which is a path without a host.
fn is_path(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("/v1/") || text.starts_with("/v2/"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{redact, redact_parameter, redact_text};

    #[test]
    fn no_secret_stays_in_a_response() {
        let mut value = json!({
            "client_secret": "seti_1_secret_2", "url": "https://connect.stripe.com/x", "last4": "6789",
            "list": { "url": "/v1/accounts", "data": [{ "signing_secret": "whsec_1", "routing_number": "110000000" }] },
            "error": { "message": "Invalid API Key provided: sk_test_abc****1234; see fcsess_client_secret_x." },
        });
        redact(&mut value);
        let expected = json!({
            "client_secret": "[redacted]", "url": "[redacted]", "last4": "6789",
            "list": {
                "url": "/v1/accounts",
                "data": [{ "signing_secret": "[redacted]", "routing_number": "110000000" }],
            },
            "error": { "message": "Invalid API Key provided: [redacted]; see [redacted]." },
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn numbers_and_secrets_in_parameters_are_removed_and_the_rest_stays() {
        assert_eq!(redact_parameter("us_bank_account[account_number]", "000123456789"), "[redacted]");
        assert_eq!(redact_parameter("client_secret", "pi_1_secret_2"), "[redacted]");
        assert_eq!(redact_parameter("metadata[note]", "key sk_live_1"), "key [redacted]");
        assert_eq!(redact_parameter("customer", "cus_1"), "cus_1");
        assert_eq!(redact_text("pm_1 stays, é too"), "pm_1 stays, é too");
    }
}
