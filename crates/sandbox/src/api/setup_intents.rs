//! `/v1/setup_intents`, for bank accounts.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{
    bank_options, customer_param,
    intents::{Intents, acceptance_on_create, invalid_confirmation, page_params, payment_method},
    lists::Listed,
    objects::setup_intent::{DECLINED, DECLINED_MESSAGE, render},
    respond,
    setup_intent_params::{self, KNOWN_ON_CONFIRM},
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, SETUP_INTENT},
        pagination::PAGE_PARAMS,
        time_filter::CREATED_PARAMS,
    },
    state::{Sandbox, replays::StoredResponse},
    world::{SetupIntent, World, setup_intent::ConfirmRefused},
};

pub(crate) const PATH: &str = "/v1/setup_intents";
const LISTED: Listed<SetupIntent> = Listed { missing: SETUP_INTENT, path: PATH, id: |intent| &intent.id };
const INTENTS: Intents = Intents {
    noun: "setup intent",
    missing: SETUP_INTENT,
    field: "setup_intent",
    unexpected_state: "setup_intent_unexpected_state",
    wrong_secret: "resource_missing",
    render: |world, id| world.setup_intent(id).map(|intent| render(world, intent)),
    reasons: &["abandoned", "duplicate", "requested_by_customer"],
    cancel: World::cancel_setup,
    end_verification: World::end_setup_verification,
};

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
        let confirm = call.params.flag("confirm")?;
        let acceptance = acceptance_on_create(&call, world.now, confirm)?;
        setup.payment_method = payment_method(world, &call)?;
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
        INTENTS.find(world, &id)
    })
}

/// `GET /v1/setup_intents`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    let others = &["attach_to_self", "payment_method"];
    let known = [PAGE_PARAMS, CREATED_PARAMS, customer_param::known(&call.version), others].concat();
    respond::get(&sandbox, &call, &known, |state| {
        let (params, world) = (&call.params, &state.world);
        let (customer, method) = (customer_param::given(params)?, params.text("payment_method")?);
        let period = params.time_range("created")?;
        let is_wanted = |intent: &SetupIntent| {
            customer.as_ref().is_none_or(|id| intent.params.customer.as_ref() == Some(id))
                && method.is_none_or(|id| intent.params.payment_method.as_deref() == Some(id))
                && period.contains(&intent.created)
        };
        LISTED.page(params, world.setup_intents(), is_wanted, |intent| render(world, intent))
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
        setup.payment_method = payment_method(world, &call)?.or(setup.payment_method);
        if world.update_setup(&id, setup) {
            return INTENTS.find(world, &id);
        }
        Err(INTENTS.wrong_state(world, &id, "A setup intent in this state can't be updated."))
    })
}

/// `POST /v1/setup_intents/{id}/verify_microdeposits`
pub(crate) async fn verify_microdeposits(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    INTENTS.verify_microdeposits(&sandbox, &call, &id)
}

/// `GET /v1/setup_intents/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    INTENTS.retrieve(&sandbox, &call, &id)
}

/// `POST /v1/setup_intents/{id}/confirm`
pub(crate) async fn confirm(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = [KNOWN_ON_CONFIRM, bank_options::KNOWN, page_params(&call)].concat();
    respond::post(&sandbox, &call, &known, |state| {
        let world = &mut state.world;
        INTENTS.check_secret(world, &call, &id)?;
        let acceptance = setup_intent_params::acceptance(&call, world.now)?;
        let method = payment_method(world, &call)?;
        let confirmed = world.confirm_setup(&id, method.as_deref(), acceptance);
        confirmed.map_err(|reason| to_api_error(world, &id, &reason))?;
        INTENTS.shown(world, &call, &id)
    })
}

/// `POST /v1/setup_intents/{id}/cancel`
pub(crate) async fn cancel(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    INTENTS.cancel(&sandbox, &call, &id)
}

fn to_api_error(world: &World, id: &str, reason: &ConfirmRefused) -> ApiError {
    match reason {
        ConfirmRefused::Declined => {
            ApiError::declined(DECLINED, DECLINED_MESSAGE, INTENTS.related(world, id))
        }
        ConfirmRefused::WrongState => {
            INTENTS.wrong_state(world, id, "A setup intent in this state can't be confirmed.")
        }
        ConfirmRefused::Invalid(invalid) => invalid_confirmation(invalid),
    }
}
