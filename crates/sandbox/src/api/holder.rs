//! The hash `account_holder` in requests.

use crate::{
    http::{error::ApiError, params::Params},
    world::AccountHolder,
};

const TYPES: &[&str] = &["customer", "account"];

/// Parses the account holder of a new session; returns `None` if none is given.
pub(crate) fn parse(params: &Params) -> Result<Option<AccountHolder>, ApiError> {
    if !params.has_hash("account_holder") {
        return Ok(None);
    }
    let kind = params.one_of("account_holder[type]", TYPES)?;
    let kind = kind.ok_or_else(|| ApiError::missing("account_holder[type]"))?;
    match (kind, parse_filter(params)?) {
        ("customer", Some(holder @ (AccountHolder::Customer(_) | AccountHolder::CustomerAccount(_))))
        | ("account", Some(holder @ AccountHolder::Account(_))) => Ok(Some(holder)),
        ("customer", _) => Err(ApiError::missing("account_holder[customer]")),
        _ => Err(ApiError::missing("account_holder[account]")),
    }
}

/// Parses the account holder that a list is filtered by, which has no type.
pub(crate) fn parse_filter(params: &Params) -> Result<Option<AccountHolder>, ApiError> {
    let customer = params.text("account_holder[customer]")?;
    let customer_account = params.text("account_holder[customer_account]")?;
    let account = params.text("account_holder[account]")?;
    match (customer, customer_account, account) {
        (None, None, None) => Ok(None),
        (Some(id), None, None) if id.starts_with("cus_") => Ok(Some(AccountHolder::Customer(id.to_owned()))),
        (Some(id), None, None) => Err(ApiError::no_such("customer", id, "account_holder[customer]")),
        (None, Some(id), None) => Ok(Some(AccountHolder::CustomerAccount(id.to_owned()))),
        (None, None, Some(id)) => Ok(Some(AccountHolder::Account(id.to_owned()))),
        _ => Err(ApiError::exclusive("account_holder[customer]", "account_holder[account]")),
    }
}
