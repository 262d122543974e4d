//! Opt-out from automatic emails: by the link in such an email, `/u/…`, or by the merchant's back end,
//! `/v1/opt-outs/{customer}`.
//!
//! The link has its secret in the path, because one-click unsubscribe (RFC 8058) needs that. `/u/` is therefore outside
//! the layers that log paths.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;
use relink_protocol::HolderId;
use serde::Serialize;
use utoipa::ToSchema;

use super::hosted_page::HostedPage;
use crate::domain::audit::Actor;
use crate::domain::language::Language;
use crate::domain::link_token::Secret;
use crate::domain::relink_request;
use crate::domain::texts;
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, Client, scope};
use crate::openapi::errors::{ByBackEnd, Errors, Invalid};
use crate::services::{merchant_names, opt_outs};
use crate::state::AppState;

/// `GET /u/{secret}` shows a form and `POST` opts out, because email scanners follow links with `GET`.
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    Path(secret): Path<String>,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let method = parts.method.clone();
    let accepted = Language::from_request_parts(&mut parts, &app).await.unwrap_or(Language::English);
    let answer = async {
        let client = Client::from_request_parts(&mut parts, &app).await?;
        let secret = Secret::given(&secret).unwrap_or_else(|| Secret::new([0; 32]));
        let found = app.store.request_by_opt_out(&secret).await?;
        // Only unknown secrets count against the rate limit: many customers can share the address of one large mail
        // provider.
        if found.is_none() {
            app.limits.take_for_address(client.ip, crate::clock::now())?;
        }
        act(&app, &method, found, &client, accepted).await
    };
    let (status, html) =
        answer.await.unwrap_or_else(|failure: ApiError| failed(&app, failure.status(), accepted));
    (status, headers(&app), html).into_response()
}

/// Returns the page of a failure, after which the reader can open the link again.
fn failed(app: &AppState, status: StatusCode, language: Language) -> (StatusCode, String) {
    let (heading, body) = if status == StatusCode::TOO_MANY_REQUESTS {
        (texts::often_heading(language), texts::often_body(language))
    } else {
        (texts::failed_heading(language), texts::failed_body(language))
    };
    (status, document(app, language, &heading, &body, None))
}

async fn act(
    app: &AppState,
    method: &Method,
    found: Option<relink_request::Request>,
    client: &Client,
    accepted: Language,
) -> Result<(StatusCode, String), ApiError> {
    let Some(request) = found else {
        let body = texts::opt_out_over_body(accepted, &app.config.merchant_name);
        let page = document(app, accepted, &texts::over_heading(accepted), &body, None);
        return Ok((StatusCode::NOT_FOUND, page));
    };
    let language = request.language;
    let merchant = merchant_names::known(app, request.customer.stripe_account().as_ref()).await?;
    let merchant = merchant.as_str();
    if *method == Method::POST {
        let actor = Actor::Link { customer: request.customer.clone(), request: request.id.clone() };
        opt_outs::set(app, &request.customer, true, actor.at(client.ip)).await?;
        let (heading, body) = (texts::opt_out_done(language), texts::opt_out_done_body(language, merchant));
        return Ok((StatusCode::OK, document(app, language, &heading, &body, None)));
    }
    let heading = texts::opt_out_question(language, merchant);
    let body = texts::opt_out_explained(language, merchant);
    Ok((StatusCode::OK, document(app, language, &heading, &body, Some(&texts::opt_out_button(language)))))
}

fn document(app: &AppState, language: Language, heading: &str, body: &str, button: Option<&str>) -> String {
    let form = html! { @if let Some(button) = button { form method="post" { button.primary { (button) } } } };
    HostedPage { config: &app.config, language, title: heading }.card(body, &form).into_string()
}

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn headers(app: &AppState) -> HeaderMap {
    let mut headers = app.headers().clone();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_TYPE, "text/html; charset=utf-8"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

/// A customer's choice about automatic emails.
#[derive(Serialize, ToSchema)]
struct OptOut {
    customer: HolderId,
    opted_out: bool,
}

/// `GET /v1/opt-outs/{customer}`: returns whether the customer has opted out.
#[utoipa::path(
    get,
    path = "/v1/opt-outs/{customer}",
    operation_id = "read_opt_out",
    tag = "relink requests",
    summary = "Read whether a customer has opted out of automatic emails",
    security(("api_key" = ["requests:read"])),
    params(("customer" = HolderId, Path, description = "Customer")),
    responses(
        (status = 200, description = "The customer's choice", body = OptOut),
        Errors<(ByBackEnd, Invalid)>,
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::RequestsRead>,
    Path(customer): Path<HolderId>,
) -> Result<impl IntoResponse, ApiError> {
    let is_out = app.store.has_opted_out(&customer).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(OptOut { customer, opted_out: is_out })))
}

/// `PUT /v1/opt-outs/{customer}`: opts the customer out.
#[utoipa::path(
    put,
    path = "/v1/opt-outs/{customer}",
    operation_id = "set_opt_out",
    tag = "relink requests",
    summary = "Opt a customer out of automatic emails",
    security(("api_key" = ["requests:write"])),
    params(("customer" = HolderId, Path, description = "Customer")),
    responses(
        (status = 204, description = "The customer gets no automatic emails"),
        Errors<(ByBackEnd, Invalid)>,
    )
)]
pub(crate) async fn set(
    State(app): State<Arc<AppState>>,
    back_end: BackEnd<scope::RequestsWrite>,
    Path(customer): Path<HolderId>,
) -> Result<StatusCode, ApiError> {
    opt_outs::set(&app, &customer, true, back_end.source()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v1/opt-outs/{customer}`: opts the customer in again.
#[utoipa::path(
    delete,
    path = "/v1/opt-outs/{customer}",
    operation_id = "remove_opt_out",
    tag = "relink requests",
    summary = "Opt a customer in to automatic emails again",
    security(("api_key" = ["requests:write"])),
    params(("customer" = HolderId, Path, description = "Customer")),
    responses(
        (status = 204, description = "The customer gets automatic emails"),
        Errors<(ByBackEnd, Invalid)>,
    )
)]
pub(crate) async fn unset(
    State(app): State<Arc<AppState>>,
    back_end: BackEnd<scope::RequestsWrite>,
    Path(customer): Path<HolderId>,
) -> Result<StatusCode, ApiError> {
    opt_outs::set(&app, &customer, false, back_end.source()).await?;
    Ok(StatusCode::NO_CONTENT)
}
