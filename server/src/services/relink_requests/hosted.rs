//! Relink requests that Stripe hosts: on its own page and, if wanted, with its own email.

use std::sync::Arc;

use relink_protocol::stripe::{Account, Session, SessionStatus};
use relink_protocol::{AccountId, Choice, Reported, Requested, SessionId, SessionResult, decide};
use tracing::Instrument as _;

use super::{CreateError, CreatedRequest, advance};
use crate::domain::audit::Actor;
use crate::domain::connection::ReadReason;
use crate::domain::relink_request::{Delivery, Request, Step};
use crate::domain::request_refusal::RequestRefusal;
use crate::domain::session_plan::plan;
use crate::http::error::ApiError;
use crate::http::link_session::link_terms;
use crate::records::relink_requests::Why;
use crate::services::attempts::AttemptError;
use crate::state::AppState;
use crate::store::{StoreError, audit, idempotency, requests};
use crate::stripe::StripeError;
use crate::traces::InTrace;

/// Lets Stripe host this request. Runs as a task of its own, so that a client that disconnects leaves nothing half
/// done.
pub(crate) async fn host(
    app: &Arc<AppState>,
    request: Request,
    account: Account,
) -> Result<CreatedRequest, CreateError> {
    let app = Arc::clone(app);
    let hosting = async move { host_here(&app, request, &account).await };
    tokio::spawn(hosting.in_current_span().with_current_context()).await.map_err(|error| {
        tracing::error!(%error, "a request that Stripe was to host ended early");
        CreateError::Failed(ApiError::Internal)
    })?
}

/// Creates the session. If Stripe refuses, the request fails.
async fn host_here(
    app: &AppState,
    request: Request,
    account: &Account,
) -> Result<CreatedRequest, CreateError> {
    match session_for(app, &request, account).await {
        Ok(session) => hosted(app, request, session).await,
        Err(error) => {
            let may_have_gone = request.delivery == Delivery::StripeEmail && error.is_unclear();
            let (answer, sentence) = refusal(error);
            not_hosted(app, &request, sentence, may_have_gone).await?;
            Err(answer)
        }
    }
}

/// Creates a session for this account only: another person who gets the email must not be able to replace the
/// account.
async fn session_for(app: &AppState, request: &Request, account: &Account) -> Result<Session, HostError> {
    let terms = link_terms(app).map_err(HostError::Failed)?;
    let plan = plan(&terms, Choice::Repair, account, &request.customer, app.config.stripe_version)
        .map_err(|error| HostError::Failed(error.into()))?;
    let method = if request.delivery == Delivery::StripeEmail { "email" } else { "url" };
    let mut form = plan.form;
    form.push(("ui_mode", "hosted".to_owned()));
    form.push(("hosted[delivery_method]", method.to_owned()));
    form.extend(request.return_url.clone().map(|url| ("return_url", url)));
    // The request's identifier is the idempotency key, so that a retry makes no second session.
    app.stripe.create_session(&request.customer, &form, request.id.clone()).await.map_err(HostError::Stripe)
}

async fn hosted(app: &AppState, request: Request, session: Session) -> Result<CreatedRequest, CreateError> {
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    requests::set_session(&mut change, &request.id, &session.id).await?;
    let mut known = Request { session: Some(session.id.clone()), ..request };
    if known.delivery == Delivery::StripeEmail {
        let why = Why { source: Actor::Server.into(), failure: None, now };
        let sent = app.requests.advance(&mut change, &known.id, Step::Send, why).await?;
        known = sent.unwrap_or(known);
    }
    change.commit().await.map_err(StoreError::from)?;
    app.connections.messages().notify_one();
    Ok(CreatedRequest { request: known, url: session.url.map(|url| url.expose().to_owned()) })
}

/// Marks the request as failed. If Stripe may have sent the email, the cooldown stays and the idempotency key sends
/// no second one.
async fn not_hosted(
    app: &AppState,
    request: &Request,
    why: &str,
    may_have_gone: bool,
) -> Result<(), StoreError> {
    let why = Why { source: Actor::Server.into(), failure: Some(why), now: crate::clock::now() };
    let mut change = app.store.change().await?;
    if !may_have_gone {
        requests::end_cooldown(&mut change, &request.account, Some(&request.id)).await?;
        // The idempotency key may be used once more.
        idempotency::forget(&mut change, &request.id).await?;
    }
    app.requests.advance(&mut change, &request.id, Step::Fail, why).await?;
    change.commit().await?;
    app.connections.messages().notify_one();
    Ok(())
}

