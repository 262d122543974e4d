//! Account numbers used for payments: the account's own, or a token that the bank issues and can revoke.

use serde::{Deserialize, Serialize};

pub(crate) const DAY: i64 = 24 * 60 * 60;
/// Lifetime of a bank's token in seconds.
const TOKEN_LIFE: i64 = 365 * DAY;

/// An entry of `account_numbers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountNumber {
    pub(crate) kind: NumberKind,
    pub(crate) status: NumberStatus,
}

/// Kind of account number; only a token can expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NumberKind {
    /// The account's own number.
    #[serde(rename = "Plain")]
    Real,
    /// A token with its expiry in Unix seconds; `None` if it does not expire.
    Tokenized { expires: Option<i64> },
}

/// Status of an account number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NumberStatus {
    /// Money can be moved with it.
    Transactable,
    /// The bank has revoked it.
    Deactivated,
    /// It has expired.
    Expired,
    /// It can't be used yet.
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
    pub(crate) const REAL: Self = Self { kind: NumberKind::Real, status: NumberStatus::Transactable };

    /// Creates a token that is issued now.
    pub(crate) fn token(now: i64) -> Self {
        let kind = NumberKind::Tokenized { expires: Some(now + TOKEN_LIFE) };
        Self { kind, status: NumberStatus::Transactable }
    }

    /// Renews the number after a relink: the bank issues a new token; the account's own number does not change.
    pub(crate) fn renew(&mut self, now: i64) {
        *self = match self.kind {
            NumberKind::Real => Self::REAL,
            NumberKind::Tokenized { .. } => Self::token(now),
        };
    }
}
