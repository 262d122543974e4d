//! Visitor of the customer's page: signed in by the merchant's token, or by a link to one account.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use relink_protocol::HolderId;

use super::bearer;
use crate::domain::customer_claims::{Caller, TokenError};
use crate::http::cookie;
use crate::http::error::ApiError;
use crate::http::link_session;
use crate::http::observe::RequestLog;
use crate::state::AppState;

/// Caller of the page's API. A link gives access to one account only, and to fewer actions: [`link_session::caller`].
#[derive(Debug)]
pub(crate) struct PageCaller(pub(crate) Caller);

/// Header with the relink request whose link opened the page. A custom header can't be sent
/// by another site's form (CSRF).
pub(crate) const LINK: HeaderName = HeaderName::from_static("relink-link");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Maximum length of a request's identifier.
const LONGEST_NAME: usize = 64;

impl FromRequestParts<Arc<AppState>> for PageCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let Some(link) = parts.headers.get(&LINK).cloned() else {
            return Caller::from_request_parts(parts, app).await.map(Self);
        };
        OwnPage::from_request_parts(parts, app).await?;
        let id = link.to_str().ok().filter(|id| is_name(id)).ok_or(ApiError::LinkUnusable)?;
        let visit = cookie::read(app, &parts.headers, &link_session::cookie_name(id));
        let visit = visit.ok_or(ApiError::LinkUnusable)?;
        let caller = link_session::caller(app, id, &visit, crate::clock::now()).await?;
        if agrees(&beside(app, &parts.headers).await, &caller.customer) {
            RequestLog::customer(&parts.extensions, &caller.customer);
            Ok(Self(caller))
        } else {
            Err(ApiError::LinkUnusable)
        }
    }
}

/// Customer who is signed in while a link is used, or the fault of their token; `None` without a token.
pub(crate) type Beside = Option<Result<HolderId, TokenError>>;

/// Verifies the token that is sent along with a link. Done before the link is looked up, so that the response time does
/// not reveal that a link exists.
pub(crate) async fn beside(app: &AppState, headers: &HeaderMap) -> Beside {
    let token = bearer(headers)?;
    app.verifier.look_for_key(token).await;
    let caller = app.verifier.caller(token, &app.config.policy, crate::clock::now());
    Some(caller.map(|caller| caller.customer))
}

/// True unless another customer than the link's is signed in, or the token is refused.
pub(crate) fn agrees(beside: &Beside, customer: &HolderId) -> bool {
    beside.as_ref().is_none_or(|signed_in| signed_in.as_ref().is_ok_and(|signed_in| signed_in == customer))
}

fn is_name(id: &str) -> bool {
    id.len() <= LONGEST_NAME && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Request from one of this server's own pages, so that no other site can act with its cookies (CSRF). Checks
/// `Sec-Fetch-Site`; if a browser does not send that, `Origin`.
#[derive(Debug)]
pub(crate) struct OwnPage;

impl FromRequestParts<Arc<AppState>> for OwnPage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let text =
            |name: &HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let own = app.config.requests.public_url.as_ref().map(|url| url.origin().ascii_serialization());
        let is_own = match (text(&FETCH_SITE), text(&ORIGIN)) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => own.is_some_and(|own| own == origin),
            // Not a browser, so no other site can have caused the request.
            (None, None) => true,
        };
        if is_own { Ok(Self) } else { Err(ApiError::LinkUnusable) }
    }
}
