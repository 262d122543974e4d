//! The event destination object.

use serde_json::{Value, json};

use crate::{
    http::timestamp::rfc3339,
    webhooks::{
        endpoint::{Endpoint, EventSource},
        fault_settings::Payload,
    },
};

/// Renders the event destination object. `included` names the fields that are shown on request only, and are null
/// otherwise.
pub(crate) fn render(endpoint: &Endpoint, included: &[&str]) -> Value {
    let destination = endpoint.destination.as_ref();
    let from = match endpoint.source {
        EventSource::OwnAccount => json!(["@self"]),
        EventSource::ConnectedAccounts | EventSource::ThisConnectedAccount => json!(["@accounts"]),
        EventSource::AllAccounts => json!(["@self", "@accounts"]),
    };
    let details = (!endpoint.is_enabled).then(|| json!({ "disabled": { "reason": "user" } }));
    let included = |name: &str, value: &str| included.contains(&name).then(|| value.to_owned());
    json!({
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
        "snapshot_api_version": endpoint.api_version,
        "status": if endpoint.is_enabled { "enabled" } else { "disabled" },
        "status_details": details,
        "type": "webhook_endpoint",
        "updated": rfc3339(destination.map_or(endpoint.created, |destination| destination.updated)),
        "webhook_endpoint": {
            "signing_secret": included("webhook_endpoint.signing_secret", endpoint.secret.expose()),
            "url": included("webhook_endpoint.url", &endpoint.url),
        },
    })
}
