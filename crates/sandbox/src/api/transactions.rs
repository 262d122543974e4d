//! `/v1/financial_connections/transactions`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{objects::transaction::render, respond};
use crate::{
    http::{api_call::ApiCall, error::ApiError, pagination::paginate, params::Params},
    state::Sandbox,
    world::{Account, World, refresh::Feature},
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
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, KNOWN, |state| {
        let (world, params) = (&state.world, &call.params);
        let account = account(world, params)?;
        let period = params.time_range("transacted_at")?;
        let after = refresh_after(world, params)?;
        let mut wanted = world.transactions_of(account);
        wanted.retain(|one| period.contains(&one.transacted_at) && one.refresh > after);
        paginate(params, &wanted, |one| &one.id, "transaction", PATH, |one| render(world, one))
    })
}

/// `GET /v1/financial_connections/transactions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        let found = state.world.transaction(&id).map(|one| render(&state.world, one));
        found.ok_or_else(|| ApiError::not_found("transaction", &id))
    })
}

fn account<'a>(world: &'a World, params: &Params) -> Result<&'a Account, ApiError> {
    let id = params.required("account")?;
    let account = world.account(id).ok_or_else(|| ApiError::no_such("account", id, "account"))?;
    if !account.has_permission(Feature::Transactions.permission()) {
        return Err(ApiError::invalid(
            "account",
            "The account was linked without the transactions permission.",
        ));
    }
    if account.fetched(Feature::Transactions).is_none() {
        let message = "The account's transactions were never refreshed successfully.";
        let code = "financial_connections_no_successful_transaction_refresh";
        return Err(ApiError::invalid_with_code(code, "account", message));
    }
    Ok(account)
}

/// Returns the number of the refresh after which transactions are listed; 0 lists all.
fn refresh_after(world: &World, params: &Params) -> Result<usize, ApiError> {
    let Some(id) = params.text(AFTER)? else { return Ok(0) };
    world.refresh_number(id).ok_or_else(|| ApiError::no_such("transaction_refresh", id, AFTER))
}
