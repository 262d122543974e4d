//! `/v1/setup_intents`, for bank accounts.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{
    objects::setup_intent::{DECLINED, DECLINED_MESSAGE, render},
    payment_methods, respond,
    setup_intent_params::{self, KNOWN_ON_CONFIRM, MANDATE},
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_METHOD, SETUP_INTENT},
    },
    state::{Sandbox, replays::StoredResponse},
    world::{
        World,
        setup_intent::{ConfirmRefused, InvalidConfirmation},
    },
};

pub(crate) const PATH: &str = "/v1/setup_intents";
const REASONS: &[&str] = &["abandoned", "duplicate", "requested_by_customer"];

/// `POST /v1/setup_intents`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = setup_intent_params::known(&call.version);
    respond::post(&sandbox, &call, &known, |state| {
        let world = &mut state.world;
        let setup = setup_intent_params::parse(&call.params, &call.version)?;
        let acceptance = setup_intent_params::acceptance(&call.params, world.now)?;
        let confirm = call.params.flag("confirm")?;
        if let Some(id) = setup.payment_method.as_deref().filter(|id| world.payment_method(id).is_none()) {
            return Err(ApiError::no_such(PAYMENT_METHOD, id, "payment_method"));
        }
        if acceptance.is_some() && !confirm {
            return Err(ApiError::invalid(MANDATE, "mandate_data can only be given when confirm is true."));
        }
        if confirm {
            world
                .check_setup(&setup, acceptance.as_ref())
                .map_err(|invalid| invalid_confirmation(&invalid))?;
        }
        let id = world.create_setup_intent(setup).id.clone();
        if confirm {
            let confirmed = world.confirm_setup(&id, None, acceptance);
            confirmed.map_err(|reason| to_api_error(world, &id, &reason))?;
        }
        tracing::info!(setup_intent = id, "created setup intent");
        render_by_id(world, &id)
    })
}

/// `GET /v1/setup_intents/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| render_by_id(&state.world, &id))
}

/// `POST /v1/setup_intents/{id}/confirm`
pub(crate) async fn confirm(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, KNOWN_ON_CONFIRM, |state| {
        let world = &mut state.world;
        render_by_id(world, &id)?;
        let acceptance = setup_intent_params::acceptance(&call.params, world.now)?;
        let method = call.params.text("payment_method")?;
        let confirmed = world.confirm_setup(&id, method, acceptance);
        confirmed.map_err(|reason| to_api_error(world, &id, &reason))?;
        render_by_id(world, &id)
    })
}

/// `POST /v1/setup_intents/{id}/cancel`
pub(crate) async fn cancel(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, &["cancellation_reason"], |state| {
        let reason = call.params.one_of("cancellation_reason", REASONS)?;
        let before = render_by_id(&state.world, &id)?;
        if state.world.cancel_setup(&id, reason) {
            return render_by_id(&state.world, &id);
        }
        let message = "A setup intent that has succeeded or was canceled can't be canceled.";
        Err(ApiError::unexpected_state("setup_intent_unexpected_state", message, ("setup_intent", before)))
    })
}

fn invalid_confirmation(invalid: &InvalidConfirmation) -> ApiError {
    let method = "payment_method";
    match invalid {
        InvalidConfirmation::NoMandate => ApiError::missing(MANDATE),
        InvalidConfirmation::NoPaymentMethod => ApiError::missing(method),
        InvalidConfirmation::NoSuchPaymentMethod(id) => ApiError::no_such(PAYMENT_METHOD, id, method),
        InvalidConfirmation::OtherCustomer => {
            ApiError::invalid(method, "The payment method belongs to another customer than the setup intent.")
        }
        InvalidConfirmation::Unpayable(reason) => payment_methods::unpayable(*reason, "", method),
    }
}

fn to_api_error(world: &World, id: &str, reason: &ConfirmRefused) -> ApiError {
    let related = ("setup_intent", render_by_id(world, id).unwrap_or_default());
    match reason {
        ConfirmRefused::Declined => ApiError::declined(DECLINED, DECLINED_MESSAGE, related),
        ConfirmRefused::WrongState => {
            let message = "A setup intent in this state can't be confirmed.";
            ApiError::unexpected_state("setup_intent_unexpected_state", message, related)
        }
        ConfirmRefused::Invalid(invalid) => invalid_confirmation(invalid),
    }
}

fn render_by_id(world: &World, id: &str) -> Result<Value, ApiError> {
    let found = world.setup_intent(id).ok_or_else(|| ApiError::not_found(SETUP_INTENT, id))?;
    Ok(render(world, found))
}
