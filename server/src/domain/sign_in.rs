//! Who may use the console, and for how long.

use jiff::SignedDuration;
use lettre::Address;
use serde::{Deserialize, Serialize};

use super::audit::Actor;

/// A code can be used for so long, and so many can be tried.
pub(crate) const CODE_LASTS: SignedDuration = SignedDuration::from_mins(10);
pub(crate) const CODE_TRIES: i64 = 5;
/// Codes for one operator: one in this time, and so many in an hour.
pub(crate) const BETWEEN_CODES: SignedDuration = SignedDuration::from_mins(1);
pub(crate) const CODES_AN_HOUR: i64 = 6;
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

/// Mailboxes as they are compared: nobody tells operators apart by large letters.
pub(crate) fn mailbox(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    text.parse::<Address>().is_ok().then_some(text)
}

/// A number as a code: nine digits, because whoever asks for codes in an operator's name may try thirty an hour, for years.
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
