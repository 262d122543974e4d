//! The parameters of `POST /v1/financial_connections/sessions`: which exist on which version, and their
//! types. Whether they fit the world is the world's business.

use super::holder;
use crate::{
    http::{call::Call, error::ApiError, form::Params},
    world::session::{RelinkOptions, Request},
};

const PERMISSIONS: &[&str] = &["balances", "ownership", "payment_method", "transactions"];
const PREFETCH: &[&str] = &["balances", "inferred_balances", "ownership", "transactions"];
const SUBCATEGORIES: &[&str] = &["checking", "credit_card", "line_of_credit", "mortgage", "savings"];
const MANUAL_ENTRY: &[&str] = &["automatic", "custom", "disabled"];
const PAYMENT_METHOD_SUPPORT: &[&str] = &["all", "at_least_one", "none"];

const KNOWN: &[&str] = &[
    "account_holder[account]",
    "account_holder[customer]",
    "account_holder[customer_account]",
    "account_holder[type]",
    "expand[]",
    "filters[account_subcategories][]",
    "filters[country]",
    "filters[require_payment_method_support]",
    "limits[accounts]",
    "manual_entry[mode]",
    "permissions[]",
    "prefetch[]",
    "return_url",
];
const KNOWN_ON_PREVIEW: &[&str] = &[
    "filters[institution]",
    "hosted[delivery_method]",
    "relink_options[account]",
    "relink_options[authorization]",
    "ui_mode",
];

pub(crate) fn parse(call: &Call) -> Result<Request, ApiError> {
    let (params, on_preview) = (&call.params, call.version.has_relink());
    let known = if on_preview { [KNOWN, KNOWN_ON_PREVIEW].concat() } else { KNOWN.to_vec() };
    params.refuse_unknown(&known)?;
    let account_holder = holder::parse(params)?;
    if account_holder.is_none() && !on_preview {
        return Err(ApiError::missing("account_holder"));
    }
    let permissions = params.each_of("permissions", PERMISSIONS)?;
    if permissions.is_empty() {
        return Err(ApiError::missing("permissions"));
    }
    refuse_hosted(params)?;
    let owned = |key| params.text(key).map(|text| text.map(str::to_owned));
    Ok(Request {
        account_holder,
        permissions,
        prefetch: params.each_of("prefetch", PREFETCH)?,
        subcategories: params.each_of("filters[account_subcategories]", SUBCATEGORIES)?,
        country: owned("filters[country]")?,
        institution: owned("filters[institution]")?,
        payment_method_support: params
            .one_of("filters[require_payment_method_support]", PAYMENT_METHOD_SUPPORT)?,
        limit: limit(params)?,
        manual_entry: params.one_of("manual_entry[mode]", MANUAL_ENTRY)?,
        relink_options: relink_options(params)?,
        return_url: owned("return_url")?,
    })
}

fn relink_options(params: &Params) -> Result<Option<RelinkOptions>, ApiError> {
    if !params.has_hash("relink_options") {
        return Ok(None);
    }
    let authorization = params.text("relink_options[authorization]")?;
    let authorization = authorization.ok_or_else(|| ApiError::missing("relink_options[authorization]"))?;
    let account = params.text("relink_options[account]")?.map(str::to_owned);
    Ok(Some(RelinkOptions { authorization: authorization.to_owned(), account }))
}

/// An empty value takes the limit away, as leaving it out does.
fn limit(params: &Params) -> Result<Option<usize>, ApiError> {
    let key = "limits[accounts]";
    match params.raw(key) {
        None | Some("") => Ok(None),
        Some(text) => match text.parse() {
            Ok(0) => Err(ApiError::invalid(key, "limits[accounts] must be at least 1.")),
            Ok(limit) => Ok(Some(limit)),
            Err(_) => Err(ApiError::invalid(key, format!("Invalid integer: {text}"))),
        },
    }
}

fn refuse_hosted(params: &Params) -> Result<(), ApiError> {
    let mode = params.one_of("ui_mode", &["modal", "hosted"])?;
    if mode == Some("hosted") || params.has_hash("hosted") {
        return Err(ApiError::invalid("ui_mode", "The sandbox does not offer hosted sessions yet."));
    }
    Ok(())
}
