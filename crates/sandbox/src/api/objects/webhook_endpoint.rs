//! The webhook endpoint object.

use serde_json::{Value, json};

use crate::webhooks::endpoint::Endpoint;

/// Renders the webhook endpoint object, without its secret.
pub(crate) fn render(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": endpoint.api_version,
        "application": null,
        "created": endpoint.created,
        "description": endpoint.description,
        "enabled_events": endpoint.enabled_events,
        "livemode": false,
        "metadata": endpoint.metadata,
        "status": if endpoint.is_enabled { "enabled" } else { "disabled" },
        "url": endpoint.url,
    })
}
