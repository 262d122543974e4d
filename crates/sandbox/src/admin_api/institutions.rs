//! `POST /_sandbox/institutions/{id}`: a bank goes down or comes back, or offers less.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value};

use super::json_fields::JsonFields;
use crate::{
    api::{objects::institution, session_params::PERMISSIONS},
    http::error::ApiError,
    state::Sandbox,
    world::bank::Outage,
};

const OUTAGE: &str = "outage";
const UNSUPPORTED: &str = "unsupported";

/// `{"outage":"unscheduled"}`, null ends it; `{"unsupported":["payment_method"]}` names features that the bank does not
/// offer. Returns the institution.
pub(crate) async fn change(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Json(given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let ends = given.get(OUTAGE).is_some_and(Value::is_null);
    let given = given.into_iter().filter(|(name, _)| !(ends && name == OUTAGE)).collect();
    let fields = JsonFields::of(given, &[OUTAGE, UNSUPPORTED])?;
    let outage = fields.enum_value(OUTAGE, Outage::WORDS)?.and_then(Outage::from_word);
    let unsupported = fields.enum_values(UNSUPPORTED, PERMISSIONS)?;
    let mut state = sandbox.lock();
    let bank = state.world.institution_mut(&id);
    let bank = bank.ok_or_else(|| ApiError::not_found("institution", &id))?;
    if ends || outage.is_some() {
        bank.current_outage = outage;
    }
    bank.unsupported = unsupported.unwrap_or_else(|| bank.unsupported.clone());
    Ok(Json(institution::render(bank)))
}
