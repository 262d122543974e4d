//! Whose account it is.

/// The customer or connected account that bank accounts are collected for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountHolder {
    /// `cus_…`
    Customer(String),
    /// `acct_…`, in the place of a customer.
    CustomerAccount(String),
    /// `acct_…`
    Account(String),
}
