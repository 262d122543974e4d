//! `/v1/relink-requests`: relink requests of the merchant's back end to its customers.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use relink_protocol::{AccountId, HolderId, StripeAccountId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::{List, Page, is_name};
use crate::domain::eligible::GivenReason;
use crate::domain::language::Language;
use crate::domain::link_token::{Secret, hash};
use crate::domain::relink_request::{Delivery, Request, RequestBody, State as RequestState, Step};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, Body, scope};
use crate::openapi::errors::{
    ByBackEnd, CallsStripe, Errors, HasBody, Invalid, Missing, NoRequest, Over, Repeated,
};
use crate::records::relink_requests::Why;
use crate::services::accounts::known_account;
use crate::services::relink_requests::{self, CreateError, CreatedRequest, NewRelinkRequest, Once};
use crate::state::AppState;
use crate::store::emails::MailState;
use crate::store::idempotency::StoredResult;
use crate::store::requests::Filter;

/// Body of `POST /v1/relink-requests`.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRelinkRequest)]
pub(crate) struct CreateParams {
    /// Account to repair.
    account: AccountId,
    delivery: Delivery,
    /// Reason for which the customer is also asked if the account works; otherwise the account has to need a relink.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<GivenReason>,
    /// Language of the email and the page, as a locale in any form; English if the server has no texts in it. Otherwise
    /// the customer's last language on the page, the first supported one of the customer's `preferred_locales` at
    /// Stripe, or English.
    #[schema(example = "es")]
    locale: Option<String>,
    /// Address to which the customer is sent afterwards, at one of `RELINK_RETURN_ORIGINS`.
    #[schema(example = "https://northwind.example/account")]
    return_url: Option<String>,
    /// Seconds after which the request expires; otherwise 7 days.
    #[schema(minimum = 300, maximum = 2_592_000)]
    expires_in: Option<i64>,
    /// Recipient, for the delivery `email`; otherwise the customer's address at Stripe.
    #[schema(example = "jenny@example.com")]
    email: Option<String>,
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Header of a replayed response, named as in Stripe's API.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const LONGEST_KEY: usize = 255;
/// Time after which creating a hosted session has ended: longer than the timeout of a call to Stripe.
const HOSTING_TIMEOUT: SignedDuration = SignedDuration::from_mins(2);

/// `POST /v1/relink-requests`: creates a request, only once under the same `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/v1/relink-requests",
    operation_id = "create_relink_request",
    tag = "relink requests",
    summary = "Create a relink request",
    security(("api_key" = ["requests:write"])),
    params(("idempotency-key" = Option<String>, Header, description = "Returns the same request for a day", min_length = 1, max_length = 255)),
    request_body = CreateParams,
    responses(
        (status = 201, description = "The request; with `url` if you deliver the link", body = ShownRequest, headers(("idempotent-replayed" = String, description = "`true` if the request was created before"))),
        Errors<(ByBackEnd, HasBody, NoRequest, Repeated, CallsStripe)>,
    )
)]
pub(crate) async fn create(
    State(app): State<Arc<AppState>>,
    back_end: BackEnd<scope::RequestsWrite>,
    headers: HeaderMap,
    Body(new): Body<CreateParams>,
) -> Result<Response, ApiError> {
    let salt = Secret::new(crate::clock::secret()).expose().to_owned();
    let once = match key(&headers)? {
        Some(key) => Some(once(&back_end, key, &new, salt.clone())?),
        None => None,
    };
    if let Some(again) = again(&app, &back_end, once.as_ref()).await? {
        return Ok(again);
    }
    let language =
        new.locale.as_deref().map(|locale| Language::of_locale(locale).unwrap_or(Language::English));
    let ask = NewRelinkRequest {
        account: new.account,
        delivery: new.delivery,
        reason: new.reason,
        language,
        return_url: new.return_url,
        email: new.email,
        expires_in: new.expires_in,
        is_automatic: false,
        source: back_end.source(),
        link: Some(Secret::derived(&back_end.deriving, &salt)),
    };
    match relink_requests::create(&app, ask, once.as_ref()).await {
        Ok(asked) => Ok(made(&app, asked, false).await?),
        Err(CreateError::Refused(rule, from)) => Err(ApiError::Refused(rule, from.map(Timestamp::as_second))),
        // A concurrent request with the same key was first.
        Err(CreateError::Repeated) => {
            again(&app, &back_end, once.as_ref()).await?.ok_or(ApiError::StoreUnavailable)
        }
        Err(CreateError::Failed(failure)) => Err(failure),
    }
}

