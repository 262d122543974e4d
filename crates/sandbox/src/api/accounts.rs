//! `/v1/financial_connections/accounts`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{
    holder,
    objects::{
        account::{PATH, render},
        session::collected,
    },
    respond,
};
use crate::{
    http::{api_call::ApiCall, error::ApiError, pagination::paginate},
    state::Sandbox,
    world::Account,
};

const LIST_PARAMS: &[&str] = &[
    "account_holder[account]",
    "account_holder[customer]",
    "account_holder[customer_account]",
    "ending_before",
    "limit",
    "session",
    "starting_after",
];

/// `GET /v1/financial_connections/accounts`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, LIST_PARAMS, |state| {
        let wanted_holder = holder::parse_filter(&call.params)?;
        let world = &state.world;
        let is_unfiltered = wanted_holder.is_none() && call.params.text("session")?.is_none();
        if is_unfiltered && world.settings.accounts_need_holder {
            return Err(ApiError::missing("account_holder"));
        }
        let session = match call.params.text("session")? {
            None => None,
            Some(id) => Some(world.session(id).ok_or_else(|| ApiError::no_such("session", id, "session"))?),
        };
        let mut accounts = session.map_or_else(|| world.accounts(), |session| collected(world, session));
        accounts.retain(|account| wanted_holder.is_none() || account.holder == wanted_holder);
        let render = |account: &&Account| render(world, account);
        paginate(&call.params, &accounts, |account| &account.id, "account", PATH, render)
    })
}

/// `GET /v1/financial_connections/accounts/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        state.world.count_read(&id);
        let account = state.world.account(&id).ok_or_else(|| ApiError::not_found("account", &id))?;
        Ok(render(&state.world, account))
    })
}
