//! Endpoints of the bank window, one per step. The client secret is in the body of each call and never logged;
//! neither are user name and password, which are not stored either.

use axum::{Json, extract::State, http::HeaderMap};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    intents::{self, GivenIntent},
    js_session,
};
use crate::{
    api::typed_accounts,
    http::{auth::check_publishable_key, error::ApiError},
    state::{Sandbox, State as Inner},
    world::{
        Holding, Institution, World,
        bank::Login,
        bank_window::{Choice, SignIn, StepRefused},
        session::{FailureReason, Session},
    },
};

/// Body of every call. No `Debug`, because it contains the client secret and a password.
#[derive(Deserialize)]
pub(crate) struct StepRequest {
    #[serde(default)]
    client_secret: String,
    /// Given with the first step if a window is for an intent; it has no session then.
    intent: Option<GivenIntent>,
    /// True with the first step of a window for an intent that does not exist yet.
    #[serde(default)]
    deferred: bool,
    institution: Option<String>,
    #[serde(default)]
    password: String,
    #[serde(default)]
    holdings: Vec<String>,
    reason: Option<String>,
    #[serde(default)]
    answer: String,
    /// True if the page called `collectBankAccountToken`.
    #[serde(default)]
    token: bool,
    account_number: Option<String>,
    #[serde(default)]
    routing_number: String,
    #[serde(default)]
    account_type: String,
}

type StepResult = Result<Json<Value>, ApiError>;

/// `POST /bank/open`: a window was opened.
pub(crate) async fn open(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Json(mut step): Json<StepRequest>,
) -> StepResult {
    check_publishable_key(&headers)?;
    let mut state = sandbox.lock();
    let intent = step.intent.take();
    let is_for_intent = intent.is_some() || step.deferred;
    let id = match intent {
        Some(intent) => intents::create_session(&mut state.world, intent)?,
        None if step.deferred => intents::create_deferred_session(&mut state.world)?,
        None => session_of(&state.world, &step)?,
    };
    state.world.open_window(&id).map_err(to_api_error)?;
    let session = state.world.session(&id).ok_or_else(unknown_secret)?;
    tracing::info!(session = id, "opened bank window");
    let mut value = opened(&state.world, session, step.token);
    if let Some(fields) = value.as_object_mut().filter(|_| is_for_intent) {
        fields.insert("client_secret".to_owned(), session.secret.expose().into());
    }
    Ok(Json(value))
}

fn opened(world: &World, session: &Session, with_token: bool) -> Value {
    let institutions: Vec<Value> = world.offered_institutions(session).into_iter().map(institution).collect();
    let exact = session.params.relink_options.as_ref().and_then(|relink| relink.account.as_deref());
    let expected = exact.and_then(|id| world.account(id)).map(|account| &account.last4);
    let mut value = json!({
        "institutions": institutions,
        "permissions": session.params.permissions,
        "limit": session.params.limit,
        "expected_last4": expected,
    });
    if let (Some(fields), Some(entry)) = (value.as_object_mut(), session.manual_entry(with_token)) {
        fields.insert("manual_entry".to_owned(), entry.as_str().into());
    }
    value
}

/// Renders a bank for the window's list of banks.
fn institution(bank: &Institution) -> Value {
    let mut value = json!({ "id": bank.id, "name": bank.name });
    if let Some(fields) = value.as_object_mut() {
        if !bank.other_names.is_empty() {
            fields.insert("other_names".to_owned(), json!(bank.other_names));
        }
        if bank.login == Login::PopUp {
            fields.insert("login".to_owned(), "pop_up".into());
        }
        if let Some(outage) = bank.outage() {
            fields.insert("outage".to_owned(), outage.as_str().into());
        }
    }
    value
}

/// `POST /bank/sign_in`
pub(crate) async fn sign_in(State(sandbox): State<Sandbox>, Json(step): Json<StepRequest>) -> StepResult {
    let mut state = sandbox.lock();
    let id = session_of(&state.world, &step)?;
    let signed_in = state.world.sign_in(&id, step.institution.as_deref(), &step.password);
    Ok(after_sign_in(&mut state, &id, signed_in.map_err(to_api_error)?))
}

/// `POST /bank/answer`: the customer's answer to the additional input that the bank asked for.
pub(crate) async fn answer(State(sandbox): State<Sandbox>, Json(step): Json<StepRequest>) -> StepResult {
    let mut state = sandbox.lock();
    let id = session_of(&state.world, &step)?;
    let signed_in = state.world.answer_prompt(&id, &step.answer).map_err(to_api_error)?;
    Ok(after_sign_in(&mut state, &id, signed_in))
}

fn after_sign_in(state: &mut Inner, id: &str, signed_in: SignIn) -> Json<Value> {
    Json(match signed_in {
        SignIn::Incorrect => json!({ "step": "incorrect" }),
        SignIn::PromptShown(prompt) => json!({ "step": "asked", "prompt": prompt.as_str() }),
        SignIn::Failed => {
            on_session_end(state, id);
            json!({ "step": "failed" })
        }
        SignIn::Accepted => json!({ "step": "choose", "holdings": holdings(&state.world, id) }),
    })
}

