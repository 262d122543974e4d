//! Bank accounts that a call describes by their numbers: Stripe's test accounts, and no others.

use crate::{
    http::{error::ApiError, params::Params},
    world::typed_account::{TEST_ROUTING_NUMBER, TypedAccount},
};

pub(super) const ACCOUNT_TYPES: &[&str] = &["checking", "savings"];
/// Types of the holder of a bank account.
pub(super) const HOLDERS: &[&str] = &["company", "individual"];

/// Returns the test account that the hash `within` describes. Both of its numbers are required.
pub(super) fn required(params: &Params, within: &str) -> Result<TypedAccount, ApiError> {
    let named = |name: &str| format!("{within}[{name}]");
    let (number_name, routing_name) = (named("account_number"), named("routing_number"));
    let (number, routing) = (params.required(&number_name)?, params.required(&routing_name)?);
    let kind = params.one_of(&named("account_type"), ACCOUNT_TYPES)?.unwrap_or("checking");
    find((number, routing), (&number_name, &routing_name), kind)
}

/// Returns the test account with these numbers, which the parameters with these names contain.
pub(crate) fn find(
    (number, routing): (&str, &str),
    (number_name, routing_name): (&str, &str),
    kind: &'static str,
) -> Result<TypedAccount, ApiError> {
    if routing != TEST_ROUTING_NUMBER {
        let message = "The routing number of all test accounts is 110000000.";
        return Err(ApiError::invalid_with_code("routing_number_invalid", routing_name, message));
    }
    // The message does not repeat the number, because it may be a real one.
    TypedAccount::of_number(number, kind).ok_or_else(|| {
        let message = "This is no test account number that the sandbox plays, such as 000123456789.";
        ApiError::invalid_with_code("account_number_invalid", number_name, message)
    })
}
