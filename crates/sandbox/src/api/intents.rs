//! Code that setup intents and payment intents share: reading, canceling, verifying small deposits, confirming, and
//! the errors for both.

use axum::Json;
use serde_json::Value;

use super::{
    bank_options,
    payment_methods::unpayable,
    respond,
    setup_intent_params::{self, INFER, MANDATE},
};
use crate::{
    http::{
        api_call::ApiCall,
        error::{ApiError, PAYMENT_METHOD},
    },
    state::{Sandbox, replays::StoredResponse},
    world::{
        World,
        setup_intent::{Acceptance, InvalidConfirmation},
        typed_account::Verification,
    },
};

const METHOD: &str = "payment_method";
const CLIENT_SECRET: &str = "client_secret";
/// Fields of an intent that are for the customer's page, too.
const FIELDS_FOR_PAGES: &[&str] = &[
    "id",
    "object",
    "amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    CLIENT_SECRET,
    "confirmation_method",
    "created",
    "currency",
    "description",
    "last_payment_error",
    "last_setup_error",
    "livemode",
    "next_action",
    METHOD,
    "payment_method_types",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "status",
    "usage",
];

/// Returns the intent with the fields that are for the customer's page.
pub(crate) fn for_page(mut intent: Value) -> Value {
    if let Some(fields) = intent.as_object_mut() {
        fields.retain(|name, _| FIELDS_FOR_PAGES.contains(&name.as_str()));
    }
    intent
}

/// Returns the parameters of a confirmation that are for the customer's page only.
pub(super) fn page_params(call: &ApiCall) -> &'static [&'static str] {
    if call.is_from_page { &[CLIENT_SECRET, INFER] } else { &[] }
}

/// A kind of intent, with Stripe's words for it.
pub(super) struct Intents {
    /// Name in messages.
    pub(super) noun: &'static str,
    /// Word in the message of a missing one.
    pub(super) missing: &'static str,
    /// Name of the error's field that has the intent.
    pub(super) field: &'static str,
    /// Code of an error about the intent's state.
    pub(super) unexpected_state: &'static str,
    /// Code of an error about a client secret that is another one's.
    pub(super) wrong_secret: &'static str,
    /// Renders the intent with this id.
    pub(super) render: fn(&World, &str) -> Option<Value>,
    /// Values of `cancellation_reason`.
    pub(super) reasons: &'static [&'static str],
    /// Cancels the intent with this id; returns false if its state does not permit that.
    pub(super) cancel: fn(&mut World, &str, Option<&'static str>) -> bool,
    /// Ends the verification of the intent with this id; returns false if it waits for none.
    pub(super) end_verification: fn(&mut World, &str, Verification) -> bool,
}

impl Intents {
    /// Responds to a call that reads the intent.
    pub(super) fn retrieve(
        &self,
        sandbox: &Sandbox,
        call: &ApiCall,
        id: &str,
    ) -> Result<Json<Value>, ApiError> {
        respond::get(sandbox, call, &[CLIENT_SECRET], |state| {
            self.check_secret(&state.world, call, id)?;
            self.shown(&state.world, call, id)
        })
    }

