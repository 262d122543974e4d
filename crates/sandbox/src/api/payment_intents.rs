//! `/v1/payment_intents`, for bank accounts.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{
    bank_options, customer_param,
    intents::{Intents, acceptance_on_create, invalid_confirmation, page_params, payment_method},
    lists::Listed,
    objects::payment_intent::render,
    payment_intent_params, respond,
    setup_intent_params::{self, KNOWN_ON_CONFIRM},
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_INTENT},
        pagination::PAGE_PARAMS,
        time_filter::CREATED_PARAMS,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{
        PaymentIntent, World,
        payment_intent::{PaymentParams, PaymentRefused},
    },
};

pub(crate) const PATH: &str = "/v1/payment_intents";
const LISTED: Listed<PaymentIntent> = Listed { missing: PAYMENT_INTENT, path: PATH, id: |intent| &intent.id };
const INTENTS: Intents = Intents {
    noun: "payment intent",
    missing: PAYMENT_INTENT,
    field: "payment_intent",
    unexpected_state: "payment_intent_unexpected_state",
    wrong_secret: "resource_missing",
    render: |world, id| world.payment_intent(id).map(|intent| render(world, intent)),
    reasons: &["abandoned", "duplicate", "fraudulent", "requested_by_customer"],
    cancel: World::cancel_payment,
    end_verification: World::end_payment_verification,
};

/// `POST /v1/payment_intents`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = payment_intent_params::known(&call.version);
    respond::post(&sandbox, &call, &known, |state| {
        let (params, world) = (&call.params, &mut state.world);
        for required in ["amount", "currency"] {
            params.required(required)?;
        }
        let mut payment = payment_intent_params::parse(params, &call.version, PaymentParams::default())?;
        let confirm = params.flag("confirm")?;
        let acceptance = acceptance_on_create(&call, world.now, confirm)?;
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
        INTENTS.find(world, &id)
    })
}

/// `GET /v1/payment_intents`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    let known = [PAGE_PARAMS, CREATED_PARAMS, customer_param::known(&call.version)].concat();
    respond::get(&sandbox, &call, &known, |state| {
        let (params, world) = (&call.params, &state.world);
        let (customer, period) = (customer_param::given(params)?, params.time_range("created")?);
        let is_wanted = |intent: &PaymentIntent| {
            customer.as_ref().is_none_or(|id| intent.params.customer.as_ref() == Some(id))
                && period.contains(&intent.created)
        };
        LISTED.page(params, world.payment_intents(), is_wanted, |intent| render(world, intent))
    })
}

/// `GET /v1/payment_intents/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    INTENTS.retrieve(&sandbox, &call, &id)
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
            return INTENTS.find(world, &id);
        }
        Err(INTENTS.wrong_state(world, &id, "A payment intent in this state can't be updated."))
    })
}

/// `POST /v1/payment_intents/{id}/confirm`
pub(crate) async fn confirm(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = [KNOWN_ON_CONFIRM, bank_options::KNOWN, page_params(&call), &["off_session"]].concat();
    respond::post(&sandbox, &call, &known, |state| {
        let world = &mut state.world;
        INTENTS.check_secret(world, &call, &id)?;
        let acceptance = setup_intent_params::acceptance(&call, world.now)?;
        let method = payment_method(world, &call)?;
        let confirmed = world.confirm_payment(&id, method, acceptance);
        confirmed.map_err(|reason| to_api_error(world, &id, &reason))?;
        INTENTS.shown(world, &call, &id)
    })
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(crate) async fn cancel(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    INTENTS.cancel(&sandbox, &call, &id)
}

/// `POST /v1/payment_intents/{id}/verify_microdeposits`
pub(crate) async fn verify_microdeposits(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    INTENTS.verify_microdeposits(&sandbox, &call, &id)
}

fn to_api_error(world: &World, id: &str, reason: &PaymentRefused) -> ApiError {
    match reason {
        PaymentRefused::WrongState => {
            INTENTS.wrong_state(world, id, "A payment intent in this state can't be confirmed.")
        }
        PaymentRefused::Invalid(invalid) => invalid_confirmation(invalid),
    }
}
