//! `/v1/setup_intents`, for bank accounts.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    answer, payment_methods,
    setup_intent_params::{self, KNOWN_ON_CONFIRM, MANDATE},
};
use crate::{
    http::{call::Call, error::ApiError, idempotency::Reply, version::Version},
    state::Sandbox,
    world::{
        World,
        number::DAY,
        setup_intent::{ConfirmRefused, Mistake, SetupIntent, SetupProgress},
    },
};

pub(crate) const PATH: &str = "/v1/setup_intents";
const REASONS: &[&str] = &["abandoned", "duplicate", "requested_by_customer"];
const DECLINED: &str = "setup_intent_authentication_failure";
const DECLINED_MESSAGE: &str = "The bank declined this account. Use another payment method.";

/// `POST /v1/setup_intents`
pub(crate) async fn create(State(sandbox): State<Sandbox>, call: Call) -> Result<Reply, ApiError> {
    let known = setup_intent_params::known(&call.version);
    answer::post(&sandbox, &call, &known, |state| {
        let world = &mut state.world;
        let plan = setup_intent_params::plan(&call.params, &call.version)?;
        let acceptance = setup_intent_params::acceptance(&call.params, world.now)?;
        let confirm = call.params.flag("confirm")?;
        if let Some(id) = plan.payment_method.as_deref().filter(|id| world.payment_method(id).is_none()) {
            return Err(ApiError::no_such("payment_method", id, "payment_method"));
        }
        if acceptance.is_some() && !confirm {
            return Err(ApiError::invalid(MANDATE, "mandate_data can only be given when confirm is true."));
        }
        if confirm {
            world.check_setup(&plan, acceptance.as_ref()).map_err(|mistake| refused_call(&mistake))?;
        }
        let id = world.create_setup_intent(plan).id.clone();
        if confirm {
            let confirmed = world.confirm_setup(&id, None, acceptance);
            confirmed.map_err(|reason| refusal(world, &id, &reason, &call.version))?;
        }
        tracing::info!(setup_intent = id, "created setup intent {id}");
        shown(world, &id, &call.version)
    })
}

/// `GET /v1/setup_intents/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    answer::get(&sandbox, &call, &[], |state| shown(&state.world, &id, &call.version))
}

/// `POST /v1/setup_intents/{id}/confirm`
pub(crate) async fn confirm(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, KNOWN_ON_CONFIRM, |state| {
        let world = &mut state.world;
        shown(world, &id, &call.version)?;
        let acceptance = setup_intent_params::acceptance(&call.params, world.now)?;
        let method = call.params.text("payment_method")?;
        let confirmed = world.confirm_setup(&id, method, acceptance);
        confirmed.map_err(|reason| refusal(world, &id, &reason, &call.version))?;
        shown(world, &id, &call.version)
    })
}

/// `POST /v1/setup_intents/{id}/cancel`
pub(crate) async fn cancel(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Reply, ApiError> {
    answer::post(&sandbox, &call, &["cancellation_reason"], |state| {
        let reason = call.params.one_of("cancellation_reason", REASONS)?;
        let before = shown(&state.world, &id, &call.version)?;
        if state.world.cancel_setup(&id, reason) {
            return shown(&state.world, &id, &call.version);
        }
        let message = "A setup intent that has succeeded or was canceled can't be canceled.";
        Err(ApiError::unexpected_state("setup_intent_unexpected_state", message, ("setup_intent", before)))
    })
}

fn refused_call(mistake: &Mistake) -> ApiError {
    let method = "payment_method";
    match mistake {
        Mistake::NoMandate => ApiError::missing(MANDATE),
        Mistake::NoPaymentMethod => ApiError::missing(method),
        Mistake::NoSuchPaymentMethod(id) => ApiError::no_such("payment_method", id, method),
        Mistake::OtherCustomer => {
            ApiError::invalid(method, "The payment method belongs to another customer than the setup intent.")
        }
        Mistake::Unpayable(reason) => payment_methods::unpayable(*reason, "", method),
    }
}

fn refusal(world: &World, id: &str, reason: &ConfirmRefused, version: &Version) -> ApiError {
    let about = ("setup_intent", shown(world, id, version).unwrap_or_default());
    match reason {
        ConfirmRefused::Declined => ApiError::declined(DECLINED, DECLINED_MESSAGE, about),
        ConfirmRefused::WrongState => {
            let message = "A setup intent in this state can't be confirmed.";
            ApiError::unexpected_state("setup_intent_unexpected_state", message, about)
        }
        ConfirmRefused::Mistake(mistake) => refused_call(mistake),
    }
}

fn shown(world: &World, id: &str, version: &Version) -> Result<Value, ApiError> {
    let found = world.setup_intent(id).ok_or_else(|| ApiError::not_found("setup_intent", id))?;
    Ok(render(world, found, version))
}

/// Renders the setup intent object.
pub(crate) fn render(world: &World, intent: &SetupIntent, version: &Version) -> Value {
    let plan = &intent.plan;
    let (status, mandate, reason) = match &intent.progress {
        SetupProgress::Open { .. } if plan.payment_method.is_none() => {
            ("requires_payment_method", None, None)
        }
        SetupProgress::Open { .. } => ("requires_confirmation", None, None),
        SetupProgress::NeedsAction => ("requires_action", None, None),
        SetupProgress::Succeeded { mandate } => ("succeeded", Some(mandate), None),
        SetupProgress::Canceled { reason } => ("canceled", None, *reason),
    };
    let mut value = json!({
        "id": intent.id,
        "object": "setup_intent",
        "application": null,
        "automatic_payment_methods": null,
        "cancellation_reason": reason,
        "client_secret": format!("{}_secret_Sandbox", intent.id),
        "created": intent.created,
        "customer": plan.customer,
        "description": plan.description,
        "excluded_payment_method_types": null,
        "last_setup_error": last_error(world, intent),
        "latest_attempt": null,
        "livemode": false,
        "mandate": mandate,
        "metadata": plan.metadata,
        "next_action": next_action(intent),
        "on_behalf_of": null,
        "payment_method": plan.payment_method,
        "payment_method_configuration_details": null,
        "payment_method_options": null,
        "payment_method_types": plan.types,
        "single_use_mandate": null,
        "status": status,
        "usage": plan.usage,
    });
    if setup_intent_params::has_allowed_types(version)
        && let Some(fields) = value.as_object_mut()
    {
        fields.insert("allowed_payment_method_types".to_owned(), json!(plan.types));
    }
    value
}

/// Renders the setup intent for tests, without its client secret.
pub(crate) fn report(world: &World, intent: &SetupIntent) -> Value {
    let mut value = render(world, intent, &Version::preview());
    if let Some(fields) = value.as_object_mut() {
        fields.remove("client_secret");
    }
    value
}

fn last_error(world: &World, intent: &SetupIntent) -> Value {
    let SetupProgress::Open { declined: Some(id) } = &intent.progress else { return Value::Null };
    json!({
        "type": "card_error",
        "code": DECLINED,
        "message": DECLINED_MESSAGE,
        "payment_method": world.payment_method(id).map(|method| payment_methods::render(world, method)),
    })
}

/// Returns the customer's next action: verifying two small deposits, as for an account that was typed in.
fn next_action(intent: &SetupIntent) -> Value {
    if intent.progress != SetupProgress::NeedsAction {
        return Value::Null;
    }
    json!({
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": intent.created + 2 * DAY,
            "hosted_verification_url": "https://payments.stripe.com/microdeposit/sandbox",
            "microdeposit_type": "amounts",
        },
    })
}
