//! Options for the start of a sandbox: a scenario and a webhook endpoint for all events.

use std::collections::BTreeMap;

use crate::{
    admin_api::scenario,
    state::Sandbox,
    version::Version,
    webhooks::endpoint::{Endpoint, EventSource, Secret, is_http_url},
};

/// A webhook endpoint that gets every event.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it has a secret")]
pub struct WebhookDestination {
    /// URL with the scheme `http` or `https`.
    pub url: String,
    /// Secret for signatures; generated if `None`.
    pub secret: Option<String>,
    /// API version of the events, for example `2026-09-30.preview`.
    pub api_version: String,
}

impl Sandbox {
    /// Sends every event to this endpoint, which a reset keeps. Returns the secret, or a description of the error.
    pub fn send_events_to(&self, destination: WebhookDestination) -> Result<String, String> {
        let WebhookDestination { url, secret, api_version } = destination;
        if !is_http_url(&url) {
            return Err("the address of the webhook must begin with http:// or https://".to_owned());
        }
        if Version::parse(&api_version).is_none() {
            return Err(format!("{api_version} is no API version"));
        }
        let secret = secret.map_or_else(Secret::random, Secret::new);
        let mut state = self.lock();
        let (id, created) = (state.world.ids.next("we"), state.world.now);
        let endpoint = state.webhooks.add(Endpoint {
            id,
            url,
            enabled_events: vec!["*".to_owned()],
            api_version: Some(api_version),
            secret,
            is_enabled: true,
            description: Some("From the command line".to_owned()),
            metadata: BTreeMap::new(),
            created,
            source: EventSource::OwnAccount,
            is_from_command_line: true,
            destination: None,
        });
        Ok(endpoint.secret.expose().to_owned())
    }

    /// Replaces the state with a saved scenario, or returns a description of the error.
    pub fn load(&self, scenario: &str) -> Result<(), String> {
        let given = serde_json::from_str(scenario).map_err(|error| error.to_string())?;
        scenario::replace(self, given)
    }
}
