//! Who may use the console, and for how long.

use jiff::{SignedDuration, Timestamp};
use lettre::Address;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::{Action, Actor, Entry, Source};

/// A code can be used for so long, and so many can be tried.
pub(crate) const CODE_LASTS: SignedDuration = SignedDuration::from_mins(10);
pub(crate) const CODE_TRIES: i64 = 5;
/// Codes for one operator: one in this time, and so many in an hour.
pub(crate) const BETWEEN_CODES: SignedDuration = SignedDuration::from_mins(1);
pub(crate) const CODES_AN_HOUR: i64 = 6;
/// A browser in which an operator has signed in with a code is known for so long.
pub(crate) const BROWSER_LASTS: SignedDuration = SignedDuration::from_hours(180 * 24);
/// A session ends when nothing is done in it for so long, and in any case after that.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_mins(30);
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Operator {
    Email {
        email: String,
    },
    /// A key of `relink-server keys`.
    Key {
        key: String,
    },
    /// `RELINK_API_KEY` as it was, by its hash.
    Setting {
        hash: String,
    },
}

impl Operator {
    /// For people.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Email { email } => email,
            Self::Key { key } => key,
            Self::Setting { .. } => "RELINK_API_KEY",
        }
    }

    /// For the audit trail.
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
    /// Nothing was done in it for a while.
    Idle,
    /// It was as long as a session can be.
    TooLong,
    /// Somebody signed in again in the same browser.
    Replaced,
    /// The mailbox was taken off the list of operators, or the key was revoked, changed, or has expired.
    NoLongerAllowed,
}

/// Says why the time of a session is over, if it is.
pub(crate) fn session_end(begun_at: Timestamp, seen_at: Timestamp, now: Timestamp) -> Option<SessionEnd> {
    if begun_at <= now - LONGEST {
        Some(SessionEnd::TooLong)
    } else if seen_at <= now - IDLE {
        Some(SessionEnd::Idle)
    } else {
        None
    }
}

/// The entry that says so.
pub(crate) fn ended(source: Source, end: SessionEnd) -> Entry {
    Entry::of(source, Action::SessionEnded, json!({"reason": end}))
}

/// Mailboxes as they are compared: nobody tells operators apart by large letters.
pub(crate) fn mailbox(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    text.parse::<Address>().is_ok().then_some(text)
}

/// A number as a code: nine digits, because whoever asks for codes in an operator's name may try thirty an hour
/// ([`CODES_AN_HOUR`] times [`CODE_TRIES`]), for years: 263,000 tries a year find one of 10⁹ with a probability of 0.03 %.
pub(crate) fn code(number: u32) -> String {
    format!("{:09}", number % 1_000_000_000)
}

/// The digits of what somebody typed, who may have put a blank in the middle.
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
