//! `POST /_sandbox/accounts/{id}`: changes an account as its bank could.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value};

use super::json_fields::JsonFields;
use crate::{
    api::{objects::account, session_params::PERMISSIONS},
    http::error::ApiError,
    state::Sandbox,
    world::{
        AccountChange, DateChange,
        account::Action,
        number::{AccountNumber, NumberKind, NumberStatus},
    },
};

const KNOWN: &[&str] =
    &["status", "action", "cause", "expected_deactivation_date", "account_numbers", "permissions", PAYMENTS];
const PAYMENTS: &str = "supported_payment_method_types";
const KNOWN_OF_NUMBERS: &[&str] =
    &["identifier_type", "status", "expected_expiry_date", "supported_networks"];
const IDENTIFIERS: &[&str] = &["account_number", "tokenized_account_number"];

/// Changes the given fields, keeps the others, and returns the account.
pub(crate) async fn change(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Json(given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let change = read(given)?;
    let mut state = sandbox.lock();
    let changed = state.world.change_account(&id, change);
    changed
        .ok_or_else(|| ApiError::not_found("account", &id))?
        .map_err(|invalid| ApiError::invalid(invalid.field, invalid.message))?;
    let account = state.world.account(&id).ok_or_else(|| ApiError::not_found("account", &id))?;
    Ok(Json(account::render(&state.world, account)))
}

fn read(given: Map<String, Value>) -> Result<AccountChange, ApiError> {
    let fields = JsonFields::of(given, KNOWN)?;
    let action = fields.enum_value("action", Action::WORDS)?.map(|word| match word {
        "none" => Action::None,
        _ => Action::RelinkRequired,
    });
    let numbers = fields.objects("account_numbers")?;
    let numbers = numbers.map(|list| list.into_iter().map(number).collect::<Result<_, _>>()).transpose()?;
    let permissions = fields.enum_values("permissions", PERMISSIONS)?;
    if permissions.as_ref().is_some_and(Vec::is_empty) {
        return Err(ApiError::invalid("permissions", "An account has one permission at least."));
    }
    Ok(AccountChange {
        status: fields.enum_value("status", AccountChange::STATUSES)?,
        action,
        cause: fields.any_word("cause")?,
        expected_deactivation_date: fields.date("expected_deactivation_date")?,
        numbers,
        permissions,
        is_payable: fields.enum_values(PAYMENTS, &["us_bank_account"])?.map(|types| !types.is_empty()),
    })
}

fn number(given: Map<String, Value>) -> Result<AccountNumber, ApiError> {
    let fields = JsonFields::of(given, KNOWN_OF_NUMBERS)?;
    let expires = match fields.date("expected_expiry_date")? {
        DateChange::Kept | DateChange::Removed => None,
        DateChange::Set(date) => Some(date),
    };
    let status = fields.enum_value("status", NumberStatus::WORDS)?.and_then(NumberStatus::from_word);
    let status = status.unwrap_or(NumberStatus::Transactable);
    match fields.enum_value("identifier_type", IDENTIFIERS)? {
        None => Err(ApiError::missing("identifier_type")),
        Some("account_number") if expires.is_some() || status == NumberStatus::Expired => {
            Err(ApiError::invalid("account_numbers", "Only a tokenized_account_number expires."))
        }
        Some("account_number") => Ok(AccountNumber { kind: NumberKind::Real, status }),
        Some(_) => Ok(AccountNumber { kind: NumberKind::Tokenized { expires }, status }),
    }
}
