//! Faults: kind, route and repetition.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const DEFAULT_DELAY_MILLISECONDS: u64 = 3_000;

/// A fault, as posted by a test.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Method and path, literal (`GET /v1/…/fca_1`) or as a pattern (`GET /v1/…/{id}`); a final `*` is a wildcard.
    route: String,
    #[serde(default)]
    pub(crate) kind: FaultKind,
    /// For kind `status`: the status to answer with, from 400 to 599.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// Number of calls it applies to; 1 by default, unlimited if `seconds` is given.
    #[serde(default)]
    times: Option<u32>,
    /// Duration in seconds of the sandbox's clock.
    #[serde(default)]
    seconds: Option<u32>,
    /// For kind `slow`: delay in milliseconds of real time, 3,000 by default.
    #[serde(default)]
    pub(crate) milliseconds: Option<u64>,
    /// True if the call is executed and only its response is lost.
    #[serde(default)]
    pub(crate) executed: bool,
    /// For kinds `status` and `lock_timeout`: the header `Stripe-Should-Retry`; absent if null.
    #[serde(default)]
    pub(crate) should_retry: Option<bool>,
    /// End in Unix seconds, computed from `seconds`.
    #[serde(default)]
    until: Option<i64>,
}

/// Kind of a fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// Answers with an error.
    #[default]
    Status,
    /// Answers that another call is using the object.
    LockTimeout,
    /// Delays the response.
    Slow,
    /// Sends no response and keeps the connection open.
    #[serde(rename = "silent")]
    NoResponse,
    /// Resets the connection.
    Reset,
    /// Closes the connection in the middle of the response.
    #[serde(rename = "cut")]
    Truncate,
    /// Replaces the body with text that can't be parsed.
    Garbage,
    /// Empties the body.
    Empty,
    /// Labels the body as HTML.
    ContentType,
    /// Removes from the response to a preview version the fields that GA versions lack.
    GaShape,
}

/// Error that names the field that is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidFault {
    pub(crate) field: &'static str,
    pub(crate) message: &'static str,
}

impl InvalidFault {
    fn new(field: &'static str, message: &'static str) -> Self {
        Self { field, message }
    }
}

impl Fault {
    /// Validates the fault and computes its end.
    pub(crate) fn validate(mut self, now: i64) -> Result<Self, InvalidFault> {
        match (self.kind, self.status) {
            (FaultKind::Status, Some(400..=599)) => {}
            (FaultKind::Status, _) => {
                return Err(InvalidFault::new("status", "status must be from 400 to 599."));
            }
            (_, Some(_)) => {
                return Err(InvalidFault::new("status", "Only faults of kind status have a status."));
            }
            (_, None) => {}
        }
        if self.milliseconds.is_some() && self.kind != FaultKind::Slow {
            let message = "Only faults of kind slow take milliseconds.";
            return Err(InvalidFault::new("milliseconds", message));
        }
        if self.should_retry.is_some() && !matches!(self.kind, FaultKind::Status | FaultKind::LockTimeout) {
            let message = "Only faults of the kinds status and lock_timeout take should_retry.";
            return Err(InvalidFault::new("should_retry", message));
        }
        self.until = self.seconds.map(|seconds| now + i64::from(seconds));
        if self.times.is_none() && self.seconds.is_none() {
            self.times = Some(1);
        }
        Ok(self)
    }

    pub(crate) fn delay_milliseconds(&self) -> u64 {
        self.milliseconds.unwrap_or(DEFAULT_DELAY_MILLISECONDS)
    }

    pub(super) fn matches(&self, pattern: &str, route: &str) -> bool {
        let fits = |text: &str| match self.route.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => text == self.route,
        };
        fits(pattern) || fits(route)
    }

    pub(super) fn is_over(&self, now: i64) -> bool {
        self.times == Some(0) || self.until.is_some_and(|until| until <= now)
    }

    pub(super) fn count_use(&mut self) {
        self.times = self.times.map(|times| times.saturating_sub(1));
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "route": self.route,
            "kind": self.kind,
            "status": self.status,
            "times": self.times,
            "until": self.until,
            "milliseconds": self.milliseconds,
            "executed": self.executed,
            "should_retry": self.should_retry,
        })
    }
}
