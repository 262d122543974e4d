//! When something was so, by Stripe's clock. Events carry Stripe's time, so what is read is dated by the same clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap};
use serde::de::DeserializeOwned;

use super::{StripeError, error};

/// An answer, and the time at which it was surely so.
#[derive(Clone, Debug)]
pub(crate) struct Dated<T> {
    pub(crate) value: T,
    /// In seconds since 1970, by Stripe's clock; 0 where Stripe did not say.
    pub(crate) as_of: i64,
}

impl Dated<Vec<u8>> {
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<Dated<T>, StripeError> {
        Ok(Dated { value: error::parse(&self.value)?, as_of: self.as_of })
    }
}

/// How far this machine's clock is from Stripe's. With more than five minutes Stripe's events would be refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skew(Arc<AtomicI64>);

/// From here on somebody should be told, in seconds.
const NOTABLE: i64 = 60;

impl Skew {
    /// In seconds; positive if this machine is ahead.
    pub(crate) fn seconds(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// When an answer that took so long was surely so: it was read after the question was asked. Also notes how far the
    /// clocks are apart.
    pub(super) fn as_of(&self, headers: &HeaderMap, took: Duration, now: Timestamp) -> i64 {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok()) else {
            return 0;
        };
        let (stripe, took) = (date.as_second(), i64::try_from(took.as_secs()).unwrap_or(i64::MAX) + 1);
        let skew = now.as_second() - stripe;
        let before = self.0.swap(skew, Ordering::Relaxed);
        if skew.abs() >= NOTABLE && before.abs() < NOTABLE {
            tracing::warn!(
                skew,
                "this machine's clock is {skew} seconds away from Stripe's; with 300 or more, Stripe's events are refused: \
                 set it by NTP"
            );
        }
        stripe.saturating_sub(took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_dated_by_stripes_clock_at_the_time_of_the_question() {
        let skew = Skew::default();
        let now = Timestamp::from_second(1_790_000_100).unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(skew.as_of(&headers, Duration::ZERO, now), 0);
        headers.insert(DATE, "Mon, 21 Sep 2026 14:13:20 GMT".parse().unwrap());
        assert_eq!(skew.as_of(&headers, Duration::from_millis(10), now), 1_790_000_000 - 1);
        assert_eq!(skew.as_of(&headers, Duration::from_millis(2500), now), 1_790_000_000 - 3);
        assert_eq!(skew.seconds(), 100);
        headers.insert(DATE, "yesterday".parse().unwrap());
        assert_eq!(skew.as_of(&headers, Duration::ZERO, now), 0);
    }
}
