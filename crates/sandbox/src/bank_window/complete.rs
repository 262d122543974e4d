//! `POST /_sandbox/sessions/{id}/complete`: ends a session as the customer does in the bank window, without a browser.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    js_session,
    steps::{on_session_end, to_api_error},
};
use crate::{
    api::typed_accounts,
    http::error::ApiError,
    state::Sandbox,
    world::{
        bank_window::StepRefused,
        complete_window::{Choices, Ending},
        typed_account::{SUCCESS_NUMBER, TEST_ROUTING_NUMBER},
    },
};

/// Optional body.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Completion {
    /// Word of [`Ending`]; `succeeded` if it is missing.
    outcome: Option<String>,
    institution: Option<String>,
    accounts: Vec<String>,
    /// Test account number that the customer types in, with [`TEST_ROUTING_NUMBER`].
    account_number: Option<String>,
    /// True if the page calls `collectBankAccountToken`.
    token: bool,
}

/// Carries out the steps of the customer and returns the session as Stripe.js does when the window closes.
pub(crate) async fn complete(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let given = if body.is_empty() { Ok(Completion::default()) } else { serde_json::from_slice(&body) };
    let given: Completion = given.map_err(|error| ApiError::malformed(format!("Invalid body: {error}.")))?;
    let outcome = given.outcome.as_deref().unwrap_or("succeeded");
    let ending = Ending::from_word(outcome).ok_or_else(|| {
        ApiError::invalid("outcome", format!("Invalid outcome: must be one of {}", Ending::WORDS.join(", ")))
    })?;
    let number = given.account_number.as_deref().unwrap_or(SUCCESS_NUMBER);
    let names = ("account_number", "account_number");
    let typed = typed_accounts::find((number, TEST_ROUTING_NUMBER), names, "checking")?;
    let choices = Choices {
        institution: given.institution.as_deref(),
        accounts: &given.accounts,
        typed: &typed,
        with_token: given.token,
    };
    let mut state = sandbox.lock();
    let completed = state.world.complete_window(&id, ending, choices);
    completed.map_err(|refusal| refused(&id, refusal))?;
    on_session_end(&mut state, &id);
    if given.token {
        state.world.make_token(&id);
    }
    let session = state.world.session(&id).ok_or_else(|| ApiError::not_found("session", &id))?;
    Ok(Json(js_session::render(&state.world, session)))
}

/// Names the session and the accounts instead of the client secret and the holdings of a window.
fn refused(id: &str, refusal: StepRefused) -> ApiError {
    match refusal {
        StepRefused::NoSession => ApiError::not_found("session", id),
        StepRefused::Ended => ApiError::invalid("id", "This session is over: create a new one."),
        StepRefused::SpentSecret => {
            ApiError::invalid("id", "The session's client secret or link has expired: create a new session.")
        }
        StepRefused::BadChoice => {
            let message = "The bank window does not offer these accounts for this outcome, or not that many.";
            ApiError::invalid("accounts", message)
        }
        StepRefused::NoInstitution
        | StepRefused::Down(_)
        | StepRefused::NoManualEntry
        | StepRefused::NotSignedIn
        | StepRefused::NoPrompt => to_api_error(refusal),
    }
}
