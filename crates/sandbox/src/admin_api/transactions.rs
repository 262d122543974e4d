//! `POST /_sandbox/transactions/{id}`: the bank voids a pending transaction.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value};

use super::json_fields::JsonFields;
use crate::{api::objects::transaction, http::error::ApiError, state::Sandbox};

const STATUS: &str = "status";

/// `{"status":"void"}`: the next refresh finds the transaction voided. Returns the transaction as it is known so far.
pub(crate) async fn change(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Json(given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let fields = JsonFields::of(given, &[STATUS])?;
    fields.enum_value(STATUS, &["void"])?.ok_or_else(|| ApiError::missing(STATUS))?;
    let mut state = sandbox.lock();
    let is_pending = state.world.void_transaction(&id);
    let found = state.world.transaction(&id).ok_or_else(|| ApiError::not_found("transaction", &id))?;
    if is_pending {
        return Ok(Json(transaction::render(&state.world, found)));
    }
    Err(ApiError::invalid(STATUS, "Only a pending transaction can be voided."))
}
