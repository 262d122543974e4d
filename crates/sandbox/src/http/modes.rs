//! Test mode and live mode. Calls with a live key go to a separate sandbox. Neither has the objects of the other, but
//! says so in its error if one of them has the requested id.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tower::ServiceExt;

use super::error::ApiError;
use super::{
    auth::{has_live_key, no_access_to_account},
    worlds::requested_world,
};
use crate::state::Sandbox;

const MAX_BODY_BYTES: usize = 1024 * 1024;
/// More than any route takes; those have their own limit.
const MAX_REQUEST_BYTES: usize = 16 * MAX_BODY_BYTES;

/// Routers of both modes.
#[derive(Clone)]
pub(crate) struct Modes {
    pub(crate) live: Router,
    pub(crate) test: Router,
    /// State of test mode and, in it, of live mode, to detect ids of the mode that was not called.
    pub(crate) test_state: Sandbox,
    /// Builds the router of a connected account.
    pub(crate) routes: fn(Sandbox) -> Router,
    /// Builds the router of a world, which has both modes.
    pub(crate) world_routes: fn(Sandbox) -> Router,
}

/// Routes every call by the mode of its key; `/_sandbox/…` always belongs to test mode. A call with `Stripe-Account` or
/// `Stripe-Context` goes to that connected account, `/_sandbox/…` included. Before all that, a call for a world goes there.
pub(crate) async fn route_by_mode(State(modes): State<Modes>, request: Request) -> Response {
    let request = match with_whole_body(request).await {
        Ok(request) => request,
        Err(refusal) => return refusal.into_response(),
    };
    match world_of(&modes.test_state, &request) {
        Ok(Some(world)) => return called((modes.world_routes)(world), request).await,
        Ok(None) => {}
        Err(refusal) => return refusal.into_response(),
    }
    let headers = request.headers();
    // The second version of the API names the account in this header.
    if let Some(account) = headers.get("stripe-account").or_else(|| headers.get("stripe-context")) {
        let account = String::from_utf8_lossy(account.as_bytes()).into_owned();
        let connected = modes.test_state.connected(&account);
        return match connected.filter(|_| !has_live_key(request.headers())) {
            Some(connected) => called((modes.routes)(connected), request).await,
            None => no_access_to_account(request.headers(), request.method(), &account).into_response(),
        };
    }
    if let Some(connected) = hosted_account(&modes.test_state, request.uri().path()) {
        return called((modes.routes)(connected), request).await;
    }
    let is_of_tests = request.uri().path().starts_with("/_sandbox");
    let is_live = has_live_key(request.headers()) && !is_of_tests;
    let router = if is_live { modes.live } else { modes.test };
    let response = called(router, request).await;
    let other = if is_live { Some(&modes.test_state) } else { modes.test_state.live() };
    let is_refused = !is_of_tests && response.status().is_client_error();
    match other.filter(|_| is_refused) {
        Some(other) => with_mode_hint(other, response).await,
        None => response,
    }
}

/// Reads the body before anything can refuse the call: the server closes a connection on which it has answered before it
/// has read the call, and clients that keep connections would see their next call fail.
async fn with_whole_body(request: Request) -> Result<Request, ApiError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_REQUEST_BYTES).await;
    let body = body.map_err(|error| ApiError::malformed(format!("Could not read the body: {error}.")))?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Returns the world that a call names, or that has the hosted page of its path. In a world, there are no others.
fn world_of(sandbox: &Sandbox, request: &Request) -> Result<Option<Sandbox>, ApiError> {
    if sandbox.world_name().is_some() {
        return Ok(None);
    }
    if let Some(name) = requested_world(request.headers())? {
        return Ok(Some(sandbox.world(&name)));
    }
    let path = request.uri().path();
    let Some(token) = path.strip_prefix("/hosted/") else { return Ok(None) };
    let has_it =
        |world: &Sandbox| world.lock().world.has_hosted_page(token) || hosted_account(world, path).is_some();
    Ok(sandbox.all_worlds().into_iter().find(has_it))
}

async fn called(router: Router, request: Request) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Returns the connected account with the hosted page of this path, to which browsers send no header.
fn hosted_account(platform: &Sandbox, path: &str) -> Option<Sandbox> {
    let token = path.strip_prefix("/hosted/")?;
    let all = platform.all_connected().into_iter().map(|(_, sandbox)| sandbox);
    all.into_iter().find(|sandbox| sandbox.lock().world.has_hosted_page(token))
}

async fn with_mode_hint(other: &Sandbox, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let Some(body) = with_hint(other, &body) else { return (parts, Body::from(body)).into_response() };
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, Body::from(body)).into_response()
}

/// Adds the hint, in Stripe's words, to an error about an id of the other mode; returns `None` for any other body.
fn with_hint(other: &Sandbox, body: &[u8]) -> Option<String> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let error = value.get_mut("error")?;
    if error["code"] != "resource_missing" {
        return None;
    }
    let message = error["message"].as_str()?.to_owned();
    let id = message.split('\'').nth(1)?;
    if !other.lock().world.has_object(id) {
        return None;
    }
    let (theirs, ours) = if other.is_live() { ("live", "test") } else { ("test", "live") };
    let hint = format!(
        "a similar object exists in {theirs} mode, but a {ours} mode key was used to make this request."
    );
    error["message"] = format!("{message}; {hint}").into();
    Some(value.to_string())
}
