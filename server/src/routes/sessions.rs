//! `POST /api/sessions`: begins an attempt. No other route returns a client secret.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, Choice, KnownAccount, Reported, StartSession, StartedSession, condition};

use super::accounts::add_token_accounts;
use crate::domain::access::{may_name, may_see};
use crate::domain::account_snapshot;
use crate::domain::attempt::Attempt;
use crate::domain::audit::Actor;
use crate::domain::customer_claims::Caller;
use crate::domain::language::Language;
use crate::domain::session_plan::{SessionPlan, allows, is_as_requested, is_updatable, plan};
use crate::http::error::ApiError;
use crate::http::extract::{Body, Client, PageCaller};
use crate::http::link_session;
use crate::openapi::errors::{ByPage, CallsStripe, Errors, HasBody, Missing, NoSession};
use crate::services::accounts::{read_account, read_all_accounts_of, recent_accounts_of};
use crate::services::attempts;
use crate::state::AppState;
use crate::stripe::Stripe;

/// Creates the session for the customer's choice, if the account is the caller's and the choice is allowed.
#[utoipa::path(
    post,
    path = "/api/sessions",
    operation_id = "start_session",
    tag = "attempts",
    summary = "Begin an attempt to repair an account",
    security(("customer_token" = []), ("link_request" = [], "link_cookie" = [])),
    request_body = StartSession,
    responses(
        (status = 200, description = "The session, with the client secret that opens the bank window once", body = StartedSession),
        Errors<(ByPage, HasBody, Missing, NoSession, CallsStripe)>,
    )
)]
pub(crate) async fn start(
    State(app): State<Arc<AppState>>,
    PageCaller(caller): PageCaller,
    client: Client,
    language: Language,
    Body(StartSession { account, choice }): Body<StartSession>,
) -> Result<impl IntoResponse, ApiError> {
    link_session::check(&app, &caller).await?;
    let stripe = app.stripe_for(&caller)?;
    let (SessionPlan { requested, form }, before) = planned(&app, &stripe, &caller, &account, choice).await?;
    let created = stripe.create_session(&caller.customer, &form, crate::clock::new_id().to_string()).await?;
    if !is_as_requested(&created, &requested)? {
        tracing::error!(session = %created.id, %account, "Stripe created a session with other options");
        return Err(ApiError::Internal);
    }
    let Some(client_secret) = created.client_secret else {
        tracing::error!(session = %created.id, "Stripe made a session without a client secret");
        return Err(ApiError::StripeUnavailable);
    };
    tracing::info!(session = %created.id, %account, ?choice, customer = %caller.customer, "relink started");
    let attempt = Attempt {
        session: created.id.clone(),
        customer: caller.customer.clone(),
        sign_in: caller.sign_in.clone(),
        account,
        choice,
        purpose: caller.terms.purpose,
        requested,
        before,
        started_at: crate::clock::now(),
        reported: Reported::Unknown,
        language,
        settled: None,
    };
    // Stored before the response: the outcome of an attempt that no server knows of could not be read.
    attempts::begin(&app, Actor::from(&caller).at(client.ip), &attempt).await?;
    app.metrics.session_started(choice_name(choice));
    let publishable_key = app.config.keys.publishable.clone();
    let stripe_account = created.id.stripe_account().or_else(|| app.config.stripe_accounts.header().cloned());
    // A link can change no payouts, and Stripe makes the token of one account.
    let collects_token = app.config.adds_external_accounts
        && attempt.payee().is_some()
        && caller.terms.may_replace
        && caller.link.is_none();
    let session = created.id;
    let started = StartedSession { session, client_secret, publishable_key, stripe_account, collects_token };
    Ok(([(CACHE_CONTROL, "no-store")], Json(started)))
}

fn choice_name(choice: Choice) -> &'static str {
    match choice {
        Choice::Repair => "repair",
        Choice::AnotherAccount => "another_account",
        Choice::AnotherBank => "another_bank",
    }
}

/// Returns the session plan, and a snapshot of the customer's accounts as Stripe has them: what the page sent may be old
/// or made up.
async fn planned(
    app: &AppState,
    stripe: &Stripe,
    caller: &Caller,
    id: &AccountId,
    choice: Choice,
) -> Result<(SessionPlan, Vec<KnownAccount>), ApiError> {
    if !may_name(caller, id) {
        return Err(ApiError::NotFound);
    }
    // All accounts, including those that the token hides: a hidden one is not new when it comes back.
    if let Some(recent) = recent_accounts_of(app, &caller.customer).await?
        && let Ok(planned) = planned_from(app, stripe, caller, id, choice, recent).await
    {
        return Ok(planned);
    }
    // Nothing is refused because of what events may not have updated yet.
    let accounts = read_all_accounts_of(app, stripe, &caller.customer).await?;
    planned_from(app, stripe, caller, id, choice, accounts).await
}

async fn planned_from(
    app: &AppState,
    stripe: &Stripe,
    caller: &Caller,
    id: &AccountId,
    choice: Choice,
    mut accounts: Vec<Account>,
) -> Result<(SessionPlan, Vec<KnownAccount>), ApiError> {
    let account = if let Some(account) = accounts.iter().find(|account| account.id == *id) {
        account.clone()
    } else {
        let account = read_account(app, stripe, id).await?;
        accounts.push(account.clone());
        account
    };
    if !may_see(caller, &account) {
        tracing::warn!(account = %id, customer = %caller.customer, "a customer asked for an account that is not theirs");
        return Err(ApiError::NotFound);
    }
    let (rules, now) = (app.config.condition_rules_for(&caller.terms), crate::clock::now().as_second());
    let condition = condition(&account, rules, now)?;
    let missed = app.store.missed(caller, id).await?;
    let is_updatable = is_updatable(&caller.terms, &account, &condition);
    if let Err(reason) = allows(&caller.terms, choice, &condition, is_updatable, missed) {
        tracing::info!(account = %id, ?choice, ?condition, "no session: {reason}");
        return Err(ApiError::NotRepairable);
    }
    if account.account_holder.is_none() {
        // Other accounts of its bank login have no holder either.
        add_token_accounts(app, stripe, caller, &mut accounts).await?;
    }
    let terms = if is_updatable { caller.terms.of_update() } else { caller.terms.clone() };
    let plan = plan(&terms, choice, &account, &caller.customer, app.config.stripe_version)?;
    Ok((plan, known_before(app, caller, accounts, &account).await?))
}

async fn known_before(
    app: &AppState,
    caller: &Caller,
    accounts: Vec<Account>,
    account: &Account,
) -> Result<Vec<KnownAccount>, ApiError> {
    if accounts.len() > account_snapshot::MOST {
        tracing::warn!(
            customer = %caller.customer, accounts = accounts.len(),
            "only {} accounts are remembered for this attempt, those of the bank login first; one of the others that \
             is linked now will be called new", account_snapshot::MOST
        );
    }
    let replaced = app.store.replaced_among(&accounts).await?;
    // As the merchant is told of them, because the result is compared by these rules.
    let (rules, now) = (app.config.condition_rules(), crate::clock::now().as_second());
    Ok(account_snapshot::known(accounts, account, &replaced, rules, now))
}