/// `POST /bank/leave`: the customer closed the bank's own window.
pub(crate) async fn leave(State(sandbox): State<Sandbox>, Json(step): Json<StepRequest>) -> StepResult {
    let mut state = sandbox.lock();
    let id = session_of(&state.world, &step)?;
    state.world.leave_sign_in(&id, step.institution.as_deref()).map_err(to_api_error)?;
    Ok(Json(json!({ "step": "left" })))
}

fn holdings(world: &World, id: &str) -> Vec<Value> {
    let offered = world.session(id).map(|session| world.offered_holdings(session)).unwrap_or_default();
    let render =
        |holding: &Holding| json!({ "id": holding.id, "name": holding.name, "last4": holding.last4 });
    offered.into_iter().map(render).collect()
}

/// `POST /bank/choose`
pub(crate) async fn choose(State(sandbox): State<Sandbox>, Json(step): Json<StepRequest>) -> StepResult {
    let mut state = sandbox.lock();
    let id = session_of(&state.world, &step)?;
    match state.world.choose(&id, &step.holdings).map_err(to_api_error)? {
        Choice::WrongAccount => Ok(Json(json!({ "step": "wrong_account" }))),
        Choice::Connected => {
            on_session_end(&mut state, &id);
            Ok(Json(json!({ "step": "connected" })))
        }
    }
}

/// `POST /bank/enter`: the customer types in account numbers or, without any in the call, goes on in the merchant's own
/// form.
pub(crate) async fn enter(State(sandbox): State<Sandbox>, Json(step): Json<StepRequest>) -> StepResult {
    let mut state = sandbox.lock();
    let id = session_of(&state.world, &step)?;
    let entered = match &step.account_number {
        None => state.world.leave_for_own_form(&id),
        Some(number) => {
            let kind = if step.account_type == "savings" { "savings" } else { "checking" };
            let names = ("account_number", "routing_number");
            let account = typed_accounts::find((number, &step.routing_number), names, kind)?;
            state.world.enter_account(&id, account, step.token)
        }
    };
    entered.map_err(to_api_error)?;
    on_session_end(&mut state, &id);
    Ok(Json(json!({ "step": "entered" })))
}

/// `POST /bank/fail`: called by the sandbox's controls on the sign-in screen.
pub(crate) async fn fail(State(sandbox): State<Sandbox>, Json(step): Json<StepRequest>) -> StepResult {
    let reason = match step.reason.as_deref() {
        Some("no_authorization") => FailureReason::NoAuthorization,
        Some("other") => FailureReason::Other,
        _ => return Err(ApiError::invalid("reason", "reason must be no_authorization or other.")),
    };
    let mut state = sandbox.lock();
    let id = session_of(&state.world, &step)?;
    state.world.fail_session(&id, reason).map_err(to_api_error)?;
    on_session_end(&mut state, &id);
    Ok(Json(json!({ "step": "failed" })))
}

/// `POST /bank/close`: returns the result for Stripe.js. Can be repeated.
pub(crate) async fn close(State(sandbox): State<Sandbox>, Json(step): Json<StepRequest>) -> StepResult {
    let mut state = sandbox.lock();
    let id = session_of(&state.world, &step)?;
    if state.world.close_window(&id) {
        on_session_end(&mut state, &id);
    }
    if step.token {
        state.world.make_token(&id);
    }
    let intent = intents::collected(&mut state.world, &id);
    let session = state.world.session(&id).ok_or_else(unknown_secret)?;
    let mut value = js_session::render(&state.world, session);
    if let (Some(fields), Some(intent)) = (value.as_object_mut(), intent) {
        fields.extend(intent);
    }
    Ok(Json(value))
}

/// Logs the end of a session and starts its `pending_reads`.
pub(super) fn on_session_end(state: &mut Inner, id: &str) {
    let reads = state.world.settings.pending_reads;
    if let Some(session) = state.world.session_mut(id) {
        session.pending_reads = reads;
        tracing::info!(session = id, "session ended");
    }
}

fn session_of(world: &World, step: &StepRequest) -> Result<String, ApiError> {
    let mut sessions = world.sessions().iter();
    let found = sessions.find(|session| session.secret.expose() == step.client_secret);
    found.map(|session| session.id.clone()).ok_or_else(unknown_secret)
}

/// Returns an error that does not repeat the secret, because it may be a real one.
fn unknown_secret() -> ApiError {
    to_api_error(StepRefused::NoSession)
}

pub(super) fn to_api_error(refusal: StepRefused) -> ApiError {
    match refusal {
        StepRefused::NoSession => ApiError::no_such_secret(),
        StepRefused::Ended => ApiError::invalid("client_secret", "This session is over: create a new one."),
        StepRefused::SpentSecret => {
            let message = "This client secret has expired: create a new session.";
            ApiError::invalid("client_secret", message)
        }
        StepRefused::NoInstitution => ApiError::invalid("institution", "Choose one of the banks."),
        StepRefused::Down(_) => {
            let code = "financial_connections_institution_unavailable";
            ApiError::invalid_with_code(code, "institution", "This bank is not available.")
        }
        StepRefused::NoPrompt => ApiError::invalid("answer", "The bank has not asked for anything."),
        StepRefused::NoManualEntry => {
            ApiError::invalid("manual_entry", "This session does not take account numbers in this way.")
        }
        StepRefused::NotSignedIn => ApiError::invalid("holdings", "Sign in first."),
        StepRefused::BadChoice => ApiError::invalid("holdings", "Choose as many accounts as are asked for."),
    }
}
