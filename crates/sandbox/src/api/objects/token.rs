//! The token object.

use serde_json::{Value, json};

use super::bank_account;
use crate::world::{World, token::BankAccountToken};

/// Renders the token object.
pub(crate) fn render(world: &World, token: &BankAccountToken) -> Value {
    let bank = token.bank.clone().or_else(|| world.bank_details(&token.account));
    json!({
        "id": token.id,
        "object": "token",
        "bank_account": bank_account::render(&token.id.replacen("btok_", "ba_", 1), bank.as_ref()),
        "client_ip": null,
        "created": token.created,
        "livemode": false,
        "type": "bank_account",
        "used": token.is_used,
    })
}
