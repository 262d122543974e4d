//! `/v1/financial_connections/transactions`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{account_data::refresh_id, answer};
use crate::{
    http::{call::Call, error::ApiError, form::Params, list},
    state::Sandbox,
    world::{Account, Transaction, World, refresh::Feature},
};

pub(crate) const PATH: &str = "/v1/financial_connections/transactions";

const KNOWN: &[&str] = &[
    "account",
    "ending_before",
    "limit",
    "starting_after",
    "transacted_at",
    "transacted_at[gt]",
    "transacted_at[gte]",
    "transacted_at[lt]",
    "transacted_at[lte]",
    AFTER,
];
const AFTER: &str = "transaction_refresh[after]";

/// `GET /v1/financial_connections/transactions`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: Call) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, KNOWN, |state| {
        let (world, params) = (&state.world, &call.params);
        let account = account(world, params)?;
        let period = params.period("transacted_at")?;
        let after = refresh_after(world, params)?;
        let mut wanted = world.transactions_of(account);
        wanted.retain(|one| period.contains(&one.transacted_at) && one.refresh > after);
        list::page(params, &wanted, |one| &one.id, "transaction", PATH, |one| render(one))
    })
}

/// `GET /v1/financial_connections/transactions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, &[], |state| {
        let found = state.world.transaction(&id);
        found.map(render).ok_or_else(|| ApiError::not_found("transaction", &id))
    })
}

fn account<'a>(world: &'a World, params: &Params) -> Result<&'a Account, ApiError> {
    let id = params.text("account")?.ok_or_else(|| ApiError::missing("account"))?;
    let account = world.account(id).ok_or_else(|| ApiError::no_such("account", id, "account"))?;
    if !account.may(Feature::Transactions.permission()) {
        return Err(ApiError::invalid(
            "account",
            "The account was linked without the transactions permission.",
        ));
    }
    if account.fetched(Feature::Transactions).is_none() {
        let message = "The account's transactions were never refreshed with success.";
        let code = "financial_connections_no_successful_transaction_refresh";
        return Err(ApiError::coded(code, "account", message));
    }
    Ok(account)
}

/// Returns the number of the refresh after which transactions are listed; 0 lists all.
fn refresh_after(world: &World, params: &Params) -> Result<usize, ApiError> {
    let Some(id) = params.text(AFTER)? else { return Ok(0) };
    let number = id.strip_prefix("fctxnref_Sandbox").and_then(|digits| digits.parse().ok());
    let known = number.filter(|number| world.knows_refresh(*number));
    known.ok_or_else(|| ApiError::no_such("transaction_refresh", id, AFTER))
}

fn render(transaction: &Transaction) -> Value {
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
        "transaction_refresh": refresh_id(transaction.refresh),
        "updated": transaction.updated,
    })
}
