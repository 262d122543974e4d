//! The token object, which `collectBankAccountToken` and the session contain.

use serde_json::{Value, json};

use crate::world::{World, token::BankAccountToken};

/// Renders the token object.
pub(crate) fn render(world: &World, token: &BankAccountToken) -> Value {
    json!({
        "id": token.id,
        "object": "token",
        "bank_account": bank_account(world, token),
        "client_ip": null,
        "created": token.created,
        "livemode": false,
        "type": "bank_account",
        "used": false,
    })
}

fn bank_account(world: &World, token: &BankAccountToken) -> Value {
    let account = world.account_of(token);
    let bank = account.and_then(|account| world.institution(&account.institution));
    json!({
        "id": token.id.replacen("btok_", "ba_", 1),
        "object": "bank_account",
        "account_holder_name": null,
        "account_holder_type": null,
        "account_type": null,
        "bank_name": bank.map(|bank| &bank.name),
        "country": "US",
        "currency": "usd",
        "fingerprint": account.map(|account| world.fingerprint(account)),
        "last4": account.map(|account| &account.last4),
        "routing_number": bank.map(|bank| &bank.routing_number),
        "status": "new",
    })
}
