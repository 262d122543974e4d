//! Times of readings by Stripe's clock, so that they compare with the times of Stripe's events.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::{StripeError, error};

/// An answer, with a time at which it was certainly current.
#[derive(Clone, Debug)]
pub(crate) struct Dated<T> {
    pub(crate) value: T,
    /// Seconds since 1970, by Stripe's clock; 0 if Stripe sent no date.
    pub(crate) as_of: i64,
}

impl Dated<Vec<u8>> {
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<Dated<T>, StripeError> {
        Ok(Dated { value: error::parse(&self.value)?, as_of: self.as_of })
    }
}

/// Difference between this server's clock and Stripe's. Beyond five minutes, webhook signatures are refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skew(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    last: Mutex<Option<Answer>>,
    /// Difference when it was last logged.
    told: AtomicI64,
}

/// Stripe's time at an answer. Since then time passes by the monotonic clock, so a jump of this server's clock shows at
/// once, and not only with Stripe's next answer.
#[derive(Clone, Copy, Debug)]
struct Answer {
    /// Milliseconds since 1970.
    stripe: i64,
    came: Instant,
}

/// Smallest difference that is logged, in seconds. Stripe sends whole seconds, and answers take time.
const NOTABLE: i64 = 3;
/// Difference, in seconds, from which this server's clock is plainly wrong.
const FAR: i64 = 3600;

impl Skew {
    /// Returns the difference at this time by the server's clock, in seconds; positive if that is ahead, 0 while it is
    /// unknown.
    pub(crate) fn seconds(&self, now: Timestamp) -> i64 {
        self.measured(now).unwrap_or_default()
    }

    /// Returns the difference in seconds, if Stripe has answered yet.
    pub(crate) fn measured(&self, now: Timestamp) -> Option<i64> {
        let Answer { stripe, came } = (*self.0.last.lock().unwrap_or_else(PoisonError::into_inner))?;
        let passed = i64::try_from(came.elapsed().as_millis()).unwrap_or(i64::MAX);
        let ahead = now.as_millisecond().saturating_sub(stripe.saturating_add(passed));
        Some(ahead.saturating_add(500).div_euclid(1000))
    }

    /// True if this time is plainly too far ahead, so that nothing should be deleted as old.
    pub(crate) fn is_far_ahead(&self, now: Timestamp) -> bool {
        self.seconds(now) > FAR
    }

    /// Returns a time, by Stripe's clock, at which an answer was certainly current: its date less `took`, because
    /// Stripe read the data after the request was sent. Also stores the difference of the clocks. A date in the future
    /// counts as now, because it must not outrank later readings or events.
    pub(super) fn as_of(&self, headers: &HeaderMap, took: Duration, now: Timestamp) -> i64 {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok()) else {
            return 0;
        };
        let (stripe, took) = (date.as_second(), i64::try_from(took.as_secs()).unwrap_or(i64::MAX) + 1);
        // Stripe wrote the date at some time during the wait, so a difference up to `took` is no skew.
        let latest = now.as_second().saturating_sub(stripe);
        self.note(if latest > 0 { latest.saturating_sub(took).max(0) } else { latest }, now);
        stripe.min(now.as_second()).saturating_sub(took)
    }

    /// Stores the difference, and logs each notable change once.
    fn note(&self, skew: i64, now: Timestamp) {
        let Seen { last, told } = &*self.0;
        let stripe = now.as_millisecond().saturating_sub(skew.saturating_mul(1000));
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Answer { stripe, came: Instant::now() });
        let before = told.load(Ordering::Relaxed);
        if (skew - before).abs() < NOTABLE
            || told.compare_exchange(before, skew, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        if skew.abs() < NOTABLE {
            tracing::info!(skew, "this server's clock and Stripe's agree again");
        } else {
            tracing::warn!(
                skew,
                "this server's clock is {skew} seconds ahead of Stripe's; with 300 or more either way, Stripe's events are \
                 refused: set it by NTP, on PostgreSQL the database's"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn dated(date: &str) -> HeaderMap {
        HeaderMap::from_iter([(DATE, date.parse().unwrap())])
    }

    #[test]
    fn an_answer_is_dated_by_stripes_clock_at_the_time_of_the_question() {
        let skew = Skew::default();
        let now = Timestamp::from_second(1_790_000_100).unwrap();
        assert_eq!(skew.as_of(&HeaderMap::new(), Duration::ZERO, now), 0);
        assert_eq!((skew.measured(now), skew.seconds(now)), (None, 0));
        let headers = dated("Mon, 21 Sep 2026 14:13:20 GMT");
        assert_eq!(skew.as_of(&headers, Duration::from_millis(10), now), 1_790_000_000 - 1);
        assert_eq!(skew.measured(now), Some(99));
        assert_eq!(skew.as_of(&headers, Duration::from_millis(2500), now), 1_790_000_000 - 3);
        assert_eq!(skew.measured(now), Some(97));
        assert_eq!(skew.as_of(&dated("yesterday"), Duration::ZERO, now), 0);
    }

    #[test]
    fn an_answer_that_took_long_is_no_skew() {
        let skew = Skew::default();
        let now = Timestamp::from_second(1_790_000_008).unwrap();
        skew.as_of(&dated("Mon, 21 Sep 2026 14:13:20 GMT"), Duration::from_millis(8100), now);
        assert_eq!(skew.measured(now), Some(0));
        let year = SignedDuration::from_hours(365 * 24);
        assert!(!skew.is_far_ahead(now) && skew.is_far_ahead(now + year), "the clock jumps");
    }

    #[test]
    fn an_answer_from_the_future_is_dated_now() {
        let skew = Skew::default();
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let as_of = skew.as_of(&dated("Thu, 01 Jan 2099 00:00:00 GMT"), Duration::ZERO, now);
        assert_eq!(as_of, 1_790_000_000 - 1);
        assert!(skew.seconds(now) < -2_000_000_000 && !skew.is_far_ahead(now));
        let past = skew.as_of(&dated("Thu, 01 Jan 1970 00:00:00 GMT"), Duration::ZERO, now);
        assert_eq!(past, -1);
        assert!(skew.is_far_ahead(now));
    }
}
