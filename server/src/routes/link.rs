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
use jiff::Timestamp;
use relink_protocol::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::audit::Actor;
use crate::domain::customer_claims::client_of_link;
use crate::domain::link_token::{Secret, hash};
use crate::domain::relink_request::{Request, State as RequestState, Step};
use crate::domain::texts;
use crate::http::error::ApiError;
use crate::http::extract::{Beside, Body, Client, OwnPage, agrees, beside};
use crate::http::link_session;
use crate::openapi::errors::{Errors, HasBody, TooManyLinks};
use crate::records::relink_requests::Why;
use crate::services::{merchant_names, relink_requests};
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
    let signed_in = beside(&app, &headers).await;
    let link = Secret::given(&token).unwrap_or_else(|| Secret::new([0; 32]));
    let found = app.store.request_by_link(&link).await?;
    let request = usable(found, &signed_in, now).map_err(|why| {
        tracing::info!("unusable link: {why}");
        ApiError::LinkUnusable
    })?;
    if request.state != RequestState::Opened {
        let actor = Actor::Link { customer: request.customer.clone(), request: request.id.clone() };
        let why = Why { source: actor.at(client.ip), failure: None, now };
        relink_requests::advance(&app, &request.id, Step::Open, why).await?;
    }
    let visit = Secret::new(crate::clock::secret());
    app.store.add_link_session(&visit, &request.id, now + link_session::LIFETIME).await?;
    let cookie = link_session::set_cookie(&app, &request.id, &visit);
    let stripe = app.stripe.for_client(&client_of_link(&request.id));
    let merchant =
        merchant_names::for_page(&app, &stripe, request.customer.stripe_account().as_ref()).await?;
    let opened = Opened {
        account: request.account,
        locale: request.language.code(),
        return_label: texts::over_go(request.language, &merchant),
        merchant,
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
