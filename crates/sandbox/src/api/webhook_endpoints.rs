//! `/v1/webhook_endpoints`

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{objects::webhook_endpoint::render, respond};
use crate::{
    event_types,
    http::{
        api_call::ApiCall,
        error::ApiError,
        pagination::{PAGE_PARAMS, paginate},
        params::Params,
    },
    state::{Sandbox, State as Inner, replays::StoredResponse},
    version::Version,
    webhooks::endpoint::{Endpoint, EventSource, Secret, is_http_url},
};

pub(crate) const PATH: &str = "/v1/webhook_endpoints";

/// `POST /v1/webhook_endpoints`; only this response contains the secret.
pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = ["api_version", "connect", "description", "enabled_events[]", "metadata[*]", "url"];
    respond::post(&sandbox, &call, &known, |state| {
        let params = &call.params;
        let mut endpoint = Endpoint {
            id: String::new(),
            url: url(params)?.ok_or_else(|| ApiError::missing("url"))?,
            enabled_events: enabled_events(params)?.ok_or_else(|| ApiError::missing("enabled_events"))?,
            api_version: api_version(&call)?,
            secret: Secret::random(),
            is_enabled: true,
            description: params.changed("description", None),
            metadata: params.metadata(&BTreeMap::new())?,
            created: state.world.now,
            source: source(params)?,
            is_from_command_line: false,
            destination: None,
        };
        endpoint.id = state.world.ids.next("we");
        let endpoint = state.webhooks.add(endpoint);
        tracing::info!(endpoint = endpoint.id, "created webhook endpoint");
        let mut value = render(endpoint);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("secret".to_owned(), endpoint.secret.expose().into());
        }
        Ok(value)
    })
}

/// `GET /v1/webhook_endpoints`
pub(crate) async fn list(State(sandbox): State<Sandbox>, call: ApiCall) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, PAGE_PARAMS, |state| {
        let endpoints: Vec<&Endpoint> =
            state.webhooks.endpoints().rev().filter(|one| one.destination.is_none()).collect();
        paginate(&call.params, &endpoints, |one| &one.id, "webhook endpoint", PATH, |one| render(one))
    })
}

/// `GET /v1/webhook_endpoints/{id}`
pub(crate) async fn retrieve(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| Ok(render(find(state, &id)?)))
}

/// `POST /v1/webhook_endpoints/{id}`
pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<StoredResponse, ApiError> {
    let known = ["description", "disabled", "enabled_events[]", "metadata[*]", "url"];
    respond::post(&sandbox, &call, &known, |state| {
        let params = &call.params;
        let (url, events) = (url(params)?, enabled_events(params)?);
        let disabled = params.optional_flag("disabled")?;
        let endpoint = find(state, &id)?;
        let metadata = params.metadata(&endpoint.metadata)?;
        endpoint.url = url.unwrap_or_else(|| endpoint.url.clone());
        endpoint.enabled_events = events.unwrap_or_else(|| endpoint.enabled_events.clone());
        endpoint.is_enabled = disabled.map_or(endpoint.is_enabled, |disabled| !disabled);
        endpoint.description = params.changed("description", endpoint.description.take());
        endpoint.metadata = metadata;
        Ok(render(endpoint))
    })
}

/// `DELETE /v1/webhook_endpoints/{id}`
pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    respond::get(&sandbox, &call, &[], |state| {
        find(state, &id)?;
        state.webhooks.remove(&id);
        Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
    })
}

fn find<'a>(state: &'a mut Inner, id: &str) -> Result<&'a mut Endpoint, ApiError> {
    let found = state.webhooks.endpoint_mut(id).filter(|one| one.destination.is_none());
    found.ok_or_else(|| ApiError::not_found("webhook endpoint", id))
}

fn url(params: &Params) -> Result<Option<String>, ApiError> {
    let Some(text) = params.text("url")? else { return Ok(None) };
    if is_http_url(text) {
        return Ok(Some(text.to_owned()));
    }
    Err(ApiError::invalid_with_code(
        "url_invalid",
        "url",
        "url must be an address that begins with http or https.",
    ))
}

fn enabled_events(params: &Params) -> Result<Option<Vec<String>>, ApiError> {
    let names = params.list("enabled_events");
    match names.iter().position(|name| !event_types::can_be_enabled(name)) {
        Some(at) => {
            let param = format!("enabled_events[{at}]");
            Err(ApiError::invalid(&param, format!("Invalid {param}: unknown event type.")))
        }
        None => {
            Ok(Some(names.into_iter().map(str::to_owned).collect()).filter(|list: &Vec<_>| !list.is_empty()))
        }
    }
}

/// Returns the version of the endpoint's events. As at Stripe, the parameter takes GA versions only, and a call on a
/// preview version makes an endpoint of that version. `None` is the default of the merchant's account.
fn api_version(call: &ApiCall) -> Result<Option<String>, ApiError> {
    let param = "api_version";
    match call.params.text(param)? {
        None => Ok(Some(call.version.name().to_owned()).filter(|_| call.version.is_preview())),
        Some(name) => match Version::parse(name) {
            Some(version) if !version.is_preview() => Ok(Some(name.to_owned())),
            _ => {
                let message =
                    "api_version must be a GA version; for a preview, call with its Stripe-Version.";
                Err(ApiError::invalid(param, message))
            }
        },
    }
}

fn source(params: &Params) -> Result<EventSource, ApiError> {
    let connect = params.flag("connect")?;
    Ok(if connect { EventSource::ConnectedAccounts } else { EventSource::OwnAccount })
}
