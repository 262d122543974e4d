//! Parameters that setup intents and payment intents share: options for bank accounts, and a payment method to make.

use super::payment_methods;
use crate::{
    http::{error::ApiError, params::Params},
    world::{World, bank_options::BankOptions, typed_account::Verification},
};

pub(crate) const KNOWN: &[&str] = &[
    "automatic_payment_methods[allow_redirects]",
    ENABLED,
    "payment_method_data[allow_redisplay]",
    "payment_method_data[billing_details][*]",
    "payment_method_data[metadata][*]",
    "payment_method_data[type]",
    "payment_method_data[us_bank_account][account_holder_type]",
    "payment_method_data[us_bank_account][account_number]",
    "payment_method_data[us_bank_account][account_type]",
    "payment_method_data[us_bank_account][financial_connections_account]",
    "payment_method_data[us_bank_account][routing_number]",
    "payment_method_options[us_bank_account][financial_connections][filters][account_subcategories][]",
    "payment_method_options[us_bank_account][financial_connections][filters][institution]",
    "payment_method_options[us_bank_account][financial_connections][manual_entry][mode]",
    "payment_method_options[us_bank_account][financial_connections][permissions][]",
    "payment_method_options[us_bank_account][financial_connections][prefetch][]",
    "payment_method_options[us_bank_account][financial_connections][return_url]",
    "payment_method_options[us_bank_account][mandate_options][collection_method]",
    "payment_method_options[us_bank_account][verification_method]",
];

const ENABLED: &str = "automatic_payment_methods[enabled]";
const DATA: &str = "payment_method_data";
const OPTIONS: &str = "payment_method_options";
const PERMISSIONS: &[&str] = &["balances", "ownership", "payment_method", "transactions"];
const PREFETCH: &[&str] = &["balances", "inferred_balances", "ownership", "transactions"];
const SUBCATEGORIES: &[&str] = &["checking", "savings"];
const VERIFICATION: &[&str] = &["automatic", "instant", "microdeposits"];

/// Returns `automatic_payment_methods[enabled]`.
pub(crate) fn is_automatic(params: &Params) -> Result<Option<bool>, ApiError> {
    params.optional_flag(ENABLED)
}

/// Returns the options after the call: the given ones, or else the known ones.
pub(crate) fn options(params: &Params, known: Option<BankOptions>) -> Result<Option<BankOptions>, ApiError> {
    if !params.has_hash(OPTIONS) {
        return Ok(known);
    }
    let inner = |name: &str| format!("{OPTIONS}[us_bank_account]{name}");
    let connections = |name: &str| inner(&format!("[financial_connections]{name}"));
    let words = |name: String, allowed| {
        let words = params.enum_list(&name, allowed)?;
        Ok::<_, ApiError>(words.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let word = |name: String, allowed| params.one_of(&name, allowed).map(|word| word.map(str::to_owned));
    Ok(Some(BankOptions {
        permissions: words(connections("[permissions]"), PERMISSIONS)?,
        prefetch: words(connections("[prefetch]"), PREFETCH)?,
        subcategories: words(connections("[filters][account_subcategories]"), SUBCATEGORIES)?,
        institution: params.owned(&connections("[filters][institution]"))?,
        manual_entry: word(connections("[manual_entry][mode]"), &["automatic", "custom"])?,
        return_url: params.owned(&connections("[return_url]"))?,
        collection_method: word(inner("[mandate_options][collection_method]"), &["paper"])?,
        verification_method: word(inner("[verification_method]"), VERIFICATION)?,
    }))
}

/// Parameters of a verification by small deposits.
pub(super) const VERIFICATION_PARAMS: &[&str] = &["amounts[]", "descriptor_code"];

/// Returns the result for the guide's test amounts and descriptor codes, or the error for wrong ones.
pub(super) fn verification(params: &Params) -> Result<Verification, ApiError> {
    let (amounts, code) = (params.list("amounts"), params.text("descriptor_code")?);
    match (amounts.as_slice(), code) {
        ([], None) => Err(ApiError::missing("amounts")),
        (["32", "45"] | ["45", "32"], _) | (_, Some("SM11AA")) => Ok(Verification::Succeeded),
        (["10", "11"], _) | (_, Some("SM33CC")) => Ok(Verification::TooManyAttempts),
        (["40", "41"], _) | (_, Some("SM44DD")) => Ok(Verification::Timeout),
        _ => Err(ApiError::invalid_with_code(
            "payment_method_microdeposit_verification_amounts_mismatch",
            "amounts",
            "The amounts or the descriptor code are not those that were sent.",
        )),
    }
}

/// Makes the payment method of `payment_method_data` and returns its id, or that of `payment_method`.
pub(crate) fn payment_method(world: &mut World, params: &Params) -> Result<Option<String>, ApiError> {
    let given = params.owned("payment_method")?;
    match (given, params.has_hash(DATA)) {
        (Some(_), true) => Err(ApiError::exclusive("payment_method", DATA)),
        (given, false) => Ok(given.map(|id| payment_methods::with_test_method(world, &id))),
        (None, true) => payment_methods::make(world, params, DATA).map(Some),
    }
}
