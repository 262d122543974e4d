//! Measured figure with its limit.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

/// Promise of a part of the drills, with the figure that was measured.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    what: String,
    value: f64,
    unit: Unit,
    limit: Limit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Count,
    Seconds,
    Bytes,
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Check {
    /// Creates a check of a time that must not exceed `limit`.
    pub(crate) fn time(what: impl Into<String>, time: Duration, limit: Duration) -> Self {
        let limit = Limit::AtMost(limit.as_secs_f64());
        Self { what: what.into(), value: time.as_secs_f64(), unit: Unit::Seconds, limit }
    }

    /// Creates a check of a number that must not exceed `limit`.
    pub(crate) fn at_most(what: impl Into<String>, count: usize, limit: usize) -> Self {
        Self {
            what: what.into(),
            value: to_float(count),
            unit: Unit::Count,
            limit: Limit::AtMost(to_float(limit)),
        }
    }

    /// Creates a check of a number that must not be below `limit`.
    pub(crate) fn at_least(what: impl Into<String>, count: usize, limit: usize) -> Self {
        Self {
            what: what.into(),
            value: to_float(count),
            unit: Unit::Count,
            limit: Limit::AtLeast(to_float(limit)),
        }
    }

    /// Creates a check of memory in bytes that must not exceed `limit`.
    pub(crate) fn memory(what: impl Into<String>, bytes: u64, limit: u64) -> Self {
        let limit = Limit::AtMost(crate::figures::to_float(limit));
        Self { what: what.into(), value: crate::figures::to_float(bytes), unit: Unit::Bytes, limit }
    }

    /// True if the figure is within its limit.
    pub(crate) fn passed(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.value <= limit,
            Limit::AtLeast(limit) => self.value >= limit,
        }
    }

    /// Returns the check as JSON, in seconds, bytes or a number.
    pub(crate) fn figures(&self) -> Value {
        let (at_most, at_least) = match self.limit {
            Limit::AtMost(limit) => (Some(limit), None),
            Limit::AtLeast(limit) => (None, Some(limit)),
        };
        let unit = match self.unit {
            Unit::Count => "count",
            Unit::Seconds => "seconds",
            Unit::Bytes => "bytes",
        };
        json!({
            "what": self.what,
            "value": self.value,
            "unit": unit,
            "at_most": at_most,
            "at_least": at_least,
            "passed": self.passed(),
        })
    }
}

/// Formats a check as in `passed  events lost: 0 (at most 0)`.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed() { "passed" } else { "FAILED" };
        let (bound, limit) = match self.limit {
            Limit::AtMost(limit) => ("at most", limit),
            Limit::AtLeast(limit) => ("at least", limit),
        };
        let (value, limit) = (self.unit.show(self.value), self.unit.show(limit));
        write!(f, "{verdict}  {}: {value} ({bound} {limit})", self.what)
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Count => format!("{value:.0}"),
            Self::Seconds if value < 1.0 && value > 0.0 => format!("{:.0} ms", (value * 1e3).ceil()),
            Self::Seconds => format!("{value:.3} s").replace(".000 s", " s"),
            Self::Bytes => format!("{:.1} MiB", value / 1024.0 / 1024.0),
        }
    }
}

fn to_float(count: usize) -> f64 {
    crate::figures::to_float(count as u64)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Check;

    #[test]
    fn a_verdict_line_has_the_figure_and_the_limit() {
        let limit = Duration::from_secs(5);
        let check = Check::time("first webhook accepted", Duration::from_millis(31), limit);
        assert_eq!(check.to_string(), "passed  first webhook accepted: 31 ms (at most 5 s)");
        let check = Check::time("first webhook accepted", Duration::from_millis(5_001), limit);
        assert_eq!(check.to_string(), "FAILED  first webhook accepted: 5.001 s (at most 5 s)");
        let check = Check::memory("memory kept", 490 << 20, 64 << 20);
        assert_eq!(check.to_string(), "FAILED  memory kept: 490.0 MiB (at most 64.0 MiB)");
    }

    #[test]
    fn a_figure_at_its_limit_passes() {
        assert!(Check::at_most("events lost", 0, 0).passed());
        assert!(!Check::at_most("events lost", 1, 0).passed());
        assert!(Check::at_least("refusals", 1, 1).passed());
        assert!(!Check::at_least("refusals", 0, 1).passed());
    }

    #[test]
    fn programs_read_plain_numbers() {
        let figures = Check::time("wait", Duration::from_millis(1_500), Duration::from_secs(1)).figures();
        assert_eq!(figures["value"], 1.5);
        assert_eq!(figures["at_most"], 1.0);
        assert_eq!(figures["passed"], false);
    }
}
