//! Rate limits: calls per second, in total and per endpoint. Off by default.

use std::collections::BTreeMap;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::ApiError;
use crate::state::Sandbox;

/// Numbers of calls in the current second, by endpoint.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    second: i64,
    calls: BTreeMap<String, u32>,
}

/// Limit that was exceeded, as in `Stripe-Rate-Limited-Reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// Limit of all calls.
    Global,
    /// Limit of the endpoint.
    Endpoint,
}

impl Excess {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global-rate",
            Self::Endpoint => "endpoint-rate",
        }
    }
}

impl Rates {
    /// Counts a call in this second of real time and returns the limit that it exceeds.
    fn count(
        &mut self,
        second: i64,
        endpoint: &str,
        limit: Option<u32>,
        endpoint_limit: Option<u32>,
    ) -> Option<Excess> {
        if self.second != second {
            *self = Self { second, ..Self::default() };
        }
        let all: u32 = self.calls.values().sum();
        let of_endpoint = self.calls.entry(endpoint.to_owned()).or_default();
        if limit.is_some_and(|limit| all >= limit) {
            return Some(Excess::Global);
        }
        if endpoint_limit.is_some_and(|limit| *of_endpoint >= limit) {
            return Some(Excess::Endpoint);
        }
        *of_endpoint += 1;
        None
    }
}

/// Middleware of the API. It sends no `Retry-After`, because Stripe doesn't.
pub(crate) async fn limit_rate(
    State(sandbox): State<Sandbox>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let endpoint = format!("{} {}", request.method(), path.as_str());
    let excess = {
        let mut state = sandbox.lock();
        let (second, settings) = (state.real_time, &state.world.settings);
        let (limit, endpoint_limit) = (settings.rate_limit, settings.endpoint_rate_limit);
        state.rates.count(second, &endpoint, limit, endpoint_limit)
    };
    match excess {
        Some(excess) => ApiError::rate_limited(excess).into_response(),
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::{Excess, Rates};

    #[test]
    fn a_second_has_so_many_calls_and_the_next_one_begins_afresh() {
        let mut rates = Rates::default();
        let mut count = |second, endpoint| rates.count(second, endpoint, Some(3), Some(2));
        assert_eq!([count(1, "a"), count(1, "a")], [None, None]);
        assert_eq!(count(1, "a"), Some(Excess::Endpoint));
        assert_eq!(count(1, "b"), None);
        assert_eq!(count(1, "b"), Some(Excess::Global));
        assert_eq!(count(2, "a"), None);
    }

    #[test]
    fn without_limits_everything_goes() {
        let mut rates = Rates::default();
        assert!((0..1_000).all(|_| rates.count(1, "a", None, None).is_none()));
    }
}
