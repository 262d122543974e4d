//! `/v1/setup_intents`, for bank accounts.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{
    bank_options::{self, Verified},
    objects::setup_intent::{DECLINED, DECLINED_MESSAGE, render},
    payment_intents, payment_methods, respond,
    setup_intent_params::{self, KNOWN_ON_CONFIRM, MANDATE},
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_METHOD, SETUP_INTENT},
        pagination::paginate,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{
        SetupIntent, World,
        setup_intent::{ConfirmRefused, InvalidConfirmation},
    },
};

pub(crate) const PATH: &str = "/v1/setup_intents";
const LIST_PARAMS: &[&str] = &[
    "attach_to_self",
    "created",
    "created[gt]",
    "created[gte]",
    "created[lt]",
    "created[lte]",
    "customer",
    "ending_before",
    "limit",
    "payment_method",
    "starting_after",
];
const REASONS: &[&str] = &["abandoned", "duplicate", "requested_by_customer"];

/// `POST /v1/setup_intents`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = setup_intent_params::known(&call.version);
    respond::post(&sandbox, &call, &known, |state| {
        let world = &mut state.world;
        let mut setup =
            setup_intent_params::parse(&call.params, &call.version, setup_intent_params::defaults())?;
        let acceptance = setup_intent_params::acceptance(&call.params, world.now)?;
        let confirm = call.params.flag("confirm")?;
        if acceptance.is_some() && !confirm {
            return Err(ApiError::invalid(MANDATE, "mandate_data can only be given when confirm is true."));
        }
        setup.payment_method = payment_intents::payment_method(world, &call)?;
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

/// `GET /v1/setup_intents`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, LIST_PARAMS, |state| {
        let (params, world) = (&call.params, &state.world);
        let (customer, method) = (params.text("customer")?, params.text("payment_method")?);
        let period = params.time_range("created")?;
        let mut intents: Vec<&SetupIntent> = world.setup_intents().iter().rev().collect();
        intents.retain(|intent| {
            customer.is_none_or(|id| intent.params.customer.as_deref() == Some(id))
                && method.is_none_or(|id| intent.params.payment_method.as_deref() == Some(id))
                && period.contains(&intent.created)
        });
        paginate(params, &intents, |one| &one.id, SETUP_INTENT, PATH, |one| render(world, one))
    })
}

/// `POST /v1/setup_intents/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = setup_intent_params::known(&call.version);
    respond::post(&sandbox, &call, &known, |state| {
        let world = &mut state.world;
        let before = world.setup_intent(&id).ok_or_else(|| ApiError::not_found(SETUP_INTENT, &id))?;
        let mut setup = setup_intent_params::parse(&call.params, &call.version, before.params.clone())?;
        setup.payment_method = payment_intents::payment_method(world, &call)?.or(setup.payment_method);
        if world.update_setup(&id, setup) {
            return render_by_id(world, &id);
        }
        Err(wrong_state(world, &id, "A setup intent in this state can't be updated."))
    })
}

/// `POST /v1/setup_intents/{id}/verify_microdeposits`: the guide's test amounts and descriptor codes.
pub(crate) async fn verify_microdeposits(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, bank_options::VERIFICATION_PARAMS, |state| {
        let world = &mut state.world;
        render_by_id(world, &id)?;
        let verified = bank_options::verified(&call.params)?;
        if world.end_verification(&id, verified == Verified::Right) {
            return render_by_id(world, &id);
        }
        Err(wrong_state(world, &id, "This setup intent waits for no microdeposits."))
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
    respond::post(&sandbox, &call, &[KNOWN_ON_CONFIRM, bank_options::KNOWN].concat(), |state| {
        let world = &mut state.world;
        render_by_id(world, &id)?;
        let acceptance = setup_intent_params::acceptance(&call.params, world.now)?;
        let method = bank_options::payment_method(world, &call.params)?;
        let confirmed = world.confirm_setup(&id, method.as_deref(), acceptance);
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

fn wrong_state(world: &World, id: &str, message: &str) -> ApiError {
    let related = ("setup_intent", render_by_id(world, id).unwrap_or_default());
    ApiError::unexpected_state("setup_intent_unexpected_state", message, related)
}

pub(super) fn invalid_confirmation(invalid: &InvalidConfirmation) -> ApiError {
    let method = "payment_method";
    match invalid {
        InvalidConfirmation::NoMandate => ApiError::missing(MANDATE),
        InvalidConfirmation::NoPaymentMethod => ApiError::missing(method),
        InvalidConfirmation::NoSuchPaymentMethod(id) => ApiError::no_such(PAYMENT_METHOD, id, method),
        InvalidConfirmation::OtherCustomer => {
            ApiError::invalid(method, "The payment method belongs to another customer than the setup intent.")
        }
        InvalidConfirmation::Unpayable(reason) => payment_methods::unpayable(*reason, "", method),
        InvalidConfirmation::Blocked => ApiError::blocked(),
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
