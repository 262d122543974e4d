//! `/v1/payment_intents`, for bank accounts.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{
    bank_options::{self, Verified},
    objects::payment_intent::render,
    payment_intent_params, respond,
    setup_intent_params::{self, KNOWN_ON_CONFIRM, MANDATE},
    setup_intents::invalid_confirmation,
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_INTENT, PAYMENT_METHOD},
        pagination::paginate,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{
        PaymentIntent, World,
        payment_intent::{PaymentFailure, PaymentParams, PaymentRefused},
    },
};

pub(crate) const PATH: &str = "/v1/payment_intents";
const LIST_PARAMS: &[&str] = &[
    "created",
    "created[gt]",
    "created[gte]",
    "created[lt]",
    "created[lte]",
    "customer",
    "ending_before",
    "limit",
    "starting_after",
];
const REASONS: &[&str] = &["abandoned", "duplicate", "fraudulent", "requested_by_customer"];

/// `POST /v1/payment_intents`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = payment_intent_params::known(&call.version);
    respond::post(&sandbox, &call, &known, |state| {
        let (params, world) = (&call.params, &mut state.world);
        for required in ["amount", "currency"] {
            params.text(required)?.ok_or_else(|| ApiError::missing(required))?;
        }
        let mut payment = payment_intent_params::parse(params, &call.version, PaymentParams::default())?;
        let acceptance = setup_intent_params::acceptance(params, world.now)?;
        let confirm = params.flag("confirm")?;
        if acceptance.is_some() && !confirm {
            return Err(ApiError::invalid(MANDATE, "mandate_data can only be given when confirm is true."));
        }
        payment.payment_method = payment_method(world, &call)?;
        if confirm {
            let checked = world.check_payment(&payment, acceptance.as_ref());
            checked.map_err(|invalid| invalid_confirmation(&invalid))?;
        }
        let id = world.create_payment_intent(payment).id.clone();
        if confirm {
            let confirmed = world.confirm_payment(&id, None, acceptance);
            confirmed.map_err(|reason| to_api_error(world, &id, &reason))?;
        }
        tracing::info!(payment_intent = id, "created payment intent");
        render_by_id(world, &id)
    })
}

/// `GET /v1/payment_intents`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, LIST_PARAMS, |state| {
        let (params, world) = (&call.params, &state.world);
        let (customer, period) = (params.text("customer")?, params.time_range("created")?);
        let mut intents: Vec<&PaymentIntent> = world.payment_intents().iter().rev().collect();
        intents.retain(|intent| {
            customer.is_none_or(|id| intent.params.customer.as_deref() == Some(id))
                && period.contains(&intent.created)
        });
        paginate(params, &intents, |one| &one.id, PAYMENT_INTENT, PATH, |one| render(world, one))
    })
}

/// `GET /v1/payment_intents/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| render_by_id(&state.world, &id))
}

/// `POST /v1/payment_intents/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = payment_intent_params::known(&call.version);
    respond::post(&sandbox, &call, &known, |state| {
        let world = &mut state.world;
        let before = world.payment_intent(&id).ok_or_else(|| ApiError::not_found(PAYMENT_INTENT, &id))?;
        let before = before.params.clone();
        let mut payment = payment_intent_params::parse(&call.params, &call.version, before)?;
        payment.payment_method = payment_method(world, &call)?.or(payment.payment_method);
        if world.update_payment(&id, payment) {
            return render_by_id(world, &id);
        }
        Err(wrong_state(world, &id, "A payment intent in this state can't be updated."))
    })
}

/// `POST /v1/payment_intents/{id}/confirm`
pub(crate) async fn confirm(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = [KNOWN_ON_CONFIRM, bank_options::KNOWN, &["off_session"]].concat();
    respond::post(&sandbox, &call, &known, |state| {
        let world = &mut state.world;
        render_by_id(world, &id)?;
        let acceptance = setup_intent_params::acceptance(&call.params, world.now)?;
        let method = payment_method(world, &call)?;
        let confirmed = world.confirm_payment(&id, method, acceptance);
        confirmed.map_err(|reason| to_api_error(world, &id, &reason))?;
        render_by_id(world, &id)
    })
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(crate) async fn cancel(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, &["cancellation_reason"], |state| {
        let reason = call.params.one_of("cancellation_reason", REASONS)?;
        render_by_id(&state.world, &id)?;
        if state.world.cancel_payment(&id, reason) {
            return render_by_id(&state.world, &id);
        }
        Err(wrong_state(&state.world, &id, "A payment intent in this state can't be canceled."))
    })
}

/// `POST /v1/payment_intents/{id}/verify_microdeposits`
pub(crate) async fn verify_microdeposits(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, bank_options::VERIFICATION_PARAMS, |state| {
        let world = &mut state.world;
        render_by_id(world, &id)?;
        let failure = match bank_options::verified(&call.params)? {
            Verified::Right => None,
            Verified::TooManyAttempts => Some(PaymentFailure::TooManyAttempts),
            Verified::Timeout => Some(PaymentFailure::VerificationTimeout),
        };
        if world.end_payment_verification(&id, failure) {
            return render_by_id(world, &id);
        }
        Err(wrong_state(world, &id, "This payment intent waits for no microdeposits."))
    })
}

/// Returns the id of the payment method that the call names or describes.
pub(super) fn payment_method(world: &mut World, call: &ApiCall) -> Result<Option<String>, ApiError> {
    let method = bank_options::payment_method(world, &call.params)?;
    match method.as_deref().filter(|id| world.payment_method(id).is_none()) {
        Some(missing) => Err(ApiError::no_such(PAYMENT_METHOD, missing, "payment_method")),
        None => Ok(method),
    }
}

fn wrong_state(world: &World, id: &str, message: &str) -> ApiError {
    let related = ("payment_intent", render_by_id(world, id).unwrap_or_default());
    ApiError::unexpected_state("payment_intent_unexpected_state", message, related)
}

fn to_api_error(world: &World, id: &str, reason: &PaymentRefused) -> ApiError {
    match reason {
        PaymentRefused::WrongState => {
            wrong_state(world, id, "A payment intent in this state can't be confirmed.")
        }
        PaymentRefused::Invalid(invalid) => invalid_confirmation(invalid),
    }
}

fn render_by_id(world: &World, id: &str) -> Result<Value, ApiError> {
    let found = world.payment_intent(id).ok_or_else(|| ApiError::not_found(PAYMENT_INTENT, id))?;
    Ok(render(world, found))
}