    /// Checks that the intent exists, and its client secret: a page must give it, and a server may.
    pub(super) fn check_secret(&self, world: &World, call: &ApiCall, id: &str) -> Result<(), ApiError> {
        let intent = self.find(world, id)?;
        match call.params.text(CLIENT_SECRET)? {
            None if call.is_from_page => Err(ApiError::missing(CLIENT_SECRET)),
            // The message does not repeat the secret, because it may be a real one.
            Some(given) if intent.get(CLIENT_SECRET).and_then(Value::as_str) != Some(given) => {
                let message =
                    format!("The client_secret given does not match the {} with this id.", self.noun);
                Err(ApiError::invalid_with_code(self.wrong_secret, CLIENT_SECRET, message))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Renders the intent as the caller may see it: a page does not see whose it is.
    pub(super) fn shown(&self, world: &World, call: &ApiCall, id: &str) -> Result<Value, ApiError> {
        let intent = self.find(world, id)?;
        Ok(if call.is_from_page { for_page(intent) } else { intent })
    }
    /// Responds to a call that cancels the intent.
    pub(super) fn cancel(
        &self,
        sandbox: &Sandbox,
        call: &ApiCall,
        id: &str,
    ) -> Result<StoredResponse, ApiError> {
        respond::post(sandbox, call, &["cancellation_reason"], |state| {
            let reason = call.params.one_of("cancellation_reason", self.reasons)?;
            self.find(&state.world, id)?;
            if (self.cancel)(&mut state.world, id, reason) {
                return self.find(&state.world, id);
            }
            let message = format!("A {} in this state can't be canceled.", self.noun);
            Err(self.wrong_state(&state.world, id, &message))
        })
    }

    /// Responds to a call that confirms small deposits, by the guide's test amounts and descriptor codes.
    pub(super) fn verify_microdeposits(
        &self,
        sandbox: &Sandbox,
        call: &ApiCall,
        id: &str,
    ) -> Result<StoredResponse, ApiError> {
        let known = [bank_options::VERIFICATION_PARAMS, &[CLIENT_SECRET]].concat();
        respond::post(sandbox, call, &known, |state| {
            self.check_secret(&state.world, call, id)?;
            let verification = bank_options::verification(&call.params)?;
            if (self.end_verification)(&mut state.world, id, verification) {
                return self.shown(&state.world, call, id);
            }
            let message = format!("This {} waits for no microdeposits.", self.noun);
            Err(self.wrong_state(&state.world, id, &message))
        })
    }

    /// Renders the intent with this id, or returns the error for a missing one.
    pub(super) fn find(&self, world: &World, id: &str) -> Result<Value, ApiError> {
        (self.render)(world, id).ok_or_else(|| ApiError::not_found(self.missing, id))
    }

    /// Returns the intent as the field of an error about it.
    pub(super) fn related(&self, world: &World, id: &str) -> (&'static str, Value) {
        (self.field, (self.render)(world, id).unwrap_or_default())
    }

    /// Returns the error for an intent whose state does not permit the call.
    pub(super) fn wrong_state(&self, world: &World, id: &str, message: &str) -> ApiError {
        ApiError::unexpected_state(self.unexpected_state, message, self.related(world, id))
    }
}

/// Returns the customer's agreement of a call that creates an intent, which must confirm it then.
pub(super) fn acceptance_on_create(
    call: &ApiCall,
    now: i64,
    confirm: bool,
) -> Result<Option<Acceptance>, ApiError> {
    let acceptance = setup_intent_params::acceptance(call, now)?;
    if acceptance.is_some() && !confirm {
        return Err(ApiError::invalid(MANDATE, "mandate_data can only be given when confirm is true."));
    }
    Ok(acceptance)
}

/// Returns the id of the payment method that the call names or describes, which must exist.
pub(super) fn payment_method(world: &mut World, call: &ApiCall) -> Result<Option<String>, ApiError> {
    let method = bank_options::payment_method(world, &call.params)?;
    match method.as_deref().filter(|id| world.payment_method(id).is_none()) {
        Some(missing) => Err(ApiError::no_such(PAYMENT_METHOD, missing, METHOD)),
        None => Ok(method),
    }
}

/// Returns the error for a confirmation that is invalid.
pub(super) fn invalid_confirmation(invalid: &InvalidConfirmation) -> ApiError {
    match invalid {
        InvalidConfirmation::NoMandate => ApiError::missing(MANDATE),
        InvalidConfirmation::NoPaymentMethod => ApiError::missing(METHOD),
        InvalidConfirmation::NoSuchPaymentMethod(id) => ApiError::no_such(PAYMENT_METHOD, id, METHOD),
        InvalidConfirmation::OtherCustomer => {
            ApiError::invalid(METHOD, "The payment method belongs to another customer than the intent.")
        }
        InvalidConfirmation::Unpayable(reason) => unpayable(*reason, "", METHOD),
        InvalidConfirmation::Blocked => ApiError::blocked(),
    }
}
