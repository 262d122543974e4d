//! Comparison of two responses to the same call: of their status, errors, fields, and kinds of values. Values
//! themselves differ with the state of the account, so only those of enums and of errors are compared.

use serde_json::Value;

/// Fields whose values are words of a list.
const WORDS: &[&str] = &[
    "account_holder_type",
    "action",
    "category",
    "cause",
    "code",
    "currency",
    "event_payload",
    "failure_reason",
    "mode",
    "object",
    "param",
    "permissions",
    "reason",
    "status",
    "subcategory",
    "supported_payment_method_types",
    "type",
    "ui_mode",
    "usage",
];

/// A difference between two responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// Path of the field, such as `accounts.data[].last4`; `status` of the response itself is `HTTP status`.
    pub(super) path: String,
    pub(super) stripe: String,
    pub(super) sandbox: String,
}

/// A response with its body as JSON; null if it has none.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

/// Returns what the sandbox would have answered otherwise.
pub(super) fn differences(stripe: &Answer, sandbox: &Answer) -> Vec<Difference> {
    let mut found = Vec::new();
    if stripe.status != sandbox.status {
        add(&mut found, "HTTP status", stripe.status.to_string(), sandbox.status.to_string());
    }
    compare("", "", &stripe.body, &sandbox.body, &mut found);
    found
}

fn compare(path: &str, name: &str, stripe: &Value, sandbox: &Value, found: &mut Vec<Difference>) {
    match (stripe, sandbox) {
        (Value::Object(theirs), Value::Object(ours)) => {
            // Keys are the merchant's in metadata, and currencies in balances.
            if matches!(name, "metadata" | "current" | "available") {
                return;
            }
            let names = theirs.keys().chain(ours.keys().filter(|name| !theirs.contains_key(*name)));
            for name in names {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match (theirs.get(name), ours.get(name)) {
                    (Some(theirs), Some(ours)) => compare(&inner, name, theirs, ours, found),
                    (theirs, ours) => add(found, &inner, kind_or_none(theirs), kind_or_none(ours)),
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            for (theirs, ours) in theirs.iter().zip(ours) {
                compare(&format!("{path}[]"), name, theirs, ours, found);
            }
        }
        (Value::String(theirs), Value::String(ours)) if WORDS.contains(&name) && theirs != ours => {
            add(found, path, format!("\"{theirs}\""), format!("\"{ours}\""));
        }
        (theirs, ours) if kind(theirs) != kind(ours) => {
            add(found, path, kind(theirs), kind(ours));
        }
        _ => {}
    }
}

/// Adds a difference, unless the same one was found in another item of a list.
fn add(found: &mut Vec<Difference>, path: &str, stripe: impl Into<String>, sandbox: impl Into<String>) {
    let difference = Difference { path: path.to_owned(), stripe: stripe.into(), sandbox: sandbox.into() };
    if !found.contains(&difference) {
        found.push(difference);
    }
}

fn kind_or_none(value: Option<&Value>) -> &'static str {
    value.map_or("no such field", kind)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a hash",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Answer, differences};

    fn shown(stripe: Value, sandbox: Value) -> Vec<String> {
        let found =
            differences(&Answer { status: 200, body: stripe }, &Answer { status: 200, body: sandbox });
        found.into_iter().map(|one| format!("{}: {} / {}", one.path, one.stripe, one.sandbox)).collect()
    }

    #[test]
    fn fields_kinds_and_words_are_compared_and_other_values_are_not() {
        let stripe = json!({
            "id": "fca_1", "status": "active", "created": 5, "only": null, "name": "Ada",
            "data": [{ "last4": "6789" }, { "last4": null }], "metadata": { "a": "1" },
        });
        let sandbox = json!({
            "id": "fca_Sandbox0001", "status": "inactive", "created": "5", "name": null, "ours": 1,
            "data": [{ "last4": 6789 }], "metadata": { "b": "2" },
        });
        assert_eq!(shown(stripe.clone(), stripe.clone()), Vec::<String>::new());
        assert_eq!(
            shown(stripe, sandbox),
            [
                "created: a number / a text",
                "data[].last4: a text / a number",
                "name: a text / null",
                "only: null / no such field",
                "status: \"active\" / \"inactive\"",
                "ours: no such field / a number",
            ]
        );
    }

    #[test]
    fn errors_differ_by_status_code_and_param() {
        let error = |code: &str| json!({ "error": { "code": code, "message": code, "type": "x" } });
        let found = differences(
            &Answer { status: 400, body: error("resource_missing") },
            &Answer { status: 404, body: error("parameter_missing") },
        );
        let paths: Vec<&str> = found.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, ["HTTP status", "error.code"]);
    }
}
