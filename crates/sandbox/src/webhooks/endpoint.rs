//! Webhook endpoints.

use std::{collections::BTreeMap, fmt};

use super::fault_settings::Payload;
use crate::{random::random_token, version::Version};

/// A webhook endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) url: String,
    /// Event types, or `*` for all.
    pub(crate) enabled_events: Vec<String>,
    /// API version of its events; `None` is the default of the merchant's account.
    pub(crate) api_version: Option<String>,
    pub(crate) secret: Secret,
    pub(crate) is_enabled: bool,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Unix seconds.
    pub(crate) created: i64,
    pub(crate) source: EventSource,
    /// True if it was given on the command line, so a reset keeps it.
    pub(crate) is_from_command_line: bool,
    /// Set if it is an event destination of the API's second version.
    pub(crate) destination: Option<Destination>,
}

/// Fields of an event destination that a webhook endpoint lacks.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) name: String,
    pub(crate) payload: Payload,
    /// Unix seconds of the last change.
    pub(crate) updated: i64,
}

/// Accounts whose events an endpoint gets (Connect).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum EventSource {
    /// The account that the endpoint belongs to.
    #[default]
    OwnAccount,
    /// All accounts that are connected to it.
    ConnectedAccounts,
    /// The account itself and all that are connected to it.
    AllAccounts,
    /// This connected account, in whose state it is: the endpoint belongs to the platform.
    ThisConnectedAccount,
}

impl Endpoint {
    pub(crate) fn version(&self) -> Version {
        self.api_version.as_deref().and_then(Version::parse).unwrap_or_default()
    }

    /// Content of its messages, unless a fault demands another one.
    pub(crate) fn payload(&self) -> Payload {
        self.destination.as_ref().map_or(Payload::Snapshot, |destination| destination.payload)
    }

    pub(crate) fn is_subscribed_to(&self, kind: &str) -> bool {
        self.is_enabled && self.enabled_events.iter().any(|name| name == "*" || name == kind)
    }
}

/// True if the text is an HTTP or HTTPS URL with a host.
pub(crate) fn is_http_url(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Secret that signs messages to an endpoint. Shown once, in the response that creates the endpoint.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// Creates a secret that can't be guessed, because it permits forging events.
    pub(crate) fn random() -> Self {
        Self(format!("whsec_{}", random_token()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
