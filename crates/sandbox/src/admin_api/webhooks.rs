//! `/_sandbox/webhooks` and `/_sandbox/deliveries`: webhook faults, the deliveries so far, and resending.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value, json};

use super::settings::{check_version, with_change};
use crate::{
    http::error::ApiError,
    state::{Sandbox, State as Inner},
    webhooks::{
        delivery::{Attempt, Delivery, Outcome},
        fault_settings::WebhookFaults,
    },
};

/// `GET /_sandbox/webhooks`
pub(crate) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!(sandbox.lock().webhooks.faults))
}

/// `POST /_sandbox/webhooks`: changes the given faults; null resets one to its default.
pub(crate) async fn set(
    State(sandbox): State<Sandbox>,
    Json(given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let mut state = sandbox.lock();
    let mut faults: WebhookFaults = state.webhooks.faults.clone();
    for (name, value) in given {
        faults = with_change(&faults, &name, value)?;
    }
    check_version("api_version", faults.api_version.as_deref())?;
    let now = state.world.now;
    state.webhooks.faults = faults;
    state.webhooks.release_all_held(now);
    Ok(Json(json!(state.webhooks.faults)))
}

/// `GET /_sandbox/deliveries`, newest first.
pub(crate) async fn deliveries(State(sandbox): State<Sandbox>) -> Json<Value> {
    let state = sandbox.lock();
    Json(all(&state).into())
}

pub(crate) fn all(state: &Inner) -> Vec<Value> {
    state.webhooks.deliveries().map(|delivery| render(state, delivery)).collect()
}

/// `POST /_sandbox/deliveries/{id}/resend`
pub(crate) async fn resend(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut state = sandbox.lock();
    let now = state.world.now;
    state.webhooks.resend(&id, now);
    let found = state.webhooks.delivery(&id).ok_or_else(|| ApiError::not_found("delivery", &id))?;
    Ok(Json(render(&state, found)))
}

/// `POST /_sandbox/events/{id}/resend`: sends the event to every endpoint again, as new deliveries.
pub(crate) async fn resend_event(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut state = sandbox.lock();
    let Inner { world, webhooks, .. } = &mut *state;
    let event = world.event(&id).ok_or_else(|| ApiError::not_found("event", &id))?;
    webhooks.resend_event(event, world.now);
    let of_event = |one: &Value| one["event"] == id.as_str();
    Ok(Json(all(&state).into_iter().filter(of_event).collect()))
}

fn render(state: &Inner, delivery: &Delivery) -> Value {
    let url = state.webhooks.endpoint(&delivery.endpoint).map(|endpoint| &endpoint.url);
    let attempts: Vec<Value> = delivery.attempts.iter().map(render_attempt).collect();
    json!({
        "id": delivery.id,
        "event": delivery.event,
        "type": delivery.kind,
        "endpoint": delivery.endpoint,
        "url": url,
        "state": delivery.state.as_str(),
        "tries": attempts,
        "next_try": delivery.next_attempt(),
    })
}

fn render_attempt(one: &Attempt) -> Value {
    let (status, error) = match one.outcome {
        Outcome::Answered(status) => (Some(status), None),
        Outcome::Unreachable(error) => (None, Some(error)),
    };
    json!({ "at": one.at, "status": status, "error": error })
}
