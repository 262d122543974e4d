//! What a sandbox can be started with: a scenario, and somebody who is told of every event.

use std::collections::BTreeMap;

use crate::{
    control::scenario,
    http::version::Version,
    state::{Sandbox, new_webhook_secret},
    webhooks::endpoint::{Endpoint, Secret, is_address},
};

/// Who is told of every event.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it has a secret")]
pub struct Destination {
    /// An address that begins with `http` or `https`.
    pub url: String,
    /// Signs what is sent; without one, the sandbox makes one.
    pub secret: Option<String>,
    /// In whose words events are told, for example `2026-09-30.preview`.
    pub api_version: String,
}

impl Sandbox {
    /// Sends every event there, through resets, too. Gives the secret, or says what is wrong.
    pub fn send_events_to(&self, destination: Destination) -> Result<String, String> {
        let Destination { url, secret, api_version } = destination;
        if !is_address(&url) {
            return Err("the address of the webhook must begin with http:// or https://".to_owned());
        }
        if Version::named(&api_version).is_none() {
            return Err(format!("{api_version} is no API version"));
        }
        let secret = secret.map_or_else(new_webhook_secret, Secret::new);
        let mut state = self.lock();
        let created = state.world.now;
        let endpoint = state.webhooks.add(Endpoint {
            id: String::new(),
            url,
            enabled_events: vec!["*".to_owned()],
            api_version: Some(api_version),
            secret,
            is_enabled: true,
            description: Some("From the command line".to_owned()),
            metadata: BTreeMap::new(),
            created,
            is_from_start: true,
        });
        Ok(endpoint.secret.expose().to_owned())
    }

    /// Takes a saved scenario in the place of everything, or says what is wrong with it.
    pub fn load(&self, scenario: &str) -> Result<(), String> {
        let given = serde_json::from_str(scenario).map_err(|error| error.to_string())?;
        scenario::replace(&mut self.lock(), given)
    }
}
