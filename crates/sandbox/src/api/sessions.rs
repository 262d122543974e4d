//! `/v1/financial_connections/sessions`

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{objects::session::render, respond, session_params};
use crate::{
    emails::relink_email,
    http::{api_call::ApiCall, error::ApiError},
    random::random_token,
    state::{Sandbox, replays::StoredResponse},
    world::{
        AccountHolder, SessionRefused, World,
        session::{ClientSecret, SessionParams},
    },
};

pub(crate) const PATH: &str = "/v1/financial_connections/sessions";

/// `POST /v1/financial_connections/sessions`
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let has_preview = !sandbox.lock().world.settings.no_hosted_relink;
    let known = session_params::known(&call.version, has_preview);
    // Each account is locked for itself, before the platform is.
    let of_account = session_params::parse(&call).ok().and_then(|params| account_email(&sandbox, &params));
    respond::post(&sandbox, &call, &known, |state| {
        let request = session_params::parse(&call)?;
        let session = state.world.create_session(request, ClientSecret::random()).map_err(refused)?;
        if session.params.is_hosted {
            session.url = Some(format!("{}/hosted/{}", call.origin, random_token()));
        }
        let session = session.clone();
        tracing::info!(session = session.id, "created session");
        if session.params.hosted == Some("email")
            && let Some(to) = of_account.or_else(|| customer_email(&state.world, &session.params))
            && let Some(email) = relink_email::relink_email(&mut state.world, &session, to)
        {
            state.emails.add(email);
        }
        Ok(render(&state.world, &session, None))
    })
}

/// Returns the address of the connected account or customer account that a session is for.
fn account_email(platform: &Sandbox, params: &SessionParams) -> Option<String> {
    match params.account_holder.as_ref()? {
        AccountHolder::Customer(_) => None,
        AccountHolder::CustomerAccount(id) | AccountHolder::Account(id) => {
            platform.connected(id)?.lock().world.merchant().email.clone()
        }
    }
}

/// Returns the address of the customer that a session is for.
fn customer_email(world: &World, params: &SessionParams) -> Option<String> {
    let holder = params.account_holder.as_ref()?;
    world.customer(holder.id())?.profile.email.clone()
}

/// `GET /v1/financial_connections/sessions/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        let session = state.world.session_mut(&id).ok_or_else(|| ApiError::not_found("session", &id))?;
        let result = session.read_result().cloned();
        let session = session.clone();
        Ok(render(&state.world, &session, result.as_ref()))
    })
}

/// Returns the error for a session that can't be created.
pub(crate) fn refused(refusal: SessionRefused) -> ApiError {
    match refusal {
        SessionRefused::NoSuchAuthorization(id) => {
            ApiError::no_such("authorization", &id, "relink_options[authorization]")
        }
        SessionRefused::NoSuchAccount(id) => ApiError::no_such("account", &id, "relink_options[account]"),
        SessionRefused::Disconnected => {
            let message = "The account in relink_options was disconnected and can't be relinked.";
            ApiError::invalid("relink_options[account]", message)
        }
        SessionRefused::AccountNotInAuthorization => {
            let message = "The account in relink_options does not belong to the authorization given there.";
            ApiError::invalid("relink_options[account]", message)
        }
        SessionRefused::HolderMismatch => {
            let message = "The account holder is not the account holder of the authorization to be relinked.";
            ApiError::invalid("account_holder", message)
        }
        SessionRefused::InstitutionMismatch => {
            let message = "The institution is not that of the authorization to be relinked.";
            ApiError::invalid("filters[institution]", message)
        }
        SessionRefused::EmailedRecently => {
            let message = "The customer got an email for this account less than 48 hours ago.";
            ApiError::invalid("hosted[delivery_method]", message)
        }
        SessionRefused::NoSuchInstitution(id) => {
            ApiError::no_such("institution", &id, "filters[institution]")
        }
    }
}