/// Returns the URL of Stripe's page while Stripe still gives one.
pub(crate) async fn hosted_url(app: &AppState, session: &SessionId) -> Result<Option<String>, StripeError> {
    let url = app.stripe.session(session).await?.value.url;
    Ok(url.map(|url| url.expose().to_owned()))
}

/// Reads a request's session that has ended, and the account, and stores the result. A success counts even where the
/// account's reading shows no difference, because the bank may have set an end again.
pub(crate) async fn hosted_ended(app: &AppState, request: &Request) -> Result<(), AttemptError> {
    let Some(session) = &request.session else { return Ok(()) };
    let stripe = app.stripe.in_background();
    let read = stripe.session(session).await?.value;
    let failed = match read.status {
        Some(SessionStatus::Failed) => Some("Stripe says that the relink failed"),
        Some(SessionStatus::Cancelled) => Some("Stripe says that the customer gave up"),
        _ => None,
    };
    if let Some(failure) = failed {
        let why = Why { source: Actor::Server.into(), failure: Some(failure), now: crate::clock::now() };
        advance(app, &request.id, Step::Fail, why).await?;
    }
    let account = stripe.account(&request.account).await?;
    let login = account.account.authorization.clone();
    app.connections.keep(vec![account], ReadReason::Look).await?;
    let requested =
        login.map(|authorization| Requested::Account { account: request.account.clone(), authorization });
    if requested.is_some_and(|it| decide(&it, &read, Reported::Unknown) == SessionResult::Linked) {
        relinked(app, &request.account).await?;
    }
    Ok(())
}

/// Completes the requests of an account that Stripe reports as relinked.
async fn relinked(app: &AppState, account: &AccountId) -> Result<(), StoreError> {
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    let entries = app.connections.relinked_in(&mut change, std::slice::from_ref(account), now).await?;
    audit::append_all(&mut change, &entries, now).await?;
    change.commit().await?;
    app.connections.messages().notify_one();
    Ok(())
}

/// Reason for which Stripe does not host a request.
#[derive(Debug)]
enum HostError {
    Stripe(StripeError),
    Failed(ApiError),
}

impl HostError {
    /// True if Stripe may have made the session in spite of the error.
    const fn is_unclear(&self) -> bool {
        use StripeError::{
            Broken, KeyRefused, NotFound, OverBudget, RateLimited, Refused, Unreachable, Unreadable,
        };
        match self {
            Self::Stripe(Unreachable(_) | Unreadable(_) | Broken(..)) => true,
            Self::Stripe(RateLimited(_) | OverBudget | KeyRefused(_) | NotFound(_) | Refused(..))
            | Self::Failed(_) => false,
        }
    }
}

/// Returns the error for the caller and the text that is stored with the request.
fn refusal(error: HostError) -> (CreateError, &'static str) {
    match error {
        HostError::Stripe(error) if is_without_preview(&error) => {
            tracing::info!(%error, "this Stripe account has no hosted relink");
            (
                CreateError::Refused(RequestRefusal::NoHostedRelink, None),
                RequestRefusal::NoHostedRelink.sentence(),
            )
        }
        HostError::Stripe(error) if error.param() == Some("hosted[delivery_method]") => {
            tracing::info!(%error, "Stripe sends no mail now");
            (
                CreateError::Refused(RequestRefusal::MailedLately, None),
                "Stripe has mailed the customer within 48 hours",
            )
        }
        HostError::Stripe(error @ StripeError::Refused(..)) => {
            tracing::warn!(%error, "Stripe does not host a request: {error}");
            (
                CreateError::Refused(RequestRefusal::RefusedByStripe, None),
                RequestRefusal::RefusedByStripe.sentence(),
            )
        }
        HostError::Stripe(error) => (CreateError::Failed(error.into()), "Stripe could not be asked"),
        HostError::Failed(failure) => (CreateError::Failed(failure), "the server's log says what went wrong"),
    }
}

/// True if this Stripe account has no hosted relink: Stripe does not know the parameters, or refuses `ui_mode`.
fn is_without_preview(error: &StripeError) -> bool {
    let is_of_hosted = |param: &str| param == "ui_mode" || param.starts_with("hosted");
    let is_unknown = error.code() == Some("parameter_unknown") && error.param().is_some_and(is_of_hosted);
    is_unknown || error.param() == Some("ui_mode")
}
