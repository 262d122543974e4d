//! `POST /api/sessions`: begins one attempt. The only place that a client secret passes through.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::{AccountId, Reported, StartSession, StartedSession, condition};

use crate::app::App;
use crate::attempts::Attempt;
use crate::domain::access::{may_name, may_see};
use crate::domain::caller::Caller;
use crate::domain::session::{is_for, parameters};
use crate::extract::Body;
use crate::failure::Failure;

/// Makes a session for exactly this account, if it is the caller's and a relink can repair it.
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(StartSession { account }): Body<StartSession>,
) -> Result<impl IntoResponse, Failure> {
    let form = repair(&app, &caller, &account).await?;
    let created = app.stripe.create_session(&form, crate::clock::fresh_id()).await?;
    if !is_for(&created, &account)? {
        tracing::error!(session = %created.id, %account, "Stripe made a session for something else");
        return Err(Failure::Internal);
    }
    let Some(client_secret) = created.client_secret else {
        tracing::error!(session = %created.id, "Stripe made a session without a client secret");
        return Err(Failure::StripeUnavailable);
    };
    tracing::info!(session = %created.id, %account, customer = %caller.customer, "relink started");
    app.attempts.record(Attempt {
        session: created.id.clone(),
        customer: caller.customer,
        sign_in: caller.sign_in,
        account,
        started_at: crate::clock::now(),
        reported: Reported::Unknown,
        settled: None,
    });
    let publishable_key = app.config.keys.publishable.clone();
    let started = StartedSession { session: created.id, client_secret, publishable_key };
    Ok(([(CACHE_CONTROL, "no-store")], Json(started)))
}

/// What to ask Stripe for. The account is read first: what the page knows of it may be old, or made up.
async fn repair(app: &App, caller: &Caller, id: &AccountId) -> Result<Vec<(&'static str, String)>, Failure> {
    if !may_name(caller, id) {
        return Err(Failure::NotFound);
    }
    let account = app.stripe.account(id).await?;
    if !may_see(caller, &account) {
        tracing::warn!(account = %id, customer = %caller.customer, "a customer asked for an account that is not theirs");
        return Err(Failure::NotFound);
    }
    if !condition(&account)?.is_repairable() {
        return Err(Failure::NotRepairable);
    }
    Ok(parameters(&account)?)
}
