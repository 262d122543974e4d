//! API keys of the merchant's back ends, and their scopes.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

use super::link_token::Secret;

/// Permission of an API key. [`Scope::as_str`] is its name in commands, the database and the audit trail.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(into = "&'static str")]
pub(crate) enum Scope {
    #[strum(serialize = "accounts:read")]
    AccountsRead,
    #[strum(serialize = "requests:read")]
    RequestsRead,
    #[strum(serialize = "requests:write")]
    RequestsWrite,
    #[strum(serialize = "operations:read")]
    OperationsRead,
    #[strum(serialize = "operations:write")]
    OperationsWrite,
    #[strum(serialize = "audit:read")]
    AuditRead,
    #[strum(serialize = "console")]
    Console,
}

impl Scope {
    /// Returns the scope's name.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Prefixes of a key: they identify it to secret scanners and name its mode.
pub(crate) const TEST: &str = "rlk_test_";
pub(crate) const LIVE: &str = "rlk_live_";

/// Returns the complete key.
pub(crate) fn text(is_live: bool, secret: &Secret) -> String {
    [if is_live { LIVE } else { TEST }, secret.expose()].concat()
}

/// True if the text has the form of an API key.
pub(crate) fn is_key(text: &str) -> bool {
    let secret = text.strip_prefix(TEST).or_else(|| text.strip_prefix(LIVE));
    secret.and_then(Secret::given).is_some()
}

/// Returns the beginning of the key by which its owner recognizes it: the mode and six characters, 36 bits of 256.
pub(crate) fn starts_with(text: &str) -> String {
    text.chars().take(TEST.len() + 6).collect()
}

/// Fault in the value of `--expires`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum ExpiryError {
    #[error("--expires is not a number of days such as 90, or a date such as 2027-01-31")]
    Form,
    #[error("--expires is not between now and 100 years from now")]
    Range,
}

/// Latest expiry, in days. A key that should last longer has no expiry at all.
const LONGEST: i64 = 36_500;

/// Parses an expiry: a number of days, or the beginning of a day (UTC).
pub(crate) fn expiry(text: &str, now: Timestamp) -> Result<Timestamp, ExpiryError> {
    let day = SignedDuration::from_hours(24);
    let latest = now.saturating_add(day * i32::try_from(LONGEST).unwrap_or(i32::MAX)).unwrap_or(now);
    let end = match (text.parse::<i64>(), text.parse::<Date>()) {
        (Ok(days @ 1..=LONGEST), _) => now + day * i32::try_from(days).unwrap_or(i32::MAX),
        (Ok(_), _) => return Err(ExpiryError::Range),
        (Err(_), Ok(date)) => date
            .to_zoned(TimeZone::UTC)
            .map(|midnight| midnight.timestamp())
            .map_err(|_| ExpiryError::Range)?,
        (Err(_), Err(_)) => return Err(ExpiryError::Form),
    };
    if end > now && end <= latest { Ok(end) } else { Err(ExpiryError::Range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ends_after_days_or_at_the_beginning_of_a_day_and_never_in_the_past() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("1", Ok("2026-11-29T12:00:00Z")),
            ("2026-11-29", Ok("2026-11-29T00:00:00Z")),
            ("2026-11-28", Err(ExpiryError::Range)),
            ("0", Err(ExpiryError::Range)),
            ("-1", Err(ExpiryError::Range)),
            ("36500", Ok("2126-11-04T12:00:00Z")),
            ("36501", Err(ExpiryError::Range)),
            ("2126-11-04", Ok("2126-11-04T00:00:00Z")),
            ("2126-11-05", Err(ExpiryError::Range)),
            ("9999-01-01", Err(ExpiryError::Range)),
            ("soon", Err(ExpiryError::Form)),
            ("", Err(ExpiryError::Form)),
        ] {
            assert_eq!(expiry(text, now), expected.map(|at| at.parse().unwrap()), "{text}");
        }
        let midnight = "2026-11-28T00:00:00Z".parse().unwrap();
        assert_eq!(expiry("2026-11-28", midnight), Err(ExpiryError::Range));
    }

    #[test]
    fn a_key_says_its_mode_and_is_known_again() {
        let secret = Secret::new([7; 32]);
        for (is_live, begins) in [(false, "rlk_test_"), (true, "rlk_live_")] {
            let key = text(is_live, &secret);
            assert!(key.starts_with(begins) && is_key(&key));
            assert_eq!(starts_with(&key).len(), begins.len() + 6);
        }
        for other in ["", "rlk_test_", "rk_test_1", "rlk_test_short"] {
            assert!(!is_key(other), "{other}");
        }
    }

    #[test]
    fn every_scope_has_a_name_that_commands_take() {
        for scope in Scope::VARIANTS {
            let name = scope.as_str();
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b':'), "{name}");
            assert_eq!(name.parse(), Ok(*scope));
        }
    }
}
