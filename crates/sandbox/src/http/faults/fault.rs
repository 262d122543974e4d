//! What is to go wrong, where, and how often.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::error::ApiError;

const SLOW: u64 = 3_000;

/// One fault, as a test asks for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Method and path, as sent (`GET /v1/…/fca_1`) or as a pattern (`GET /v1/…/{id}`); a `*` at its end stands
    /// for anything.
    route: String,
    #[serde(default)]
    pub(super) kind: Kind,
    /// Of kind `status`: what is answered.
    #[serde(default)]
    pub(super) status: Option<u16>,
    /// How often; once, unless a time is given instead.
    #[serde(default)]
    times: Option<u32>,
    /// For so long on the sandbox's clock.
    #[serde(default)]
    seconds: Option<u32>,
    /// Of kind `slow`: how long it takes, really.
    #[serde(default)]
    pub(super) milliseconds: Option<u64>,
    /// The call is executed nevertheless; only its answer is lost.
    #[serde(default)]
    pub(super) executed: bool,
    /// In Unix seconds, from `seconds`.
    #[serde(default)]
    until: Option<i64>,
}

/// How it goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// An error is answered.
    #[default]
    Status,
    /// The answer takes its time.
    Slow,
    /// No answer comes, and the connection stays open.
    Silent,
    /// The connection is reset.
    Reset,
    /// The connection ends in the middle of the answer.
    Cut,
    /// The body is nothing that anybody could read.
    Garbage,
    /// The body is empty.
    Empty,
    /// The body is right, and said to be HTML.
    ContentType,
    /// The answer to a call on a preview version lacks what GA versions lack.
    GaShape,
}

impl Fault {
    /// Refuses what makes no sense, and begins to count the time.
    pub(crate) fn begin(mut self, now: i64) -> Result<Self, ApiError> {
        match (self.kind, self.status) {
            (Kind::Status, Some(400..=599)) => {}
            (Kind::Status, _) => return Err(ApiError::invalid("status", "status must be from 400 to 599.")),
            (_, Some(_)) => {
                return Err(ApiError::invalid("status", "Only faults of kind status have a status."));
            }
            (_, None) => {}
        }
        if self.milliseconds.is_some() && self.kind != Kind::Slow {
            let message = "Only faults of kind slow take milliseconds.";
            return Err(ApiError::invalid("milliseconds", message));
        }
        self.until = self.seconds.map(|seconds| now + i64::from(seconds));
        if self.times.is_none() && self.seconds.is_none() {
            self.times = Some(1);
        }
        Ok(self)
    }

    pub(super) fn slowness(&self) -> u64 {
        self.milliseconds.unwrap_or(SLOW)
    }

    pub(super) fn is_for(&self, pattern: &str, route: &str) -> bool {
        let fits = |text: &str| match self.route.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => text == self.route,
        };
        fits(pattern) || fits(route)
    }

    pub(super) fn is_over(&self, now: i64) -> bool {
        self.times == Some(0) || self.until.is_some_and(|until| until <= now)
    }

    pub(super) fn use_up(&mut self) {
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
        })
    }
}
