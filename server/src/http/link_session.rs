//! Session of a link to one account: the cookie that a browser gets for the link's secret, and the caller that it
//! stands for.

use jiff::{SignedDuration, Timestamp};

use crate::domain::customer_claims::Caller;
use crate::domain::link_token::Secret;
use crate::domain::policy::{Terms, TokenNarrowing};
use crate::domain::relink_request::{Request, State};
use crate::http::cookie;
use crate::http::error::ApiError;
use crate::state::AppState;

/// Lifetime of the cookie. The customer can open the link again afterwards.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Returns the name of a link's cookie. Each link has its own, so that two links can be open in one browser.
pub(crate) fn cookie_name(request: &str) -> String {
    format!("relink-{request}")
}

/// Returns the cookie with the secret of this visit.
pub(crate) fn set_cookie(app: &AppState, request: &str, visit: &Secret) -> String {
    cookie::set(app, &cookie_name(request), Some(visit), LIFETIME)
}

/// Returns the caller for a link, by the cookie of a browser in which it was opened.
pub(crate) async fn caller(
    app: &AppState,
    id: &str,
    visit: &Secret,
    now: Timestamp,
) -> Result<Caller, ApiError> {
    let visited = app.store.visited(visit, now).await?.filter(|visited| visited == id);
    let request = app.store.request(visited.as_deref().unwrap_or_default()).await?;
    let may_look = |request: &Request| {
        // A completed or expired request is fine: after a relink the page still reads the outcome.
        !matches!(request.state, State::Cancelled | State::Failed)
    };
    caller_for(app, &request.filter(may_look).ok_or(ApiError::LinkUnusable)?, now)
}

/// Returns the caller that a link stands for. There is no sign-in, so the caller may relink this account only,
/// replace it with no other, and make no payment method.
fn caller_for(app: &AppState, request: &Request, now: Timestamp) -> Result<Caller, ApiError> {
    Ok(Caller {
        customer: request.customer.clone(),
        sign_in: Some(format!("link:{}", request.id)),
        accounts: Some(vec![request.account.clone()]),
        name: None,
        terms: link_terms(app)?,
        link: Some(request.id.clone()),
        until: now + LIFETIME,
    })
}

/// Returns the terms of every link: the very account, and no other.
pub(crate) fn link_terms(app: &AppState) -> Result<Terms, ApiError> {
    let exact = TokenNarrowing { any_account: Some(false), ..TokenNarrowing::default() };
    app.config.policy.terms(exact).map_err(|_| ApiError::Internal)
}

/// Checks that the caller's link still allows a relink. Callers who have signed in pass.
pub(crate) async fn check(app: &AppState, caller: &Caller) -> Result<(), ApiError> {
    let Some(id) = &caller.link else { return Ok(()) };
    let now = crate::clock::now();
    app.limits.begin(id, now)?;
    let request = app.store.request(id).await?;
    if request.is_some_and(|request| request.is_open(now)) { Ok(()) } else { Err(ApiError::LinkUnusable) }
}
