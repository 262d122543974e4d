//! Webhook faults. Tests set them; a reset restores the defaults.

use serde::{Deserialize, Serialize};

/// All switches, each off by default. Field names are those of `/_sandbox/webhooks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebhookFaults {
    /// Number of additional deliveries of every event.
    pub(crate) duplicates: u32,
    /// Number of deliveries to an endpoint that are held back and then sent in reverse order; off if less than two.
    pub(crate) reorder: usize,
    /// Delay in seconds of the sandbox's clock before a first attempt.
    pub(crate) delay: u32,
    /// Number of upcoming deliveries that are never sent.
    pub(crate) lose: u32,
    pub(crate) signature: SignatureKind,
    /// Age in seconds of the signature's timestamp; negative if it is in the future.
    pub(crate) signature_age: i64,
    pub(crate) payload: Payload,
    /// API version of all messages; null is the endpoint's.
    pub(crate) api_version: Option<String>,
    /// Waits in seconds before each retry; null is Stripe's schedule.
    pub(crate) retries: Option<Vec<u32>>,
    /// Timeout in seconds for an endpoint's response.
    pub(crate) timeout: u32,
}

impl Default for WebhookFaults {
    fn default() -> Self {
        Self {
            duplicates: 0,
            reorder: 0,
            delay: 0,
            lose: 0,
            signature: SignatureKind::Valid,
            signature_age: 0,
            payload: Payload::Snapshot,
            api_version: None,
            retries: None,
            timeout: 10,
        }
    }
}

/// Signature of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignatureKind {
    /// Signed with the endpoint's secret.
    #[serde(rename = "right")]
    Valid,
    /// Signed with another secret.
    #[serde(rename = "wrong")]
    Invalid,
    /// Unsigned.
    Missing,
    /// Signed with another secret and the endpoint's, as while a secret is rolled.
    Rolled,
    /// A header that no version of the scheme allows.
    Malformed,
}

/// Content of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payload {
    /// The event with its object.
    Snapshot,
    /// The event without its object, as sent to thin-event destinations.
    Thin,
}
