//! The event destination object.

use serde_json::{Map, Value, json};

use super::event::rfc3339;
use crate::webhooks::{
    endpoint::{Endpoint, EventSource},
    fault_settings::Payload,
};

/// Renders the event destination object. `included` names the fields that are shown on request only.
pub(crate) fn render(endpoint: &Endpoint, included: &[&str]) -> Value {
    let destination = endpoint.destination.as_ref();
    let from = match endpoint.source {
        EventSource::OwnAccount => json!(["@self"]),
        EventSource::ConnectedAccounts | EventSource::ThisConnectedAccount => json!(["@accounts"]),
        EventSource::AllAccounts => json!(["@self", "@accounts"]),
    };
    let details = (!endpoint.is_enabled).then(|| json!({ "disabled": { "reason": "user" } }));
    let mut value = json!({
        "id": endpoint.id,
        "object": "v2.core.event_destination",
        "created": rfc3339(endpoint.created),
        "description": endpoint.description.as_deref().unwrap_or_default(),
        "enabled_events": endpoint.enabled_events,
        "event_payload": match endpoint.payload() {
            Payload::Snapshot => "snapshot",
            Payload::Thin => "thin",
        },
        "events_from": from,
        "livemode": false,
        "metadata": endpoint.metadata,
        "name": destination.map(|destination| &destination.name),
        "status": if endpoint.is_enabled { "enabled" } else { "disabled" },
        "type": "webhook_endpoint",
        "updated": rfc3339(destination.map_or(endpoint.created, |destination| destination.updated)),
        "webhook_endpoint": address(endpoint, included),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(
            endpoint
                .api_version
                .as_ref()
                .map(|version| ("snapshot_api_version".to_owned(), Value::from(version.as_str()))),
        );
        fields.extend(details.map(|details| ("status_details".to_owned(), details)));
    }
    value
}

fn address(endpoint: &Endpoint, included: &[&str]) -> Map<String, Value> {
    let mut address = Map::new();
    if included.contains(&"webhook_endpoint.signing_secret") {
        address.insert("signing_secret".to_owned(), endpoint.secret.expose().into());
    }
    if included.contains(&"webhook_endpoint.url") {
        address.insert("url".to_owned(), endpoint.url.as_str().into());
    }
    address
}