fn key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(key) = headers.get(&IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = key.to_str().map_err(|_| ApiError::NotUnderstood)?;
    if (1..=LONGEST_KEY).contains(&key.len()) { Ok(Some(key)) } else { Err(ApiError::NotUnderstood) }
}

/// Returns the idempotency record. Its key includes the API key's name, so that API keys don't collide. The fingerprint
/// includes the API key's secret, because a link can't be derived again with another `RELINK_API_KEY`.
fn once(
    back_end: &BackEnd<scope::RequestsWrite>,
    key: &str,
    new: &CreateParams,
    salt: String,
) -> Result<Once, ApiError> {
    let body = serde_json::to_string(new).map_err(|_| ApiError::Internal)?;
    let by = Secret::derived(&back_end.deriving, "fingerprint").hash();
    let key = hash(&format!("{}\n{key}", back_end.name()));
    Ok(Once { key, fingerprint: hash(&format!("{by}\n{body}")), salt })
}

/// Returns the request that was created under this key in its current state, with the same link.
async fn again(
    app: &Arc<AppState>,
    back_end: &BackEnd<scope::RequestsWrite>,
    once: Option<&Once>,
) -> Result<Option<Response>, ApiError> {
    let Some(once) = once else { return Ok(None) };
    let Some(StoredResult { fingerprint, request, salt }) = app.store.idempotent_result(&once.key).await?
    else {
        return Ok(None);
    };
    if fingerprint != once.fingerprint {
        return Err(ApiError::KeyReused);
    }
    let request = app.store.request(&request).await?.ok_or(ApiError::NotFound)?;
    let url = match (request.delivery, &request.session) {
        (Delivery::Link, _) => {
            Some(relink_requests::link_url(app, &Secret::derived(&back_end.deriving, &salt)))
        }
        (Delivery::StripeLink, Some(session)) => relink_requests::hosted_url(app, session).await?,
        (Delivery::StripeLink | Delivery::StripeEmail, None) if request.is_open(crate::clock::now()) => {
            return host_again(app, request).await.map(Some);
        }
        (Delivery::StripeLink, None) | (Delivery::Email | Delivery::StripeEmail, _) => None,
    };
    Ok(Some(made(app, CreatedRequest { request, url }, true).await?))
}

/// Repeats a call to Stripe that a server did not finish because it was killed; a recent call may still be in progress.
/// The request's id is the idempotency key, so Stripe makes no second session.
async fn host_again(app: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    if crate::clock::now().duration_since(request.created_at) < HOSTING_TIMEOUT {
        return Err(ApiError::InProgress);
    }
    let account = known_account(app, &app.stripe, &request.account).await?;
    match relink_requests::host(app, request, account).await {
        Ok(asked) => made(app, asked, true).await,
        Err(CreateError::Refused(rule, from)) => Err(ApiError::Refused(rule, from.map(Timestamp::as_second))),
        Err(CreateError::Repeated) => Err(ApiError::InProgress),
        Err(CreateError::Failed(failure)) => Err(failure),
    }
}

