//! Account holders.

use serde::{Deserialize, Serialize};

/// The customer or connected account that bank accounts are collected for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AccountHolder {
    /// `cus_…`
    Customer(String),
    /// `acct_…`, instead of a customer.
    CustomerAccount(String),
    /// `acct_…`
    Account(String),
}

impl AccountHolder {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Customer(id) | Self::CustomerAccount(id) | Self::Account(id) => id,
        }
    }
}
