//! `/v1/account` and `/v1/accounts`: the merchant's own account and those that are connected to it; `/v1/balance`.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

use super::{
    objects::connect_account::{self, render},
    respond,
};
use crate::{
    http::{
        api_call::ApiCall,
        auth::no_access_to_account,
        error::ApiError,
        pagination::{PAGE_PARAMS, paginate},
    },
    state::Sandbox,
};

const PATH: &str = "/v1/accounts";

/// `GET /v1/account`
pub(crate) async fn retrieve_own(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| Ok(render(&state.world)))
}

/// `GET /v1/accounts/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let account = sandbox_of(&sandbox, &id, &headers, &call)?;
    respond::get(&account, &call, &[], |state| Ok(render(&state.world)))
}

/// `GET /v1/accounts`: the connected accounts.
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    // Each is locked for itself, before the platform is.
    let connected = sandbox.all_connected().into_iter();
    let accounts: Vec<(String, Value)> =
        connected.map(|(id, account)| (id, render(&account.lock().world))).collect();
    respond::get(&sandbox, &call, PAGE_PARAMS, |_| {
        paginate(&call.params, &accounts, |(id, _)| id, "account", PATH, |(_, account)| account.clone())
    })
}

/// `GET /v1/balance`: what payments have brought, and will bring if they succeed.
pub(crate) async fn balance(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        let (available, pending) = state.world.merchant_balance();
        let money = |amount: i64| {
            let source_types = json!({ "bank_account": amount });
            json!([{ "amount": amount, "currency": "usd", "source_types": source_types }])
        };
        Ok(json!({
            "object": "balance",
            "available": money(available),
            "livemode": false,
            "pending": money(pending),
        }))
    })
}

/// Returns the sandbox of the own account or of a connected one, or Stripe's error for any other.
pub(super) fn sandbox_of(
    sandbox: &Sandbox,
    id: &str,
    headers: &HeaderMap,
    call: &ApiCall,
) -> Result<Sandbox, ApiError> {
    if connect_account::id(&sandbox.lock().world) == id {
        return Ok(sandbox.clone());
    }
    sandbox.connected(id).ok_or_else(|| no_access_to_account(headers, &call.method, id))
}
