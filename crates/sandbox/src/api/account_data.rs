//! Fetched data of an account: owners, inferred balances, and the account's fields for balances and refreshes.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value, json};

use super::{accounts, answer};
use crate::{
    http::{call::Call, error::ApiError, list, version::Version},
    state::Sandbox,
    world::{
        Account, World,
        data::{Balance, Owner, Ownership},
        number::DAY,
        refresh::{Feature, Refresh, RefreshState},
    },
};

const PAGES: &[&str] = &["ending_before", "limit", "starting_after"];

/// `GET /v1/financial_connections/accounts/{id}/owners`
pub(crate) async fn owners(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, &[PAGES, &["ownership"]].concat(), |state| {
        let world = &state.world;
        let account = world.account(&id).ok_or_else(|| ApiError::not_found("account", &id))?;
        let wanted = call.params.text("ownership")?.ok_or_else(|| ApiError::missing("ownership"))?;
        let ownership = world.ownership_of(account).filter(|ownership| ownership.id == wanted);
        let ownership = ownership.ok_or_else(|| ApiError::no_such("ownership", wanted, "ownership"))?;
        let url = format!("{}/{id}/owners", accounts::PATH);
        let render = |owner: &Owner| render_owner(&ownership, owner);
        list::page(&call.params, &ownership.owners, |owner| &owner.id, "owner", &url, render)
    })
}

/// `GET /v1/financial_connections/accounts/{id}/inferred_balances`, on preview versions only.
pub(crate) async fn inferred_balances(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    call.needs_relink()?;
    answer::get(&sandbox, &call, PAGES, |state| {
        let account = state.world.account(&id).ok_or_else(|| ApiError::not_found("account", &id))?;
        let named = |balance: Balance| {
            let day = balance.as_of / DAY;
            (format!("fcaib_{}{day}", account.id.replacen("fca_", "", 1)), balance)
        };
        let balances: Vec<(String, Balance)> =
            state.world.inferred_balances(account).into_iter().map(named).collect();
        let url = format!("{}/{id}/inferred_balances", accounts::PATH);
        let render = |(id, balance): &(String, Balance)| {
            json!({
                "id": id,
                "object": "financial_connections.account_inferred_balance",
                "as_of": balance.as_of,
                "current": { "usd": balance.current },
            })
        };
        list::page(&call.params, &balances, |(id, _)| id, "inferred_balance", &url, render)
    })
}

/// Returns the fields of the account object that refreshes fill.
pub(super) fn fields(world: &World, account: &Account, version: &Version) -> Map<String, Value> {
    let refreshes = &account.refreshes;
    let mut fields = Map::from_iter([
        ("balance".to_owned(), world.balance(account).map_or(Value::Null, |one| balance(account, one))),
        ("balance_refresh".to_owned(), refreshes.balance.as_ref().map_or(Value::Null, refresh)),
        ("ownership".to_owned(), json!(world.ownership_of(account).map(|ownership| ownership.id))),
        ("ownership_refresh".to_owned(), refreshes.ownership.as_ref().map_or(Value::Null, refresh)),
        (
            "transaction_refresh".to_owned(),
            refreshes.transactions.as_ref().map_or(Value::Null, transaction_refresh),
        ),
    ]);
    if let Some(inferred) = refreshes.of(Feature::InferredBalances).filter(|_| version.has_relink()) {
        fields.insert("inferred_balances_refresh".to_owned(), refresh(inferred));
    }
    fields
}

fn balance(account: &Account, balance: Balance) -> Value {
    let Balance { as_of, current } = balance;
    if matches!(account.subcategory, "checking" | "savings") {
        return json!({
            "as_of": as_of,
            "cash": { "available": { "usd": current } },
            "current": { "usd": current },
            "type": "cash",
        });
    }
    json!({
        "as_of": as_of,
        "credit": { "used": { "usd": -current } },
        "current": { "usd": current },
        "type": "credit",
    })
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
        fields.insert("id".to_owned(), refresh_id(one.number).into());
    }
    value
}

pub(super) fn refresh_id(number: usize) -> String {
    format!("fctxnref_Sandbox{number:04}")
}

/// Renders the ownership object, which appears where `ownership` is expanded.
#[expect(clippy::needless_pass_by_value, reason = "made for this one answer")]
pub(super) fn render_ownership(ownership: Ownership) -> Value {
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
            "url": format!("{}/{account}/owners?ownership={}", accounts::PATH, ownership.id),
        },
    })
}

fn render_owner(ownership: &Ownership, owner: &Owner) -> Value {
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
