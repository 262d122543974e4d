//! Parameters that name a customer: `customer`, or `customer_account` for an Account that represents one.

use crate::{
    http::{error::ApiError, params::Params},
    version::{Since, Version},
};

const CUSTOMER: &str = "customer";
const ACCOUNT: &str = "customer_account";

/// Returns the names of the parameters that the version has.
pub(super) fn known(version: &Version) -> &'static [&'static str] {
    if version.has(Since::CUSTOMER_ACCOUNTS) { &[CUSTOMER, ACCOUNT] } else { &[CUSTOMER] }
}

/// Returns the id of the customer that the call names. Any id with the prefix of customers, or of accounts, is one.
pub(super) fn given(params: &Params) -> Result<Option<String>, ApiError> {
    match (params.owned(CUSTOMER)?, params.owned(ACCOUNT)?) {
        (Some(_), Some(_)) => Err(ApiError::exclusive(CUSTOMER, ACCOUNT)),
        (Some(other), None) if !other.starts_with("cus_") => {
            Err(ApiError::no_such(CUSTOMER, &other, CUSTOMER))
        }
        (None, Some(other)) if !other.starts_with("acct_") => {
            Err(ApiError::no_such("account", &other, ACCOUNT))
        }
        (customer, account) => Ok(customer.or(account)),
    }
}

/// Returns the id of the customer that the call must name.
pub(super) fn required(params: &Params) -> Result<String, ApiError> {
    given(params)?.ok_or_else(|| ApiError::missing(CUSTOMER))
}
