//! Rewrites rendered objects into the shape of a version. Objects are rendered with everything that any version has.

use serde_json::{Map, Value};

use super::{
    Version,
    fields::{FIELDS, Field, NEWER_VALUES, NewerValue},
};

/// Rewrites all objects in the value, at every depth. Events are left alone: each is in a version of its own.
pub(crate) fn rewrite(value: &mut Value, version: &Version) {
    walk(value, version, false);
}

/// Rewrites all objects in the value, also those in events.
pub(crate) fn rewrite_with_events(value: &mut Value, version: &Version) {
    walk(value, version, true);
}

fn walk(value: &mut Value, version: &Version, with_events: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, version, with_events)),
        Value::Object(fields) => {
            let object = fields.get("object").and_then(Value::as_str).unwrap_or_default().to_owned();
            if object == "event" && !with_events {
                return;
            }
            rewrite_object(fields, &object, version);
            fields.values_mut().for_each(|inner| walk(inner, version, with_events));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn rewrite_object(fields: &mut Map<String, Value>, object: &str, version: &Version) {
    for newer in NEWER_VALUES.iter().filter(|newer| newer.object == object && !version.has(newer.since)) {
        visit(fields, newer.path, &mut |parent, name| replace(parent, name, newer));
    }
    for field in FIELDS.iter().filter(|field| field.object == object && !exists(field, version)) {
        visit(fields, field.path, &mut |parent, name| {
            parent.remove(name);
        });
    }
}

fn exists(field: &Field, version: &Version) -> bool {
    version.has(field.since) && field.last.is_none_or(|last| version.is_until(last))
}

/// Calls `change` with each hash that the path leads to, and the name of its field.
fn visit(
    fields: &mut Map<String, Value>,
    path: &str,
    change: &mut impl FnMut(&mut Map<String, Value>, &str),
) {
    let Some((name, rest)) = path.split_once('.') else { return change(fields, path) };
    match fields.get_mut(name) {
        Some(Value::Object(inner)) => visit(inner, rest, change),
        Some(Value::Array(items)) => {
            items.iter_mut().filter_map(Value::as_object_mut).for_each(|inner| visit(inner, rest, change));
        }
        _ => {}
    }
}

fn replace(parent: &mut Map<String, Value>, name: &str, newer: &NewerValue) {
    match parent.get_mut(name) {
        Some(Value::Array(items)) => items.retain(|item| *item != newer.value),
        Some(value) if *value == newer.value => match newer.before {
            Some(before) => *value = before.into(),
            None => {
                parent.remove(name);
            }
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FIELDS, NEWER_VALUES, Version, rewrite};

    fn shaped(mut value: Value, version: &str) -> Value {
        rewrite(&mut value, &Version::parse(version).unwrap());
        value
    }

    /// Returns an object of this kind with the value at the end of the path.
    fn with(object: &str, path: &str, value: Value) -> Value {
        let nested = path.rsplit('.').fold(value, |inner, name| json!({ name: inner }));
        let mut whole = nested.as_object().unwrap().clone();
        whole.insert("object".to_owned(), object.into());
        Value::Object(whole)
    }

    #[test]
    fn a_field_is_there_from_its_first_version_to_its_last() {
        let session = || with("financial_connections.session", "filters.countries", json!(["US"]));
        assert_eq!(shaped(session(), "2026-08-26.preview"), session());
        assert_eq!(shaped(session(), "2026-09-30.preview")["filters"], json!({}));
        let numbers = || with("financial_connections.account", "account_numbers", json!([]));
        assert_eq!(shaped(numbers(), "2025-11-17.clover"), numbers());
        assert_eq!(shaped(numbers(), "2025-10-29.clover").get("account_numbers"), None);
    }

    #[test]
    fn a_value_becomes_an_older_one_or_goes_away() {
        let account = json!({ "object": "financial_connections.account",
            "account_numbers": [{ "status": "expired" }, { "status": "transactable" }],
            "subscriptions": ["balance", "transactions"] });
        let old = shaped(account, "2026-08-26.dahlia");
        assert_eq!(
            old["account_numbers"],
            json!([{ "status": "deactivated" }, { "status": "transactable" }])
        );
        assert_eq!(old["subscriptions"], json!(["transactions"]));
    }

    #[test]
    fn objects_are_rewritten_at_every_depth_except_in_events() {
        let account = json!({ "object": "financial_connections.account", "authorization": "fcauth_1" });
        let bare = json!({ "object": "financial_connections.account" });
        let list = json!({ "object": "list", "data": [{ "accounts": { "data": [account] } }] });
        assert_eq!(
            shaped(list, "2026-10-28.endive"),
            json!({ "object": "list", "data": [{ "accounts": { "data": [bare] } }] })
        );
        let event = json!({ "object": "event", "data": { "object": account } });
        assert_eq!(shaped(event.clone(), "2026-10-28.endive"), event);
    }

    #[test]
    fn every_row_of_the_table_changes_something_in_some_version() {
        let changes = |whole: &Value| {
            ["2022-08-01", "2025-12-15.preview", "2026-09-30.preview", "2026-10-28.endive"]
                .iter()
                .any(|version| shaped(whole.clone(), version) != *whole)
        };
        for field in FIELDS {
            assert!(changes(&with(field.object, field.path, json!("x"))), "{} {}", field.object, field.path);
        }
        for newer in NEWER_VALUES {
            let whole = with(newer.object, newer.path, json!(newer.value));
            assert!(changes(&whole), "{} {} {}", newer.object, newer.path, newer.value);
        }
    }
}
