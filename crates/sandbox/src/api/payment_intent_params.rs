//! Parameters of `/v1/payment_intents`.

use super::{
    bank_options, customer_param,
    setup_intent_params::{KNOWN_ON_CONFIRM, types_list},
};
use crate::{
    http::{error::ApiError, params::Params},
    version::Version,
    world::payment_intent::PaymentParams,
};

const MIN_AMOUNT: i64 = 50;
const MAX_AMOUNT: i64 = 99_999_999;
const USAGES: &[&str] = &["off_session", "on_session"];
const TYPES: &[&str] = &["us_bank_account"];
const KNOWN: &[&str] = &[
    "amount",
    "confirm",
    "currency",
    "description",
    "metadata[*]",
    "off_session",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
];

pub(crate) fn known(version: &Version) -> Vec<&'static str> {
    let customer = customer_param::known(version);
    [KNOWN, KNOWN_ON_CONFIRM, bank_options::KNOWN, customer, &[types_list(version)]].concat()
}

/// Returns the parameters after the call, which changes the given ones. `payment_method` is not among them.
pub(crate) fn parse(
    params: &Params,
    version: &Version,
    known: PaymentParams,
) -> Result<PaymentParams, ApiError> {
    let owned = |key, known: Option<String>| params.owned(key).map(|given| given.or(known));
    params.enum_list(types_list(version).trim_end_matches("[]"), TYPES)?;
    params.one_of("currency", &["usd"])?;
    let customer = customer_param::given(params)?.or(known.customer);
    let usage = params.one_of("setup_future_usage", USAGES)?.map(str::to_owned);
    Ok(PaymentParams {
        amount: amount(params)?.unwrap_or(known.amount),
        customer,
        payment_method: known.payment_method,
        description: owned("description", known.description)?,
        receipt_email: owned("receipt_email", known.receipt_email)?,
        statement_descriptor: owned("statement_descriptor", known.statement_descriptor)?,
        setup_future_usage: usage.or(known.setup_future_usage),
        metadata: params.metadata(&known.metadata)?,
        is_automatic: bank_options::is_automatic(params)?.unwrap_or(known.is_automatic),
        options: bank_options::options(params, known.options)?,
    })
}

fn amount(params: &Params) -> Result<Option<i64>, ApiError> {
    match params.integer("amount")? {
        Some(amount) if amount < MIN_AMOUNT => {
            Err(ApiError::invalid_with_code("amount_too_small", "amount", "The amount is at least 50 cents."))
        }
        Some(amount) if amount > MAX_AMOUNT => Err(ApiError::invalid_with_code(
            "amount_too_large",
            "amount",
            "The amount is at most $999,999.99.",
        )),
        amount => Ok(amount),
    }
}
