//! `POST /_sandbox/payment_methods/{id}`: blocks or unblocks a payment method, as Stripe does after returned debits.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value};

use super::json_fields::JsonFields;
use crate::{
    api::payment_methods::render_by_id,
    http::error::{ApiError, PAYMENT_METHOD},
    state::Sandbox,
    world::payment_block::PaymentBlock,
};

const BLOCKED: &str = "blocked";
const CODE: &str = "network_code";

/// `{"blocked":"bank_account_closed"}`, with a `network_code` if it matters; null unblocks. Returns the payment method.
pub(crate) async fn change(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Json(given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let unblocks = given.get(BLOCKED).is_some_and(Value::is_null);
    let given = given.into_iter().filter(|(name, _)| !(unblocks && name == BLOCKED)).collect();
    let fields = JsonFields::of(given, &[BLOCKED, CODE])?;
    let reason = fields.enum_value(BLOCKED, PaymentBlock::REASONS)?;
    if reason.is_none() && !unblocks {
        return Err(ApiError::missing(BLOCKED));
    }
    let mut block = reason.map(PaymentBlock::of);
    if let (Some(block), Some(code)) = (&mut block, fields.enum_value(CODE, PaymentBlock::NETWORK_CODES)?) {
        code.clone_into(&mut block.network_code);
    }
    let mut state = sandbox.lock();
    if !state.world.set_payment_block(&id, block) {
        return Err(ApiError::not_found(PAYMENT_METHOD, &id));
    }
    render_by_id(&state.world, &id).map(Json)
}
