//! Test mode and live mode. Calls with a live key go to a separate sandbox, which has none of the test objects but
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

use super::auth::has_live_key;
use crate::state::Sandbox;

const MAX_BODY_BYTES: usize = 1024 * 1024;
const HINT: &str = "an object of test mode has this id, but the key is of live mode.";

/// Routers of both modes.
#[derive(Clone)]
pub(crate) struct Modes {
    pub(crate) live: Router,
    pub(crate) test: Router,
    /// Test mode's state, to detect its ids in calls to live mode.
    pub(crate) test_state: Sandbox,
}

/// Routes every call by the mode of its key; `/_sandbox/…` always belongs to test mode.
pub(crate) async fn route_by_mode(State(modes): State<Modes>, request: Request) -> Response {
    let is_of_tests = request.uri().path().starts_with("/_sandbox");
    let is_live = has_live_key(request.headers()) && !is_of_tests;
    let router = if is_live { modes.live } else { modes.test };
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let is_refused = is_live && response.status().is_client_error();
    if is_refused { with_test_mode_hint(&modes.test_state, response).await } else { response }
}

async fn with_test_mode_hint(test: &Sandbox, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let Some(body) = with_hint(test, &body) else { return (parts, Body::from(body)).into_response() };
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, Body::from(body)).into_response()
}

/// Adds the hint to an error about a test object's id; returns `None` for any other body.
fn with_hint(test: &Sandbox, body: &[u8]) -> Option<String> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let error = value.get_mut("error")?;
    if error["code"] != "resource_missing" {
        return None;
    }
    let message = error["message"].as_str()?.to_owned();
    let id = message.split('\'').nth(1)?;
    if !test.lock().world.has_object(id) {
        return None;
    }
    error["message"] = format!("{message}; {HINT}").into();
    Some(value.to_string())
}
