//! Parameters of `/v1/setup_intents` by version, and their validation.

use super::{bank_options, customer_param};
use crate::{
    http::{api_call::ApiCall, error::ApiError, params::Params},
    version::{Since, Version},
    world::setup_intent::{Acceptance, SetupParams},
};

/// First versions whose list of types is `allowed_payment_method_types`.
const ALLOWED_TYPES: Since = Since::dates("2026-09-30", "2026-08-26");
pub(crate) const MANDATE: &str = "mandate_data";
const ACCEPTED_AT: &str = "mandate_data[customer_acceptance][accepted_at]";
const ADDRESS: &str = "mandate_data[customer_acceptance][online][ip_address]";
const AGENT: &str = "mandate_data[customer_acceptance][online][user_agent]";
/// True if address and user agent are those of the page that calls.
pub(super) const INFER: &str = "mandate_data[customer_acceptance][online][infer_from_client]";
const KIND: &str = "mandate_data[customer_acceptance][type]";

const KNOWN: &[&str] = &["confirm", "description", "metadata[*]", "usage"];
pub(crate) const KNOWN_ON_CONFIRM: &[&str] =
    &["payment_method", "return_url", ACCEPTED_AT, ADDRESS, AGENT, KIND];
const TYPES: &[&str] = &["us_bank_account"];
const USAGES: &[&str] = &["off_session", "on_session"];

/// Returns the name of the list of types, which preview and GA versions renamed on different days.
fn types_name(version: &Version) -> &'static str {
    if version.has(ALLOWED_TYPES) { "allowed_payment_method_types" } else { "payment_method_types" }
}

/// Returns the name of that list with brackets.
pub(crate) fn types_list(version: &Version) -> &'static str {
    if version.has(ALLOWED_TYPES) { "allowed_payment_method_types[]" } else { "payment_method_types[]" }
}

pub(crate) fn known(version: &Version) -> Vec<&'static str> {
    let customer = customer_param::known(version);
    [KNOWN, KNOWN_ON_CONFIRM, bank_options::KNOWN, customer, &[types_list(version)]].concat()
}

/// Returns the parameters after the call, which changes the given ones.
pub(crate) fn parse(params: &Params, version: &Version, known: SetupParams) -> Result<SetupParams, ApiError> {
    let owned = |key, known: Option<String>| params.owned(key).map(|given| given.or(known));
    let types = params.enum_list(types_name(version), TYPES)?;
    let customer = customer_param::given(params)?.or(known.customer);
    Ok(SetupParams {
        customer,
        payment_method: owned("payment_method", known.payment_method)?,
        usage: params.one_of("usage", USAGES)?.unwrap_or(known.usage),
        description: owned("description", known.description)?,
        metadata: params.metadata(&known.metadata)?,
        types: if types.is_empty() { known.types } else { types },
        is_automatic: bank_options::is_automatic(params)?.unwrap_or(known.is_automatic),
        options: bank_options::options(params, known.options)?,
    })
}

/// Parameters of a setup intent for which nothing is given.
pub(crate) fn defaults() -> SetupParams {
    SetupParams { usage: "off_session", types: TYPES.to_vec(), ..SetupParams::default() }
}

/// Returns the customer's acceptance, or `None` without `mandate_data`.
pub(crate) fn acceptance(call: &ApiCall, now: i64) -> Result<Option<Acceptance>, ApiError> {
    let params = &call.params;
    if !params.has_hash(MANDATE) {
        return Ok(None);
    }
    let kind = params.one_of(KIND, &["offline", "online"])?.ok_or_else(|| ApiError::missing(KIND))?;
    let required = |key| params.required(key).map(str::to_owned);
    let online = match kind {
        // The sandbox listens on loopback, where a page's address says nothing.
        "online" if params.flag(INFER)? => Some(("127.0.0.1".to_owned(), call.user_agent.clone())),
        "online" => Some((required(ADDRESS)?, required(AGENT)?)),
        _ => None,
    };
    // As at Stripe, the default is the time of the call.
    let accepted_at = params.integer(ACCEPTED_AT)?.or(Some(now));
    Ok(Some(Acceptance { accepted_at, online }))
}
