//! The bank account object, in tokens and as an external account.

use serde_json::{Map, Value, json};

use crate::world::bank_account::{BankDetails, ExternalAccount};

/// Renders the fields that all bank accounts have.
pub(super) fn render(id: &str, bank: Option<&BankDetails>) -> Value {
    json!({
        "id": id,
        "object": "bank_account",
        "account_holder_name": bank.and_then(|bank| bank.holder_name.as_ref()),
        "account_holder_type": bank.and_then(|bank| bank.holder_type.as_ref()),
        "account_type": bank.and_then(|bank| bank.account_type.as_ref()),
        "bank_name": bank.map(|bank| &bank.bank_name),
        "country": "US",
        "currency": "usd",
        "fingerprint": bank.map(|bank| &bank.fingerprint),
        "last4": bank.map(|bank| &bank.last4),
        "routing_number": bank.map(|bank| &bank.routing_number),
        "status": "new",
    })
}

/// Renders an external account of this account.
pub(crate) fn render_external(owner: &str, account: &ExternalAccount) -> Value {
    let mut value = render(&account.id, Some(&account.bank));
    let status = if account.is_number_deactivated { "tokenized_account_number_deactivated" } else { "new" };
    if let Some(fields) = value.as_object_mut() {
        fields.extend(Map::from_iter([
            ("account".to_owned(), owner.into()),
            ("available_payout_methods".to_owned(), json!(["standard"])),
            ("default_for_currency".to_owned(), account.is_default.into()),
            ("metadata".to_owned(), json!(account.metadata)),
            ("status".to_owned(), status.into()),
        ]));
    }
    value
}

/// Renders what is left of a deleted external account.
pub(crate) fn render_deleted(id: &str) -> Value {
    json!({ "id": id, "object": "bank_account", "currency": "usd", "deleted": true })
}
