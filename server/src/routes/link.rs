//! Link of a relink request: `/r`, which carries its secret behind the `#`, and `POST /r/open`, which exchanges the
//! secret for a cookie. Opening a link changes nothing at Stripe and doesn't use it up, because email scanners open
//! links, too.

pub(crate) mod page;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::response::IntoResponse;
use jiff::{SignedDuration, Timestamp};
use relink_protocol::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::audit::Actor;
use crate::domain::customer_claims::Caller;
use crate::domain::link_token::{Secret, hash};
use crate::domain::policy::TokenNarrowing;
use crate::domain::relink_request::{Request, State as RequestState, Step};
use crate::domain::texts;
use crate::http::error::ApiError;
use crate::http::extract::{Beside, Body, Client, OwnPage, agrees, beside};
use crate::openapi::errors::{Errors, HasBody, TooManyLinks};
use crate::services::relink_requests::Why;
use crate::state::AppState;

/// Secret of the link. Has no `Debug`, so that it can't be logged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpenLink)]
pub(crate) struct Open {
    /// The part of the link behind the `#`.
    token: String,
}

/// Account of the link, and the address to return to.
#[derive(Serialize, ToSchema)]
#[schema(as = OpenedLink)]
struct Opened {
    request: String,
    account: AccountId,
    merchant: String,
    locale: &'static str,
    return_url: Option<String>,
    /// Label of the link back to the merchant.
    return_label: String,
}

/// Lifetime of the cookie. The customer can open the link again afterwards.
const VISIT: SignedDuration = SignedDuration::from_hours(1);

/// `POST /r/open`: exchanges the secret for a cookie. Every unusable link gets the same response after the same work,
/// whatever the reason.
#[utoipa::path(
    post,
    path = "/r/open",
    operation_id = "open_link",
    tag = "links",
    summary = "Open a link",
    security(()),
    request_body = Open,
    responses(
        (status = 200, description = "The account of the link; a cookie acts for it for an hour", body = Opened),
        Errors<(HasBody, TooManyLinks)>,
    )
)]
pub(crate) async fn open(
    State(app): State<Arc<AppState>>,
    _: OwnPage,
    client: Client,
    headers: HeaderMap,
    Body(Open { token }): Body<Open>,
) -> Result<impl IntoResponse, ApiError> {
    let now = crate::clock::now();
    app.limits.take(client.ip, &hash(&token), now)?;
    // Same work for all unusable links: the sign-in is checked even if the link does not exist, and a malformed secret
    // is looked up like a well-formed one.
    let signed_in = beside(&app, &headers);
    let link = Secret::given(&token).unwrap_or_else(|| Secret::new([0; 32]));
    let found = app.store.request_by_link(&link).await?;
    let request = usable(found, &signed_in, now).map_err(|why| {
        tracing::info!("unusable link: {why}");
        ApiError::LinkUnusable
    })?;
    if request.state != RequestState::Opened {
        let actor = Actor::Link { customer: request.customer.clone(), request: request.id.clone() };
        let why = Why { source: actor.at(client.ip), failure: None, now };
        app.advance_request(&request.id, Step::Open, why).await?;
    }
    let visit = Secret::new(crate::clock::secret());
    app.store.add_link_session(&visit, &request.id, now + VISIT).await?;
    let cookie = cookie(&app, &request.id, &visit);
    let opened = Opened {
        account: request.account,
        merchant: app.config.merchant_name.clone(),
        locale: request.language.code(),
        return_label: texts::over_go(request.language, &app.config.merchant_name),
        return_url: request.return_url.or_else(|| app.config.requests.return_origins.first().cloned()),
        request: request.id,
    };
    Ok(([(CACHE_CONTROL, "no-store".to_owned()), (SET_COOKIE, cookie)], Json(opened)))
}

/// Returns the request if its link is usable. The reason for an error is for the log only.
fn usable(found: Option<Request>, signed_in: &Beside, now: Timestamp) -> Result<Request, &'static str> {
    match found {
        Some(request) if !request.is_open(now) => Err("it is over"),
        Some(request) if !agrees(signed_in, &request.customer) => Err("somebody else is signed in"),
        Some(request) => Ok(request),
        None => Err("there is none"),
    }
}

/// Returns the name of a link's cookie. Each link has its own, so that two links can be open in one browser.
pub(crate) fn cookie_name(app: &AppState, request: &str) -> String {
    let prefix = if is_plain(app) { "relink" } else { "__Host-relink" };
    format!("{prefix}-{request}")
}

/// True if the public URL is plain HTTP, which is allowed on this machine only. There, browsers reject `Secure`
/// cookies.
fn is_plain(app: &AppState) -> bool {
    app.config.requests.public_url.as_ref().is_some_and(|url| url.scheme() == "http")
}

fn cookie(app: &AppState, request: &str, visit: &Secret) -> String {
    let secure = if is_plain(app) { "" } else { "; Secure" };
    // Not `Strict`, because a customer who opens the link from an email comes from another site.
    format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
        cookie_name(app, request),
        visit.expose(),
        VISIT.as_secs()
    )
}

impl AppState {
    /// Returns the caller for a link, by the cookie of a browser in which it was opened.
    pub(crate) async fn link_caller(
        &self,
        id: &str,
        visit: &Secret,
        now: Timestamp,
    ) -> Result<Caller, ApiError> {
        let visited = self.store.visited(visit, now).await?.filter(|visited| visited == id);
        let request = self.store.request(visited.as_deref().unwrap_or_default()).await?;
        let may_look = |request: &Request| {
            // A completed or expired request is fine: after a relink the page still reads the outcome.
            !matches!(request.state, RequestState::Cancelled | RequestState::Failed)
        };
        self.caller_for(&request.filter(may_look).ok_or(ApiError::LinkUnusable)?, now)
    }

    /// Returns the caller that a link stands for. There is no sign-in, so the caller may relink this account only,
    /// replace it with no other, and make no payment method.
    fn caller_for(&self, request: &Request, now: Timestamp) -> Result<Caller, ApiError> {
        let exact = TokenNarrowing { any_account: Some(false), ..TokenNarrowing::default() };
        Ok(Caller {
            customer: request.customer.clone(),
            sign_in: Some(format!("link:{}", request.id)),
            accounts: Some(vec![request.account.clone()]),
            name: None,
            terms: self.config.policy.terms(exact).map_err(|_| ApiError::Internal)?,
            link: Some(request.id.clone()),
            until: now + VISIT,
        })
    }

    /// Checks that the caller's link still allows a relink. Callers who have signed in pass.
    pub(crate) async fn check_link(&self, caller: &Caller) -> Result<(), ApiError> {
        let Some(id) = &caller.link else { return Ok(()) };
        let now = crate::clock::now();
        self.limits.begin(id, now)?;
        let request = self.store.request(id).await?;
        if request.is_some_and(|request| request.is_open(now)) { Ok(()) } else { Err(ApiError::LinkUnusable) }
    }
}
