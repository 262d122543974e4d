//! `/v2/core/events`: the thin events of the last 30 days.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::pages;
use crate::{
    api::{events::EVENT_RETENTION, objects::event::render_thin, respond},
    http::{api_call::ApiCall, error::ApiError, time_filter::CREATED_BOUNDS},
    state::{Sandbox, State as Inner},
    world::thin_event::ThinEvent,
};

pub(crate) const PATH: &str = "/v2/core/events";
const MAX_TYPES: usize = 20;

/// `GET /v2/core/events`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    let known = [pages::PARAMS, CREATED_BOUNDS, &["object_id", "types[]"]].concat();
    respond::get(&sandbox, &call, &known, |state| {
        let (params, types) = (&call.params, call.params.list("types"));
        if types.len() > MAX_TYPES {
            return Err(ApiError::invalid("types", format!("types takes {MAX_TYPES} names at most.")));
        }
        let (object, period) = (params.text("object_id")?, params.timestamp_range("created")?);
        let is_wanted = |thin: &ThinEvent<'_>| {
            is_readable(state, thin)
                && (types.is_empty() || types.contains(&thin.kind.as_str()))
                && object.is_none_or(|id| thin.event.subject.id() == id)
                && period.contains(&thin.event.created)
        };
        let events: Vec<ThinEvent<'_>> = state.world.thin_events().filter(is_wanted).collect();
        pages::page(params, &events, PATH, render_thin)
    })
}

/// `GET /v2/core/events/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        let found = state.world.thin_event(&id).filter(|thin| is_readable(state, thin));
        found.map(|thin| render_thin(&thin)).ok_or_else(|| ApiError::not_found("event", &id))
    })
}

fn is_readable(state: &Inner, thin: &ThinEvent<'_>) -> bool {
    thin.event.created > state.world.now - EVENT_RETENTION
}
