//! `/v1/financial_connections/accounts`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value, json};

use super::holder;
use crate::{
    http::{call::Call, error::ApiError, list, version::Version},
    state::Sandbox,
    world::{
        Account, World,
        account::Status,
        session::{Ending, Session},
    },
};

pub(crate) const PATH: &str = "/v1/financial_connections/accounts";

const LIST_PARAMS: &[&str] = &[
    "account_holder[account]",
    "account_holder[customer]",
    "account_holder[customer_account]",
    "ending_before",
    "expand[]",
    "limit",
    "session",
    "starting_after",
];

/// `GET /v1/financial_connections/accounts`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: Call) -> Result<Json<Value>, ApiError> {
    call.params.refuse_unknown(LIST_PARAMS)?;
    let wanted_holder = holder::find(&call.params)?;
    let state = sandbox.lock();
    let world = &state.world;
    let session = match call.params.text("session")? {
        None => None,
        Some(id) => Some(world.session(id).ok_or_else(|| ApiError::no_such("session", id, "session"))?),
    };
    let mut accounts = world.accounts();
    accounts.retain(|account| {
        let of_holder = wanted_holder.is_none() || account.holder == wanted_holder;
        of_holder && session.is_none_or(|session| collected(session).contains(&account.id))
    });
    let render = |account: &&Account| render(world, account, &call.version);
    list::page(&call.params, &accounts, |account| &account.id, "account", PATH, render).map(Json)
}

/// `GET /v1/financial_connections/accounts/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    call.params.refuse_unknown(&["expand[]"])?;
    let state = sandbox.lock();
    let account = state.world.account(&id).ok_or_else(|| ApiError::not_found("account", &id))?;
    Ok(Json(render(&state.world, account, &call.version)))
}

/// The ids of the accounts that a session collected.
pub(crate) fn collected(session: &Session) -> &[String] {
    match session.ending() {
        Some(Ending::Succeeded { accounts, .. }) => accounts,
        Some(Ending::Failed(_) | Ending::Cancelled) | None => &[],
    }
}

/// The account object.
pub(crate) fn render(world: &World, account: &Account, version: &Version) -> Value {
    let mut value = json!({
        "id": account.id,
        "object": "financial_connections.account",
        "account_holder": holder::render(account.holder.as_ref()),
        "account_numbers": account_numbers(account),
        "balance": null,
        "balance_refresh": null,
        "category": category(account.subcategory),
        "created": account.created,
        "display_name": account.name,
        "institution_name": world.institution_name(&account.institution),
        "last4": account.last4,
        "livemode": false,
        "ownership": null,
        "ownership_refresh": null,
        "permissions": account.permissions,
        "status": status(account.status),
        "status_details": {},
        "subcategory": account.subcategory,
        "subscriptions": [],
        "supported_payment_method_types": payment_method_types(account.subcategory),
        "transaction_refresh": null,
    });
    if version.has_relink()
        && let Some(fields) = value.as_object_mut()
    {
        fields.extend(preview_fields(account));
    }
    value
}

/// What GA versions leave out, however broken the account is.
fn preview_fields(account: &Account) -> Map<String, Value> {
    let details = match account.status {
        Status::Active => json!({}),
        Status::Inactive { action, cause } => {
            json!({ "inactive": { "action": action.as_str(), "cause": cause } })
        }
    };
    Map::from_iter([
        ("authorization".to_owned(), account.authorization.as_str().into()),
        ("institution".to_owned(), account.institution.as_str().into()),
        ("status_details".to_owned(), details),
    ])
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Inactive { .. } => "inactive",
    }
}

fn account_numbers(account: &Account) -> Value {
    if !account.permissions.contains(&"payment_method") {
        return Value::Null;
    }
    json!([{
        "expected_expiry_date": null,
        "identifier_type": "account_number",
        "status": "transactable",
        "supported_networks": ["ach"],
    }])
}

fn category(subcategory: &str) -> &'static str {
    match subcategory {
        "checking" | "savings" => "cash",
        _ => "credit",
    }
}

fn payment_method_types(subcategory: &str) -> &'static [&'static str] {
    match subcategory {
        "checking" | "savings" => &["us_bank_account"],
        _ => &[],
    }
}