async fn made(app: &AppState, asked: CreatedRequest, is_replay: bool) -> Result<Response, ApiError> {
    let body = ShownRequest { url: asked.url, ..shown(app, &asked.request).await? };
    let mut response = (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(body)).into_response();
    if is_replay {
        response.headers_mut().insert(REPLAYED, axum::http::HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Returns the request with the state of its email.
async fn shown(app: &AppState, request: &Request) -> Result<ShownRequest, ApiError> {
    let mail = app.store.mail(&request.id).await?.map(|mail| ShownMail {
        state: mail.state,
        tries: mail.tries,
        error: mail.error,
        changed_at: mail.changed_at.as_second(),
    });
    Ok(ShownRequest { request: request.told(), mail, url: None })
}

/// Relink request with the state of its email.
#[derive(Serialize, ToSchema)]
#[schema(as = RelinkRequest)]
struct ShownRequest {
    #[serde(flatten)]
    request: RequestBody,
    /// Its email, if there is one.
    mail: Option<ShownMail>,
    /// Link for you to pass on, only in the response that creates the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// State of an email.
#[derive(Serialize, ToSchema)]
#[schema(as = RelinkRequestMail)]
struct ShownMail {
    state: MailState,
    tries: i64,
    error: Option<String>,
    changed_at: i64,
}

/// Query parameters: filter and page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    account: Option<AccountId>,
    customer: Option<HolderId>,
    /// Connected account whose customers hold the accounts.
    stripe_account: Option<StripeAccountId>,
    #[param(inline)]
    state: Option<RequestState>,
    /// Number of items, from 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<i64>,
    /// Id of the last item of the page before.
    #[param(min_length = 1, max_length = 160, pattern = "^[A-Za-z0-9_:.-]+$")]
    starting_after: Option<String>,
}

/// `GET /v1/relink-requests`: a page of requests, newest first.
#[utoipa::path(
    get,
    path = "/v1/relink-requests",
    operation_id = "list_relink_requests",
    tag = "relink requests",
    summary = "List relink requests, newest first",
    security(("api_key" = ["requests:read"])),
    params(Params),
    responses(
        (status = 200, description = "A page of requests", body = List<ShownRequest>),
        Errors<(ByBackEnd, Invalid)>,
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::RequestsRead>,
    Query(wanted): Query<Params>,
) -> Result<Response, ApiError> {
    let page = Page::new(wanted.limit, wanted.starting_after)?;
    let filter = Filter {
        account: wanted.account.map(String::from),
        customer: wanted.customer.map(String::from),
        stripe_account: wanted.stripe_account,
        state: wanted.state,
    };
    let requests = app.store.requests(&filter, page.after.as_deref(), page.to_read()).await?;
    let mut data = Vec::with_capacity(requests.len());
    for request in requests {
        let request = request.map_err(|lost| lost.error)?;
        data.push(shown(&app, &request).await?);
    }
    Ok(page.answer(data))
}

/// `GET /v1/relink-requests/{id}`: one request.
#[utoipa::path(
    get,
    path = "/v1/relink-requests/{id}",
    operation_id = "read_relink_request",
    tag = "relink requests",
    summary = "Read a relink request",
    security(("api_key" = ["requests:read"])),
    params(("id" = String, Path, description = "Relink request", example = "rlr_019acb5e7d2a7c339b1f3e2f4a5b6c7d")),
    responses(
        (status = 200, description = "The request, with the state of its email", body = ShownRequest),
        Errors<(ByBackEnd, Missing)>,
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::RequestsRead>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let request = found(&app, &id).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(shown(&app, &request).await?)))
}

/// `POST /v1/relink-requests/{id}/cancel`: makes the link unusable, unless the request is in another final state.
#[utoipa::path(
    post,
    path = "/v1/relink-requests/{id}/cancel",
    operation_id = "cancel_relink_request",
    tag = "relink requests",
    summary = "Cancel a relink request",
    security(("api_key" = ["requests:write"])),
    params(("id" = String, Path, description = "Relink request", example = "rlr_019acb5e7d2a7c339b1f3e2f4a5b6c7d")),
    responses(
        (status = 200, description = "The cancelled request", body = ShownRequest),
        Errors<(ByBackEnd, Missing, Over)>,
    )
)]
pub(crate) async fn cancel(
    State(app): State<Arc<AppState>>,
    back_end: BackEnd<scope::RequestsWrite>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    if !is_name(&id) {
        return Err(ApiError::NotFound);
    }
    let why = Why { source: back_end.source(), failure: None, now: crate::clock::now() };
    relink_requests::advance(&app, &id, Step::Cancel, why).await?;
    let request = found(&app, &id).await?;
    if request.state != RequestState::Cancelled {
        return Err(ApiError::AlreadyOver);
    }
    Ok(([(CACHE_CONTROL, "no-store")], Json(shown(&app, &request).await?)))
}

async fn found(app: &AppState, id: &str) -> Result<Request, ApiError> {
    let found = if is_name(id) { app.store.request(id).await? } else { None };
    found.ok_or(ApiError::NotFound)
}
