//! The transaction object.

use serde_json::{Value, json};

use crate::world::{Transaction, World};

pub(crate) fn render(world: &World, transaction: &Transaction) -> Value {
    let status = if transaction.posted_at.is_some() { "posted" } else { "pending" };
    json!({
        "id": transaction.id,
        "object": "financial_connections.transaction",
        "account": transaction.account,
        "amount": transaction.amount,
        "currency": "usd",
        "description": transaction.description,
        "livemode": false,
        "status": status,
        "status_transitions": { "posted_at": transaction.posted_at, "void_at": null },
        "transacted_at": transaction.transacted_at,
        "transaction_refresh": world.refresh_id(transaction),
        "updated": transaction.updated,
    })
}
