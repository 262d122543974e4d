//! Purposes for which a merchant uses accounts, and the choices of a customer when one breaks.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

/// Purpose for which the merchant uses a linked account. Decides which kind of relink Stripe is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Purpose {
    /// The customer pays from it.
    Payments,
    /// The customer is paid to it.
    Payouts,
    /// The merchant reads its balances, owners or transactions.
    Data,
}

impl Purpose {
    /// True if money moves. Then one checking or savings account is collected, and an account under a new identifier is
    /// a new account to payments, even if it is the same one at the bank.
    pub fn moves_money(self) -> bool {
        match self {
            Self::Payments | Self::Payouts => true,
            Self::Data => false,
        }
    }
}

/// Customer's choice for a broken account. The server decides which session follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Repair it.
    Repair,
    /// Replace it with any eligible account at the same bank.
    AnotherAccount,
    /// Replace it with an account at any bank.
    AnotherBank,
}
