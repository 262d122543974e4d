//! `POST /webhooks/stripe`: receives Stripe's events. The busiest route, so it has few of the usual layers: an accepted
//! event costs no span and no request id, and its log line names the event in its place.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use relink_protocol::Problem;
use strum::VariantArray;

use self::refused::WebhookError;
use crate::domain::signature::verify;
use crate::http::extract::Client;
use crate::http::observe::RequestLog;
use crate::state::AppState;

mod refused;

/// Maximum size of a request body, as in Stripe's own example. It is fifty times the size of an account.
const MAX_BODY: usize = 64 * 1024;
const LONGEST_BODY: Duration = Duration::from_secs(10);
const SIGNATURE: &str = "stripe-signature";

/// Responds once the event is stored, or with the reason for rejecting it.
pub(crate) async fn receive(State(app): State<Arc<AppState>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    match take(&app, &parts, body).await {
        Ok(()) => dressed((StatusCode::OK, [(CONTENT_TYPE, JSON)], "{}").into_response()),
        Err(WebhookError::OtherAccount) => ignore(&app, WebhookError::OtherAccount),
        Err(refused) => refuse(&app, refused, &mut parts).await,
    }
}

/// Explains the endpoint to a developer who opens it in a browser.
pub(crate) async fn wrong_method(State(app): State<Arc<AppState>>, request: Request) -> Response {
    refuse(&app, WebhookError::Method, &mut request.into_parts().0).await
}

/// Returns the name of every reason for which an event is refused.
pub(crate) fn reasons() -> impl Iterator<Item = &'static str> {
    WebhookError::VARIANTS.iter().map(Into::into)
}

async fn take(app: &AppState, parts: &Parts, body: Body) -> Result<(), WebhookError> {
    if parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(WebhookError::Encoded);
    }
    let signature = only_signature(&parts.headers)?;
    let body = read(body).await?;
    let secrets = app.config.signing_secrets.load_full();
    verify(signature.as_bytes(), &body, secrets.keys(), crate::clock::now())?;
    let text = std::str::from_utf8(&body).map_err(|_| WebhookError::NoEvent)?;
    let arrival = app.inbox.read(text)?;
    RequestLog::event(&parts.extensions, &arrival.id);
    app.inbox.keep(arrival).await?;
    app.metrics.event_accepted();
    Ok(())
}

/// Returns the signature. Requires exactly one, because a proxy and this server could pick different ones of several.
fn only_signature(headers: &HeaderMap) -> Result<&HeaderValue, WebhookError> {
    let mut values = headers.get_all(SIGNATURE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(WebhookError::NoSignature),
        (Some(_), Some(_)) => Err(WebhookError::Malformed),
    }
}

/// Reads the raw body, because the signature covers its bytes.
async fn read(body: Body) -> Result<Bytes, WebhookError> {
    let collected = Limited::new(body, MAX_BODY).collect();
    match tokio::time::timeout(LONGEST_BODY, collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(WebhookError::TooLarge),
        Ok(Err(_)) => Err(WebhookError::Broken),
        Err(_) => Err(WebhookError::TooSlow),
    }
}

/// Acknowledges an event that has no effect here, and counts it. The body says why, for the developer who sees it in
/// Stripe's dashboard.
fn ignore(app: &AppState, reason: WebhookError) -> Response {
    app.metrics.event_refused(reason.into());
    let body = serde_json::json!({ "ignored": reason.title(app.config.keys.mode) });
    dressed((reason.status(), Json(body)).into_response())
}

/// Responds with an error. The body says what to do, for the developer who sees it in Stripe's dashboard.
async fn refuse(app: &Arc<AppState>, refused: WebhookError, parts: &mut Parts) -> Response {
    app.metrics.event_refused(refused.into());
    let id = crate::clock::new_id().to_string();
    let title = refused.title(app.config.keys.mode);
    // Separate throttles: a flood of requests that Stripe did not send must not hide a problem with Stripe's events.
    let seldom = if refused.is_anyones() { &app.inbox.strangers } else { &app.inbox.refusals };
    if let Some(times) = seldom.happened(crate::clock::now()) {
        let client = Client::from_request_parts(parts, app).await.ok().map(|client| client.ip.to_string());
        tracing::warn!(
            request_id = id,
            client,
            status = refused.status().as_u16(),
            times,
            "an event is refused: {title}"
        );
    }
    let problem = Problem { code: refused.code(), title: title.to_owned(), request_id: Some(id.clone()) };
    let mut response = dressed((refused.status(), Json(problem)).into_response());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert("x-request-id", id);
    }
    match refused.status() {
        StatusCode::SERVICE_UNAVAILABLE => headers.insert(RETRY_AFTER, HeaderValue::from_static("5")),
        StatusCode::METHOD_NOT_ALLOWED => headers.insert(ALLOW, HeaderValue::from_static("POST")),
        _ => None,
    };
    response
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Adds those of the usual headers that matter to a program.
fn dressed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
