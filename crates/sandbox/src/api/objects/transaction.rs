//! The transaction object.

use serde_json::{Value, json};

use crate::world::{Transaction, World};

pub(crate) fn render(world: &World, transaction: &Transaction) -> Value {
    let status = match (transaction.posted_at, transaction.void_at) {
        (_, Some(_)) => "void",
        (Some(_), None) => "posted",
        (None, None) => "pending",
    };
    let account = world.account(&transaction.account);
    json!({
        "id": transaction.id,
        "object": "financial_connections.transaction",
        "account": transaction.account,
        "amount": transaction.amount,
        "currency": account.map_or("usd", |account| world.currency(account)),
        "description": transaction.description,
        "livemode": false,
        "status": status,
        "status_transitions": { "posted_at": transaction.posted_at, "void_at": transaction.void_at },
        "transacted_at": transaction.transacted_at,
        "transaction_refresh": world.refresh_id(transaction),
        "updated": transaction.updated,
    })
}
