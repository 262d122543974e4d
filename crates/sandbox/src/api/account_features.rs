//! `/v1/financial_connections/accounts/{id}/owners` and `/inferred_balances`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    objects::{account, account_features::render_owner},
    respond,
};
use crate::{
    http::{
        api_call::ApiCall,
        error::ApiError,
        pagination::{PAGE_PARAMS, paginate},
    },
    state::Sandbox,
    version::Since,
    world::{
        account_data::{Balance, Owner},
        number::DAY,
    },
};

/// `GET /v1/financial_connections/accounts/{id}/owners`
pub(crate) async fn owners(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[PAGE_PARAMS, &["ownership"]].concat(), |state| {
        let world = &state.world;
        let account = world.account(&id).ok_or_else(|| ApiError::not_found("account", &id))?;
        let wanted = call.params.required("ownership")?;
        let ownership = world.ownership_of(account).filter(|ownership| ownership.id == wanted);
        let ownership = ownership.ok_or_else(|| ApiError::no_such("ownership", wanted, "ownership"))?;
        let url = format!("{}/{id}/owners", account::PATH);
        let render = |owner: &Owner| render_owner(&ownership, owner);
        paginate(&call.params, &ownership.owners, |owner| &owner.id, "owner", &url, render)
    })
}

/// `GET /v1/financial_connections/accounts/{id}/inferred_balances`, on preview versions only.
pub(crate) async fn inferred_balances(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    call.require(Since::EVERY_PREVIEW)?;
    respond::get(&sandbox, &call, PAGE_PARAMS, |state| {
        let account = state.world.account(&id).ok_or_else(|| ApiError::not_found("account", &id))?;
        let named = |balance: Balance| {
            let day = balance.as_of / DAY;
            (format!("fcaib_{}{day}", account.id.replacen("fca_", "", 1)), balance)
        };
        let balances: Vec<(String, Balance)> =
            state.world.inferred_balances(account).into_iter().map(named).collect();
        let url = format!("{}/{id}/inferred_balances", account::PATH);
        let render = |(id, balance): &(String, Balance)| {
            json!({
                "id": id,
                "object": "financial_connections.account_inferred_balance",
                "as_of": balance.as_of,
                "current": { "usd": balance.current },
            })
        };
        paginate(&call.params, &balances, |(id, _)| id, "inferred_balance", &url, render)
    })
}
