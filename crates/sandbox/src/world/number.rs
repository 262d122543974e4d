//! The numbers by which an account is paid: its own, or a token that the bank gives and takes back.

use serde::{Deserialize, Serialize};

pub(crate) const DAY: i64 = 24 * 60 * 60;
/// How long a bank's token lives.
const TOKEN_LIFE: i64 = 365 * DAY;

/// One of `account_numbers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountNumber {
    pub(crate) kind: NumberKind,
    pub(crate) status: NumberStatus,
}

/// Only a token can expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NumberKind {
    /// The account's own number.
    Plain,
    /// A token, until this moment in Unix seconds.
    Tokenized { expires: Option<i64> },
}

/// Can money be moved with it?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NumberStatus {
    /// Yes.
    Transactable,
    /// No, the bank has taken it back.
    Deactivated,
    /// No, its time is over.
    Expired,
    /// Not yet.
    Pending,
}

impl NumberStatus {
    pub(crate) const WORDS: &'static [&'static str] = &["transactable", "deactivated", "expired", "pending"];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Transactable => "transactable",
            Self::Deactivated => "deactivated",
            Self::Expired => "expired",
            Self::Pending => "pending",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Transactable, Self::Deactivated, Self::Expired, Self::Pending];
        all.into_iter().find(|status| status.as_str() == word)
    }
}

impl AccountNumber {
    pub(crate) const PLAIN: Self = Self { kind: NumberKind::Plain, status: NumberStatus::Transactable };

    /// A token that was given now.
    pub(crate) fn token(now: i64) -> Self {
        let kind = NumberKind::Tokenized { expires: Some(now + TOKEN_LIFE) };
        Self { kind, status: NumberStatus::Transactable }
    }

    /// A relink asks the bank for a new token; the account's own number stays what it is.
    pub(crate) fn renew(&mut self, now: i64) {
        *self = match self.kind {
            NumberKind::Plain => Self::PLAIN,
            NumberKind::Tokenized { .. } => Self::token(now),
        };
    }
}
