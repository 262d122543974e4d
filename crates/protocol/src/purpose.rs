//! What a merchant uses accounts for, and what a customer may choose when one of them breaks.

use serde::{Deserialize, Serialize};

/// What the merchant uses a linked account for. Decides which kind of relink Stripe is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The customer pays from it.
    Payments,
    /// The customer is paid to it.
    Payouts,
    /// The merchant reads it: balances, owners, transactions.
    Data,
}

impl Purpose {
    /// Whether money moves: then one checking or savings account is collected, and an account under a new identifier is
    /// not the one that payments know, even if it is the same at the bank.
    pub fn moves_money(self) -> bool {
        match self {
            Self::Payments | Self::Payouts => true,
            Self::Data => false,
        }
    }
}

/// What the customer chose to do about a broken account. Which session that becomes is the server's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Repair it.
    Repair,
    /// Take any eligible account at the same bank in its place.
    AnotherAccount,
    /// Link an account at any bank in its place.
    AnotherBank,
}
