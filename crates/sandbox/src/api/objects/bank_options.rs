//! The hash `payment_method_options` of setup intents and payment intents.

use serde_json::{Map, Value, json};

use crate::world::{bank_options::BankOptions, number::DAY};

/// Renders the options, or null if none were given.
pub(crate) fn render(options: Option<&BankOptions>) -> Value {
    let Some(options) = options else { return Value::Null };
    let given = |list: &Vec<String>| Some(list.clone()).filter(|list| !list.is_empty());
    let mut filters = Map::new();
    insert(&mut filters, "account_subcategories", given(&options.subcategories).map(Value::from));
    insert(&mut filters, "institution", options.institution.clone().map(Value::from));
    let mut connections = Map::from_iter([("prefetch".to_owned(), json!(given(&options.prefetch)))]);
    insert(&mut connections, "filters", Some(filters).filter(|filters| !filters.is_empty()).map(Value::from));
    insert(
        &mut connections,
        "manual_entry",
        options.manual_entry.as_ref().map(|mode| json!({ "mode": mode })),
    );
    insert(&mut connections, "permissions", given(&options.permissions).map(Value::from));
    insert(&mut connections, "return_url", options.return_url.clone().map(Value::from));
    let mut account = Map::from_iter([("financial_connections".to_owned(), connections.into())]);
    let collection = options.collection_method.as_ref().map(|method| json!({ "collection_method": method }));
    insert(&mut account, "mandate_options", collection);
    insert(&mut account, "verification_method", options.verification_method.clone().map(Value::from));
    json!({ "us_bank_account": account })
}

/// Renders the customer's next action: verifying two small deposits to an account that was typed in.
pub(crate) fn verification(created: i64) -> Value {
    json!({
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": created + 2 * DAY,
            "hosted_verification_url": "https://payments.stripe.com/microdeposit/sandbox",
            "microdeposit_type": "amounts",
        },
    })
}

fn insert(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value);
    }
}
