//! Fetched data of an account: the account's fields for balances and refreshes, its owners and inferred balances.

use serde_json::{Map, Value, json};

use super::account;
use crate::world::{
    Account, World,
    account_data::{Balance, Owner, Ownership},
    number::DAY,
    refresh::{Feature, Refresh, RefreshState},
};

/// Returns the fields of the account object that refreshes fill.
pub(crate) fn fields(world: &World, account: &Account) -> Map<String, Value> {
    let refreshes = &account.refreshes;
    let mut fields = Map::from_iter([
        (
            "balance".to_owned(),
            world.balance(account).map_or(Value::Null, |one| balance(world, account, one)),
        ),
        ("balance_refresh".to_owned(), refreshes.balance.as_ref().map_or(Value::Null, refresh)),
        ("ownership".to_owned(), json!(world.ownership_of(account).map(|ownership| ownership.id))),
        ("ownership_refresh".to_owned(), refreshes.ownership.as_ref().map_or(Value::Null, refresh)),
        (
            "transaction_refresh".to_owned(),
            refreshes.transactions.as_ref().map_or(Value::Null, transaction_refresh),
        ),
    ]);
    if let Some(inferred) = refreshes.of(Feature::InferredBalances) {
        fields.insert("inferred_balances_refresh".to_owned(), refresh(inferred));
    }
    fields
}

fn balance(world: &World, account: &Account, balance: Balance) -> Value {
    let Balance { as_of, current } = balance;
    let money = |amount: i64| json!({ world.currency(account): amount });
    let (kind, details) = match account.subcategory {
        "checking" | "savings" => ("cash", json!({ "available": money(current) })),
        "investment" | "other" => ("cash", json!({ "available": null })),
        _ => ("credit", json!({ "used": money(-current) })),
    };
    json!({ "as_of": as_of, kind: details, "current": money(current), "type": kind })
}

fn refresh(refresh: &Refresh) -> Value {
    let (status, next) = match refresh.state {
        RefreshState::Pending { .. } => ("pending", None),
        RefreshState::Succeeded => ("succeeded", Some(refresh.attempted + DAY)),
        RefreshState::Failed => ("failed", Some(refresh.attempted + DAY)),
    };
    json!({ "last_attempted_at": refresh.attempted, "next_refresh_available_at": next, "status": status })
}

fn transaction_refresh(one: &Refresh) -> Value {
    let mut value = refresh(one);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("id".to_owned(), one.id.as_str().into());
    }
    value
}

/// Renders the ownership object, which appears where `ownership` is expanded.
#[expect(clippy::needless_pass_by_value, reason = "made for this one answer")]
pub(crate) fn render_ownership(ownership: Ownership) -> Value {
    let owners: Vec<Value> = ownership.owners.iter().map(|owner| render_owner(&ownership, owner)).collect();
    let account = ownership.id.replacen("fcaowns_", "fca_", 1);
    json!({
        "id": ownership.id,
        "object": "financial_connections.account_ownership",
        "created": ownership.fetched,
        "owners": {
            "object": "list",
            "data": owners,
            "has_more": false,
            "url": format!("{}/{account}/owners?ownership={}", account::PATH, ownership.id),
        },
    })
}

pub(crate) fn render_owner(ownership: &Ownership, owner: &Owner) -> Value {
    json!({
        "id": owner.id,
        "object": "financial_connections.account_owner",
        "email": owner.email,
        "name": owner.name,
        "ownership": ownership.id,
        "phone": owner.phone,
        "raw_address": owner.address,
        "refreshed_at": ownership.fetched,
    })
}
