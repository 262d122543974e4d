//! The account object.

use serde_json::{Value, json};

use super::{account_features, account_holder};
use crate::world::{
    Account, World,
    account::Status,
    number::{AccountNumber, NumberKind},
};

/// URL of the list of accounts.
pub(crate) const PATH: &str = "/v1/financial_connections/accounts";

/// Renders the account object.
pub(crate) fn render(world: &World, account: &Account) -> Value {
    let mut value = json!({
        "id": account.id,
        "object": "financial_connections.account",
        "account_holder": account_holder::render(account.holder.as_ref()),
        "account_numbers": numbers(account),
        "authorization": account.authorization,
        "category": category(account.subcategory),
        "created": account.created,
        "display_name": account.name,
        "institution": account.institution,
        "institution_name": world.institution_name(&account.institution),
        "last4": account.last4,
        "livemode": false,
        "permissions": account.permissions,
        "status": status(&account.status),
        "status_details": details(&account.status),
        "subcategory": if account.subcategory == "investment" { "other" } else { account.subcategory },
        "subscriptions": account.subscriptions,
        "supported_payment_method_types": world.payment_method_types(account),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(account_features::fields(world, account));
    }
    value
}

fn status(status: &Status) -> &'static str {
    match status {
        Status::Active(_) => "active",
        Status::Inactive { .. } => "inactive",
        Status::Disconnected => "disconnected",
    }
}

fn details(status: &Status) -> Value {
    match status {
        Status::Active(Some(notice)) => json!({ "active": {
            "action": notice.action.as_str(),
            "cause": notice.cause,
            "expected_deactivation_date": notice.expected_deactivation_date,
        } }),
        Status::Inactive { action, cause } => {
            json!({ "inactive": { "action": action.as_str(), "cause": cause } })
        }
        Status::Active(None) | Status::Disconnected => json!({}),
    }
}

/// Renders the account numbers, or null if the account lacks the permission `payment_method`.
fn numbers(account: &Account) -> Value {
    if !account.has_permission("payment_method") {
        return Value::Null;
    }
    account.numbers.iter().map(number).collect()
}

fn number(number: &AccountNumber) -> Value {
    let (kind, expires) = match number.kind {
        NumberKind::Real => ("account_number", None),
        NumberKind::Tokenized { expires } => ("tokenized_account_number", expires),
    };
    json!({
        "expected_expiry_date": expires,
        "identifier_type": kind,
        "status": number.status.as_str(),
        "supported_networks": ["ach"],
    })
}

fn category(subcategory: &str) -> &'static str {
    match subcategory {
        "checking" | "savings" => "cash",
        "investment" => "investment",
        "other" => "other",
        _ => "credit",
    }
}
