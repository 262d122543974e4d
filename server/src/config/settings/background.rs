//! Interval of rechecks, and the time from which a connection counts as expiring.

use jiff::SignedDuration;
use relink_protocol::ConditionRules;

use super::{ConfigError, present};
use crate::BackgroundOptions;

const USUAL: SignedDuration = SignedDuration::from_hours(24);
const SHORTEST: SignedDuration = SignedDuration::from_hours(1);
const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

const DAY: SignedDuration = SignedDuration::from_hours(24);
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Returns the interval between two readings of an account in use.
pub(crate) fn decide(options: &BackgroundOptions) -> Result<SignedDuration, ConfigError> {
    let Some(text) = present(options.recheck_every.clone()) else { return Ok(USUAL) };
    let every = interval(&text).filter(|every| (SHORTEST..=LONGEST).contains(every));
    every.ok_or(ConfigError::RecheckEvery)
}

/// Returns the number of seconds before its end from which a connection counts as expiring.
pub(super) fn expiring_within(options: &BackgroundOptions) -> Result<i64, ConfigError> {
    let Some(text) = present(options.expiring_within.clone()) else {
        return Ok(ConditionRules::default().expiring_within);
    };
    let within = interval(&text).filter(|within| (DAY..=YEAR).contains(within));
    within.map(|within| within.as_secs()).ok_or(ConfigError::ExpiringWithin)
}

/// Parses a number with its unit: `m`, `h` or `d`.
pub(super) fn interval(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    // More digits would exceed a month in any unit.
    let number = number.parse::<u16>().ok().map(i64::from)?;
    match unit {
        "m" => Some(SignedDuration::from_mins(number)),
        "h" => Some(SignedDuration::from_hours(number)),
        "d" => Some(SignedDuration::from_hours(number * 24)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_counts_as_expiring_from_a_day_to_a_year_before_its_end() {
        let decided = |text: Option<&str>| {
            let options = BackgroundOptions {
                expiring_within: text.map(str::to_owned),
                ..BackgroundOptions::default()
            };
            expiring_within(&options)
        };
        let days = |days: i64| Ok(days * 24 * 60 * 60);
        for (text, expected) in [
            (None, days(30)),
            (Some(" "), days(30)),
            (Some("1d"), days(1)),
            (Some("36h"), Ok(36 * 60 * 60)),
            (Some("365d"), days(365)),
            (Some("23h"), Err(ConfigError::ExpiringWithin)),
            (Some("366d"), Err(ConfigError::ExpiringWithin)),
            (Some("30"), Err(ConfigError::ExpiringWithin)),
        ] {
            assert_eq!(decided(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_interval_is_a_number_with_its_unit_from_an_hour_to_a_month() {
        let decided = |text: Option<&str>| {
            decide(&BackgroundOptions {
                recheck_every: text.map(str::to_owned),
                ..BackgroundOptions::default()
            })
        };
        let hours = |hours| Ok(SignedDuration::from_hours(hours));
        for (text, expected) in [
            (None, hours(24)),
            (Some(""), hours(24)),
            (Some("12h"), hours(12)),
            (Some("90m"), Ok(SignedDuration::from_mins(90))),
            (Some("2d"), hours(48)),
            (Some("30d"), hours(720)),
            (Some("59m"), Err(ConfigError::RecheckEvery)),
            (Some("31d"), Err(ConfigError::RecheckEvery)),
            (Some("24"), Err(ConfigError::RecheckEvery)),
            (Some("-1h"), Err(ConfigError::RecheckEvery)),
            (Some("daily"), Err(ConfigError::RecheckEvery)),
            (Some("1\u{e9}"), Err(ConfigError::RecheckEvery)),
        ] {
            assert_eq!(decided(text), expected, "{text:?}");
        }
    }
}
