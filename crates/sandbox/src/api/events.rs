//! `/v1/events`

use std::ops::RangeInclusive;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{objects::event::render, respond};
use crate::{
    event_types,
    http::{
        api_call::ApiCall,
        error::ApiError,
        pagination::{PAGE_PARAMS, paginate},
        params::Params,
        time_filter::CREATED_PARAMS,
    },
    state::{Sandbox, State as Inner},
    version::Version,
    world::{Event, number::DAY},
};

pub(crate) const PATH: &str = "/v1/events";

/// Time in seconds for which events can be read, as at Stripe.
pub(super) const EVENT_RETENTION: i64 = 30 * DAY;
const MAX_TYPES: usize = 20;

/// `GET /v1/events`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    let known = [PAGE_PARAMS, CREATED_PARAMS, &["delivery_success", "type", "types[]"]].concat();
    respond::get(&sandbox, &call, &known, |state| {
        let (params, version) = (&call.params, version(state, &call));
        let types = types(params)?;
        let period = params.time_range("created")?;
        let delivered = params.optional_flag("delivery_success")?;
        let wanted = |event: &&Event| {
            is_readable(state, event, &version)
                && (types.is_empty() || types.iter().any(|pattern| fits(pattern, event.kind)))
                && RangeInclusive::contains(&period, &event.created)
                && delivered.is_none_or(|wanted| wanted == (state.webhooks.pending(&event.id) == 0))
        };
        let events: Vec<&Event> = state.world.events().filter(wanted).collect();
        let render = |event: &&Event| render(event, &version, state.webhooks.pending(&event.id));
        paginate(params, &events, |event| &event.id, "event", PATH, render)
    })
}

/// `GET /v1/events/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        let version = version(state, &call);
        let found = state.world.event(&id).filter(|event| is_readable(state, event, &version));
        let event = found.ok_or_else(|| ApiError::not_found("event", &id))?;
        Ok(render(event, &version, state.webhooks.pending(&id)))
    })
}

/// Returns the version to render events in: the setting `event_version`, or the reader's. At Stripe, an event is kept
/// in the version of the merchant's account, regardless of the reader's.
fn version(state: &Inner, call: &ApiCall) -> Version {
    let pinned = state.world.settings.event_version.as_deref().and_then(Version::parse);
    pinned.unwrap_or_else(|| call.version.clone())
}

fn is_readable(state: &Inner, event: &Event, version: &Version) -> bool {
    event.created > state.world.now - EVENT_RETENTION && event_types::exists_in(version, event.kind)
}

fn types(params: &Params) -> Result<Vec<String>, ApiError> {
    let (one, many) = (params.text("type")?, params.list("types"));
    match (one, many.len()) {
        (Some(_), 1..) => Err(ApiError::exclusive("type", "types")),
        (_, count) if count > MAX_TYPES => {
            Err(ApiError::invalid("types", format!("types takes {MAX_TYPES} names at most.")))
        }
        _ => Ok(one.into_iter().chain(many).map(str::to_owned).collect()),
    }
}

/// True if the type matches the pattern, in which `*` stands for any text.
fn fits(pattern: &str, kind: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == kind,
        Some((start, end)) => {
            kind.len() >= start.len() + end.len() && kind.starts_with(start) && kind.ends_with(end)
        }
    }
}
