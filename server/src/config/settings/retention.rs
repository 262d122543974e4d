//! Time for which each kind of data is kept.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::{ConfigError, present};
use crate::RetentionOptions;

/// Retention of each kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    pub(crate) event_payloads: SignedDuration,
    pub(crate) events: SignedDuration,
    pub(crate) deliveries: SignedDuration,
    pub(crate) attempts: SignedDuration,
    pub(crate) requests: SignedDuration,
    pub(crate) statistics: SignedDuration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            event_payloads: days(30),
            events: days(60),
            deliveries: days(30),
            attempts: days(90),
            requests: days(400),
            statistics: days(400),
        }
    }
}

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(days * 24)
}

/// Parses the times. Stripe delivers an event again for up to 30 days, and a request may be open as long.
pub(super) fn decide(options: RetentionOptions) -> Result<Retention, ConfigError> {
    let usual = Retention::default();
    let kept = Retention {
        event_payloads: time(options.keep_event_payloads, 1..=400, usual.event_payloads)?,
        events: time(options.keep_events, 31..=400, usual.events)?,
        deliveries: time(options.keep_deliveries, 1..=400, usual.deliveries)?,
        attempts: time(options.keep_attempts, 7..=400, usual.attempts)?,
        requests: time(options.keep_requests, 30..=3650, usual.requests)?,
        statistics: time(options.keep_statistics, 30..=3650, usual.statistics)?,
    };
    if kept.event_payloads > kept.events {
        return Err(ConfigError::KeepPayloads);
    }
    Ok(kept)
}

fn time(
    text: Option<String>,
    allowed: RangeInclusive<i64>,
    usual: SignedDuration,
) -> Result<SignedDuration, ConfigError> {
    let Some(text) = present(text) else { return Ok(usual) };
    let number = text.strip_suffix('d').and_then(|number| number.parse().ok());
    number.filter(|number| allowed.contains(number)).map(days).ok_or(ConfigError::Keep)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_of_days_within_its_limits() {
        let attempts = |text: &str| {
            let options =
                RetentionOptions { keep_attempts: Some(text.to_owned()), ..RetentionOptions::default() };
            decide(options).map(|kept| kept.attempts)
        };
        for (text, expected) in
            [("", Ok(days(90))), ("7d", Ok(days(7))), ("400d", Ok(days(400))), ("30d", Ok(days(30)))]
        {
            assert_eq!(attempts(text), expected, "{text}");
        }
        for text in ["6d", "401d", "30", "30h", "-30d", "d", "99999999999999999999d"] {
            assert_eq!(attempts(text), Err(ConfigError::Keep), "{text}");
        }
        assert_eq!(decide(RetentionOptions::default()), Ok(Retention::default()));
    }

    #[test]
    fn an_identifier_is_kept_as_long_as_its_content() {
        let kept = |payloads: &str| {
            let keep_event_payloads = Some(payloads.to_owned());
            decide(RetentionOptions { keep_event_payloads, ..RetentionOptions::default() })
        };
        assert!(kept("60d").is_ok());
        assert_eq!(kept("61d"), Err(ConfigError::KeepPayloads));
    }
}
