//! Sign-in to the console: codes, sessions and their limits.

use jiff::{SignedDuration, Timestamp};
use lettre::Address;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::{Actor, AuditAction, AuditSource, Entry};

/// Time for which a code is valid.
pub(crate) const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Maximum number of tries for a code.
pub(crate) const MAX_CODE_TRIES: i64 = 5;
/// Minimum time between two codes for one operator.
pub(crate) const CODE_INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// Maximum number of codes for one operator per hour.
pub(crate) const MAX_CODES_PER_HOUR: i64 = 6;
/// Time for which a browser is remembered after a sign-in with a code.
pub(crate) const KNOWN_BROWSER_LIFETIME: SignedDuration = SignedDuration::from_hours(180 * 24);
/// Time without a request after which a session ends.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// Maximum duration of a session.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// Signed-in operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Operator {
    Email {
        email: String,
    },
    /// API key created by `relink-server keys`.
    Key {
        key: String,
    },
    /// `RELINK_API_KEY`, identified by the hash of its value at sign-in.
    Setting {
        hash: String,
    },
}

impl Operator {
    /// Returns the operator's name in the console.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Email { email } => email,
            Self::Key { key } => key,
            Self::Setting { .. } => "RELINK_API_KEY",
        }
    }

    /// Returns the operator as an actor of the audit trail.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Email { email } => Actor::Operator { email: email.clone() },
            Self::Key { key } => Actor::BackEnd { key: Some(key.clone()) },
            Self::Setting { .. } => Actor::BackEnd { key: None },
        }
    }
}

/// The reason for which a session ended without a sign-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionEnd {
    /// No request within `IDLE`.
    Idle,
    /// Reached the maximum duration.
    TooLong,
    /// Another sign-in in the same browser.
    Replaced,
    /// An operator ended it from another session.
    Ended,
    /// The email address was removed from `RELINK_OPERATORS`, or the key was revoked, changed, or has expired.
    NoLongerAllowed,
}

/// Returns why a session has ended by time, if it has.
pub(crate) fn session_end(begun_at: Timestamp, seen_at: Timestamp, now: Timestamp) -> Option<SessionEnd> {
    if begun_at <= now - LONGEST {
        Some(SessionEnd::TooLong)
    } else if seen_at <= now - IDLE {
        Some(SessionEnd::Idle)
    } else {
        None
    }
}

/// Returns the audit entry for the end of a session.
pub(crate) fn ended(source: AuditSource, end: SessionEnd) -> Entry {
    Entry::of(source, AuditAction::SessionEnded, json!({"reason": end}))
}

/// Parses an email address and normalizes it to lower case, so that operators are compared without regard to case.
pub(crate) fn mailbox(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    text.parse::<Address>().is_ok().then_some(text)
}

/// Formats a number as a code of nine digits. An attacker who requests codes for an operator may try
/// thirty per hour ([`MAX_CODES_PER_HOUR`] times [`MAX_CODE_TRIES`]), for years: 263,000 tries a year find one of
/// 10⁹ with a probability of 0.03 %.
pub(crate) fn code(number: u32) -> String {
    format!("{:09}", number % 1_000_000_000)
}

/// Returns the digits of a typed code, which may contain spaces.
pub(crate) fn typed(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_nine_digits_however_it_is_typed() {
        assert_eq!(code(7), "000000007");
        assert_eq!(code(2_001_234_567), "001234567");
        assert_eq!(typed(" 001 234 567\n"), "001234567");
    }

    #[test]
    fn mailboxes_are_compared_without_regard_to_large_letters() {
        assert_eq!(mailbox(" Ada@Shop.example ").as_deref(), Some("ada@shop.example"));
        assert_eq!(mailbox("ada"), None);
    }
}
