//! Counts of calls per second, for rate limits.

use std::collections::BTreeMap;

/// Numbers of calls in the current second, by endpoint.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    second: i64,
    calls: BTreeMap<String, u32>,
}

/// Limit that was exceeded, as in `Stripe-Rate-Limited-Reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExceededLimit {
    /// Limit of all calls.
    Global,
    /// Limit of the endpoint.
    Endpoint,
}

impl ExceededLimit {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global-rate",
            Self::Endpoint => "endpoint-rate",
        }
    }
}

impl Rates {
    /// Counts a call in this second of real time and returns the limit that it exceeds.
    pub(crate) fn count(
        &mut self,
        second: i64,
        endpoint: &str,
        limit: Option<u32>,
        endpoint_limit: Option<u32>,
    ) -> Option<ExceededLimit> {
        if self.second != second {
            *self = Self { second, ..Self::default() };
        }
        let all: u32 = self.calls.values().sum();
        let of_endpoint = self.calls.entry(endpoint.to_owned()).or_default();
        if limit.is_some_and(|limit| all >= limit) {
            return Some(ExceededLimit::Global);
        }
        if endpoint_limit.is_some_and(|limit| *of_endpoint >= limit) {
            return Some(ExceededLimit::Endpoint);
        }
        *of_endpoint += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{ExceededLimit, Rates};

    #[test]
    fn the_rate_limit_counts_each_second_separately() {
        let mut rates = Rates::default();
        let mut count = |second, endpoint| rates.count(second, endpoint, Some(3), Some(2));
        assert_eq!([count(1, "a"), count(1, "a")], [None, None]);
        assert_eq!(count(1, "a"), Some(ExceededLimit::Endpoint));
        assert_eq!(count(1, "b"), None);
        assert_eq!(count(1, "b"), Some(ExceededLimit::Global));
        assert_eq!(count(2, "a"), None);
    }

    #[test]
    fn without_limits_no_call_is_refused() {
        let mut rates = Rates::default();
        assert!((0..1_000).all(|_| rates.count(1, "a", None, None).is_none()));
    }
}
