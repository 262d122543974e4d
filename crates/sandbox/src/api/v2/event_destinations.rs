//! `/v2/core/event_destinations`: webhook endpoints that get thin events, or snapshots in a version of their own.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::pages;
use crate::{
    api::{
        objects::{event::render_thin, event_destination::render},
        respond,
    },
    event_types,
    http::{api_call::ApiCall, error::ApiError, params::Params},
    state::{Sandbox, State as Inner, replays::StoredResponse},
    version::Version,
    webhooks::{
        endpoint::{Destination, Endpoint, EventSource, Secret, is_http_url},
        fault_settings::Payload,
    },
    world::{Event, event::Cause},
};

pub(crate) const PATH: &str = "/v2/core/event_destinations";
const NOUN: &str = "event destination";
const URL: &str = "webhook_endpoint[url]";
const INCLUDE: &str = "include[]";
const INCLUDED: &[&str] = &["webhook_endpoint.signing_secret", "webhook_endpoint.url"];
const ON_CREATE: &[&str] = &[
    "description",
    "enabled_events[]",
    "event_payload",
    "events_from[]",
    INCLUDE,
    "metadata[*]",
    "name",
    "snapshot_api_version",
    "type",
    URL,
];
const ON_UPDATE: &[&str] = &["description", "enabled_events[]", INCLUDE, "metadata[*]", "name", URL];

/// `POST /v2/core/event_destinations`; only this response can contain the secret.
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, ON_CREATE, |state| {
        let params = &call.params;
        let shown = included(params, INCLUDED)?;
        params.one_of("type", &["webhook_endpoint"])?.ok_or_else(|| ApiError::missing("type"))?;
        let payload = match params.one_of("event_payload", &["snapshot", "thin"])? {
            Some("thin") => Payload::Thin,
            Some(_) => Payload::Snapshot,
            None => return Err(ApiError::missing("event_payload")),
        };
        let mut endpoint = Endpoint {
            id: String::new(),
            url: url(params)?.ok_or_else(|| ApiError::missing(URL))?,
            enabled_events: enabled_events(params, payload)?
                .ok_or_else(|| ApiError::missing("enabled_events"))?,
            api_version: snapshot_version(&call, payload)?,
            secret: Secret::random(),
            is_enabled: true,
            description: params.changed("description", None),
            metadata: params.metadata(&BTreeMap::new())?,
            created: state.world.now,
            source: source(params)?,
            destination: Some(Destination {
                name: params.required("name")?.to_owned(),
                payload,
                updated: state.world.now,
            }),
            is_from_command_line: false,
        };
        endpoint.id = state.world.ids.next("ed");
        let endpoint = state.webhooks.add(endpoint);
        tracing::info!(endpoint = endpoint.id, "created event destination");
        Ok(render(endpoint, &shown))
    })
}

/// `GET /v2/core/event_destinations`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[pages::PARAMS, &[INCLUDE]].concat(), |state| {
        let shown = included(&call.params, &["webhook_endpoint.url"])?;
        let all = state.webhooks.endpoints().rev().filter(|one| one.destination.is_some());
        let all: Vec<&Endpoint> = all.collect();
        pages::page(&call.params, &all, PATH, |one| render(one, &shown))
    })
}

/// `GET /v2/core/event_destinations/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[INCLUDE], |state| {
        let shown = included(&call.params, &["webhook_endpoint.url"])?;
        Ok(render(find(state, &id)?, &shown))
    })
}

/// `POST /v2/core/event_destinations/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, ON_UPDATE, |state| {
        let params = &call.params;
        let shown = included(params, &["webhook_endpoint.url"])?;
        let before = find(state, &id)?.clone();
        let (url, events) = (url(params)?, enabled_events(params, before.payload())?);
        let metadata = params.metadata(&before.metadata)?;
        let name = params.owned("name")?;
        let endpoint = changed(state, &id)?;
        endpoint.url = url.unwrap_or(before.url);
        endpoint.enabled_events = events.unwrap_or(before.enabled_events);
        endpoint.description = params.changed("description", before.description);
        endpoint.metadata = metadata;
        if let (Some(destination), Some(name)) = (&mut endpoint.destination, name) {
            destination.name = name;
        }
        Ok(render(endpoint, &shown))
    })
}

/// `DELETE /v2/core/event_destinations/{id}`
pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        find(state, &id)?;
        state.webhooks.remove(&id);
        Ok(json!({ "id": id, "object": "v2.core.event_destination" }))
    })
}

