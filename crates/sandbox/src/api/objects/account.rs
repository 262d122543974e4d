//! The account object, in the shape of each version.

use serde_json::{Map, Value, json};

use super::{account_features, account_holder};
use crate::{
    version::Version,
    world::{
        Account, World,
        account::Status,
        number::{AccountNumber, NumberKind, NumberStatus},
    },
};

/// URL of the list of accounts.
pub(crate) const PATH: &str = "/v1/financial_connections/accounts";

/// First version with `status_details.active`, the announced end of an active account, and with the cause
/// `institution_requirement`.
pub(crate) const NOTICES_SINCE: &str = "2026-06-24";
/// First version with `account_numbers`.
const NUMBERS_SINCE: &str = "2025-11-17";
/// First version in which a number can be `expired` or `pending`.
const EXPIRED_NUMBERS_SINCE: &str = "2026-09-30";

/// Renders the account object.
pub(crate) fn render(world: &World, account: &Account, version: &Version) -> Value {
    let mut value = json!({
        "id": account.id,
        "object": "financial_connections.account",
        "account_holder": account_holder::render(account.holder.as_ref()),
        "category": category(account.subcategory),
        "created": account.created,
        "display_name": account.name,
        "institution_name": world.institution_name(&account.institution),
        "last4": account.last4,
        "livemode": false,
        "permissions": account.permissions,
        "status": status(&account.status),
        "status_details": details(&account.status, version),
        "subcategory": account.subcategory,
        "subscriptions": account.subscriptions,
        "supported_payment_method_types": world.payment_method_types(account),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(account_features::fields(world, account, version));
        if version.is_since(NUMBERS_SINCE) {
            fields.insert("account_numbers".to_owned(), numbers(account, version));
        }
        if version.has_relink() {
            fields.extend(preview_fields(account));
        }
    }
    value
}

/// Returns the fields that GA versions lack.
fn preview_fields(account: &Account) -> Map<String, Value> {
    Map::from_iter([
        ("authorization".to_owned(), account.authorization.as_str().into()),
        ("institution".to_owned(), account.institution.as_str().into()),
    ])
}

fn status(status: &Status) -> &'static str {
    match status {
        Status::Active(_) => "active",
        Status::Inactive { .. } => "inactive",
        Status::Disconnected => "disconnected",
    }
}

fn details(status: &Status, version: &Version) -> Value {
    match status {
        Status::Active(Some(notice)) if version.is_since(NOTICES_SINCE) => json!({ "active": {
            "action": notice.action.as_str(),
            "cause": notice.cause,
            "expected_deactivation_date": notice.expected_deactivation_date,
        } }),
        Status::Inactive { action, cause } if version.has_relink() => {
            let known = version.is_since(NOTICES_SINCE) || cause != "institution_requirement";
            let cause = if known { cause } else { "unspecified" };
            json!({ "inactive": { "action": action.as_str(), "cause": cause } })
        }
        Status::Active(_) | Status::Inactive { .. } | Status::Disconnected => json!({}),
    }
}

/// Renders the account numbers, or null if the account lacks the permission `payment_method`.
fn numbers(account: &Account, version: &Version) -> Value {
    if !account.has_permission("payment_method") {
        return Value::Null;
    }
    account.numbers.iter().map(|one| number(one, version)).collect()
}

fn number(number: &AccountNumber, version: &Version) -> Value {
    let (kind, expires) = match number.kind {
        NumberKind::Real => ("account_number", None),
        NumberKind::Tokenized { expires } => ("tokenized_account_number", expires),
    };
    let is_new = matches!(number.status, NumberStatus::Expired | NumberStatus::Pending);
    let known = !is_new || version.is_since(EXPIRED_NUMBERS_SINCE);
    let status = if known { number.status } else { NumberStatus::Deactivated };
    json!({
        "expected_expiry_date": expires,
        "identifier_type": kind,
        "status": status.as_str(),
        "supported_networks": ["ach"],
    })
}

fn category(subcategory: &str) -> &'static str {
    match subcategory {
        "checking" | "savings" => "cash",
        _ => "credit",
    }
}
