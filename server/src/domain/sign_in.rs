//! Sign-in to the console: codes, sessions and their limits.

use jiff::{SignedDuration, Timestamp};
use lettre::Address;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::{Actor, AuditAction, AuditSource, Entry};
use super::oidc::OidcSubject;

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
    /// Account at the issuer of `RELINK_OIDC_ISSUER`.
    Oidc {
        account: OidcSubject,
        /// Email address that the issuer has verified.
        email: Option<String>,
        /// Values of the roles' claim at the sign-in that stand for a role.
        values: Vec<String>,
        /// End of the session, in milliseconds since 1970: roles are read at sign-ins only.
        until: i64,
    },
}

impl Operator {
    /// Returns the operator's name in the console.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Email { email } => email,
            Self::Key { key } => key,
            Self::Setting { .. } => "RELINK_API_KEY",
            Self::Oidc { account, email, .. } => email.as_deref().unwrap_or(&account.subject),
        }
    }

    /// Returns the way in which the operator signed in, for the audit trail.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::Email { .. } => "code",
            Self::Key { .. } | Self::Setting { .. } => "key",
            Self::Oidc { .. } => "oidc",
        }
    }

    /// True if both are the same person, or the same key.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Oidc { account, .. }, Self::Oidc { account: others, .. }) => account == others,
            _ => self == other,
        }
    }

    /// True if this operator may approve what the other one has begun: a person, and surely another one. A key may be in
    /// anyone's hands. One person may have a mailbox and an account, and an account without an email address may be that of
    /// any mailbox.
    pub(crate) fn may_approve_after(&self, beginner: &Self) -> bool {
        match (self.is_key(), beginner.is_key()) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => match (self.email(), beginner.email()) {
                (Some(own), Some(others)) => own != others && !self.is(beginner),
                _ => self.is_account() && beginner.is_account() && !self.is(beginner),
            },
        }
    }

    fn is_key(&self) -> bool {
        matches!(self, Self::Key { .. } | Self::Setting { .. })
    }

    fn is_account(&self) -> bool {
        matches!(self, Self::Oidc { .. })
    }

    fn email(&self) -> Option<&str> {
        match self {
            Self::Email { email } => Some(email),
            Self::Oidc { email, .. } => email.as_deref(),
            Self::Key { .. } | Self::Setting { .. } => None,
        }
    }

    /// Returns why the session of this operator has ended by time, if it has.
    pub(crate) fn session_end(
        &self,
        begun_at: Timestamp,
        seen_at: Timestamp,
        now: Timestamp,
    ) -> Option<SessionEnd> {
        let is_over = matches!(self, Self::Oidc { until, .. } if *until <= now.as_millisecond());
        if begun_at <= now - LONGEST || is_over {
            Some(SessionEnd::TooLong)
        } else if seen_at <= now - IDLE {
            Some(SessionEnd::Idle)
        } else {
            None
        }
    }

    /// Returns the operator as an actor of the audit trail.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Email { email } => Actor::Operator { email: Some(email.clone()), account: None },
            Self::Oidc { account, email, .. } => {
                Actor::Operator { email: email.clone(), account: Some(account.clone()) }
            }
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
    /// The email address was removed from `RELINK_OPERATORS`, the key was revoked, changed, or has expired, or the
    /// operator's values no longer stand for a role.
    NoLongerAllowed,
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

    fn at_issuer(subject: &str, email: Option<&str>) -> Operator {
        let account = OidcSubject { issuer: "https://login.example".to_owned(), subject: subject.to_owned() };
        Operator::Oidc { account, email: email.map(str::to_owned), values: Vec::new(), until: 0 }
    }

    #[test]
    fn only_a_person_who_is_surely_another_one_approves() {
        let mailbox = |email: &str| Operator::Email { email: email.to_owned() };
        let (ada, bob) = (mailbox("ada@shop.example"), mailbox("bob@shop.example"));
        let (ada_there, ada_again) =
            (at_issuer("1", Some("ada@shop.example")), at_issuer("2", Some("ada@shop.example")));
        let (bob_there, one, two) =
            (at_issuer("3", Some("bob@shop.example")), at_issuer("4", None), at_issuer("5", None));
        let moved = at_issuer("1", Some("ada@new.example"));
        for (first, second, expected) in [
            (&ada, &bob, true),
            (&ada, &ada, false),
            (&ada, &ada_there, false),
            (&ada, &bob_there, true),
            (&ada_there, &ada_again, false),
            (&ada_there, &moved, false),
            (&ada_there, &bob_there, true),
            (&one, &two, true),
            (&one, &one, false),
            (&one, &ada_there, true),
            (&one, &ada, false),
        ] {
            assert_eq!(second.may_approve_after(first), expected, "{first:?} {second:?}");
            assert_eq!(first.may_approve_after(second), expected, "{second:?} {first:?}");
        }
        let key = Operator::Key { key: "key_1".to_owned() };
        for person in [&ada, &one] {
            assert!(person.may_approve_after(&key) && !key.may_approve_after(person), "{person:?}");
        }
    }

    #[test]
    fn an_account_is_recorded_with_its_issuer_and_a_mailbox_as_before() {
        let recorded = |operator: &Operator| serde_json::to_value(operator.actor()).unwrap();
        let ada = Operator::Email { email: "ada@shop.example".to_owned() };
        assert_eq!(recorded(&ada), json!({"type": "operator", "email": "ada@shop.example"}));
        let account = json!({"type": "operator", "issuer": "https://login.example", "subject": "4"});
        assert_eq!(recorded(&at_issuer("4", None)), account);
    }
}
