//! What can be made to go wrong with webhooks. Tests turn these; a reset turns them back.

use serde::{Deserialize, Serialize};

/// All switches, each off by default. The names are those of `/_sandbox/webhooks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Switches {
    /// How many more times every event is sent.
    pub(crate) duplicates: u32,
    /// So many deliveries to an endpoint are kept back, and then sent in reverse; less than two is none.
    pub(crate) reorder: usize,
    /// How many seconds on the sandbox's clock a first try waits.
    pub(crate) delay: u32,
    /// So many of the next deliveries are never sent.
    pub(crate) lose: u32,
    pub(crate) signature: SignatureKind,
    /// How many seconds old a signature says it is; one from the future is less than zero.
    pub(crate) signature_age: i64,
    pub(crate) payload: Payload,
    /// Send in this version, whatever the endpoint's is.
    pub(crate) api_version: Option<String>,
    /// Seconds until the next try after each failed one; null is Stripe's schedule.
    pub(crate) retries: Option<Vec<u32>>,
    /// So many seconds an endpoint may take to answer.
    pub(crate) timeout: u32,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            duplicates: 0,
            reorder: 0,
            delay: 0,
            lose: 0,
            signature: SignatureKind::Right,
            signature_age: 0,
            payload: Payload::Snapshot,
            api_version: None,
            retries: None,
            timeout: 10,
        }
    }
}

/// How messages are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignatureKind {
    /// With the endpoint's secret.
    Right,
    /// With another secret.
    Wrong,
    /// Not at all.
    Missing,
    /// With another secret and with the endpoint's, as while a secret is rolled.
    Rolled,
    /// In a way that no version of the scheme has.
    Malformed,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payload {
    /// The event with its object.
    Snapshot,
    /// The event without its object, as destinations for thin events get it.
    Thin,
}
