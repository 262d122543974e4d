//! `/v2/core/accounts`: the platform's own account and those that are connected to it, as the second version shows them. As a
//! customer of the platform an account has a default payment method, which can be changed.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use crate::{
    api::{
        objects::{account_v2, connect_account::id},
        respond,
    },
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_METHOD},
    },
    state::{Sandbox, replays::StoredResponse},
};

const INCLUDE: &str = "include[]";
const DEFAULT: &str = "configuration[customer][billing][default_payment_method]";

/// `GET /v2/core/accounts/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(account): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let found = find(&sandbox, &account)?;
    let included = call.params.enum_list("include", account_v2::PARTS)?;
    respond::get(&found, &call, &[INCLUDE], |state| Ok(account_v2::render(&state.world, &included)))
}

/// `POST /v2/core/accounts/{id}`: the default payment method only.
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(account): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let found = find(&sandbox, &account)?;
    let included = call.params.enum_list("include", account_v2::PARTS)?;
    // A customer's payment methods are the platform's.
    let method = call.params.text(DEFAULT)?;
    if let Some(method) = method.filter(|method| !sandbox.lock().world.is_attached(method, &account)) {
        return Err(ApiError::no_such(PAYMENT_METHOD, method, DEFAULT));
    }
    respond::post(&found, &call, &[DEFAULT, INCLUDE], |state| {
        let world = &mut state.world;
        world.default_payment_method = call.params.changed(DEFAULT, world.default_payment_method.take());
        Ok(account_v2::render(world, &included))
    })
}

/// Returns the sandbox of the own account or of a connected one.
fn find(sandbox: &Sandbox, account: &str) -> Result<Sandbox, ApiError> {
    let is_own = id(&sandbox.lock().world) == account;
    let found = if is_own { Some(sandbox.clone()) } else { sandbox.connected(account) };
    found.ok_or_else(|| ApiError::not_found("account", account))
}