/// `POST /v2/core/event_destinations/{id}/disable`
pub(crate) async fn disable(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    switch(&sandbox, &id, &call, false)
}

/// `POST /v2/core/event_destinations/{id}/enable`
pub(crate) async fn enable(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    switch(&sandbox, &id, &call, true)
}

fn switch(sandbox: &Sandbox, id: &str, call: &ApiCall, is_enabled: bool) -> Result<StoredResponse, ApiError> {
    respond::post(sandbox, call, &[], |state| {
        let endpoint = changed(state, id)?;
        endpoint.is_enabled = is_enabled;
        Ok(render(endpoint, &[]))
    })
}

/// `POST /v2/core/event_destinations/{id}/ping`: sends an event that means nothing.
pub(crate) async fn ping(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    respond::post(&sandbox, &call, &[], |state| {
        find(state, &id)?;
        let cause = Cause { request: call.request_id.clone(), idempotency_key: call.idempotency_key.clone() };
        let event = state.world.record_ping(&id, &cause);
        let recorded = event.and_then(|event| state.world.event(&event)).map(Event::thin);
        let thin = recorded.and_then(|thin| thin.first().map(render_thin));
        thin.ok_or_else(|| ApiError::not_found(NOUN, &id))
    })
}

fn find<'a>(state: &'a Inner, id: &str) -> Result<&'a Endpoint, ApiError> {
    let found = state.webhooks.endpoints().find(|one| one.id == id && one.destination.is_some());
    found.ok_or_else(|| ApiError::not_found(NOUN, id))
}

/// Returns the destination for a change that happens now.
fn changed<'a>(state: &'a mut Inner, id: &str) -> Result<&'a mut Endpoint, ApiError> {
    let now = state.world.now;
    let endpoint = state.webhooks.endpoint_mut(id).filter(|one| one.destination.is_some());
    let endpoint = endpoint.ok_or_else(|| ApiError::not_found(NOUN, id))?;
    if let Some(destination) = &mut endpoint.destination {
        destination.updated = now;
    }
    Ok(endpoint)
}

/// Returns the fields that are shown on request only.
fn included(params: &Params, allowed: &'static [&'static str]) -> Result<Vec<&'static str>, ApiError> {
    params.enum_list("include", allowed)
}

fn url(params: &Params) -> Result<Option<String>, ApiError> {
    match params.owned(URL)? {
        Some(url) if !is_http_url(&url) => {
            Err(ApiError::invalid(URL, "url must be an address that begins with http or https."))
        }
        url => Ok(url),
    }
}

fn enabled_events(params: &Params, payload: Payload) -> Result<Option<Vec<String>>, ApiError> {
    let names = params.list("enabled_events");
    let exists = |name: &str| match payload {
        Payload::Thin => event_types::can_be_enabled_thin(name),
        Payload::Snapshot => event_types::can_be_enabled(name),
    };
    match names.iter().position(|name| !exists(name)) {
        Some(at) => {
            let param = format!("enabled_events[{at}]");
            let message = format!("Invalid {param}: unknown event type for this payload.");
            Err(ApiError::invalid(&param, message))
        }
        None => {
            Ok(Some(names.into_iter().map(str::to_owned).collect()).filter(|all: &Vec<_>| !all.is_empty()))
        }
    }
}

/// Returns the version of snapshots; without the parameter, that of the call. Thin events have none.
fn snapshot_version(call: &ApiCall, payload: Payload) -> Result<Option<String>, ApiError> {
    let param = "snapshot_api_version";
    match (call.params.owned(param)?, payload) {
        (Some(_), Payload::Thin) => {
            Err(ApiError::invalid(param, "snapshot_api_version is for snapshots only."))
        }
        (Some(name), Payload::Snapshot) if Version::parse(&name).is_none() => {
            Err(ApiError::invalid(param, format!("Invalid Stripe API version: {name}")))
        }
        (Some(name), Payload::Snapshot) => Ok(Some(name)),
        (None, Payload::Snapshot) => Ok(Some(call.version.name().to_owned())),
        (None, Payload::Thin) => Ok(None),
    }
}

fn source(params: &Params) -> Result<EventSource, ApiError> {
    let from = params.enum_list("events_from", &["@accounts", "@self"])?;
    Ok(match (from.contains(&"@accounts"), from.contains(&"@self")) {
        (true, true) => EventSource::AllAccounts,
        (true, false) => EventSource::ConnectedAccounts,
        (false, _) => EventSource::OwnAccount,
    })
}
