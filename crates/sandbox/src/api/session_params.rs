//! Parameters of `POST /v1/financial_connections/sessions` by version, and their validation without regard to the
//! world's objects.

use super::{
    holder,
    objects::session::{ONE_COUNTRY_SINCE, has_hosted},
};
use crate::{
    http::{api_call::ApiCall, error::ApiError, params::Params},
    version::Version,
    world::session::{RelinkOptions, SessionParams},
};

pub(crate) const PERMISSIONS: &[&str] = &["balances", "ownership", "payment_method", "transactions"];
const PREFETCH: &[&str] = &["balances", "inferred_balances", "ownership", "transactions"];
const PREFETCH_ON_GA: &[&str] = &["balances", "ownership", "transactions"];
const SUBCATEGORIES: &[&str] = &["checking", "credit_card", "line_of_credit", "mortgage", "savings"];
const MANUAL_ENTRY: &[&str] = &["automatic", "custom", "disabled"];
const UI_MODES: &[&str] = &["hosted", "modal"];
const DELIVERY_METHODS: &[&str] = &["email", "url"];
const PAYMENT_METHOD_SUPPORT: &[&str] = &["all", "at_least_one", "none"];

const KNOWN: &[&str] = &[
    "account_holder[account]",
    "account_holder[customer]",
    "account_holder[customer_account]",
    "account_holder[type]",
    "filters[account_subcategories][]",
    "filters[require_payment_method_support]",
    "limits[accounts]",
    "manual_entry[mode]",
    "permissions[]",
    "prefetch[]",
    "return_url",
];
const KNOWN_ON_PREVIEW: &[&str] =
    &["filters[institution]", "relink_options[account]", "relink_options[authorization]"];
const KNOWN_OF_HOSTED: &[&str] = &[DELIVERY, "ui_mode"];
const DELIVERY: &str = "hosted[delivery_method]";

pub(crate) fn known(version: &Version, has_preview: bool) -> Vec<&'static str> {
    let country =
        if version.is_since(ONE_COUNTRY_SINCE) { "filters[country]" } else { "filters[countries][]" };
    let on_preview = if version.has_relink() { KNOWN_ON_PREVIEW } else { &[] };
    let of_hosted = if has_hosted(version) && has_preview { KNOWN_OF_HOSTED } else { &[] };
    [KNOWN, &[country], on_preview, of_hosted].concat()
}

pub(crate) fn parse(call: &ApiCall) -> Result<SessionParams, ApiError> {
    let (params, on_preview) = (&call.params, call.version.has_relink());
    let account_holder = holder::parse(params)?;
    if account_holder.is_none() && !on_preview {
        return Err(ApiError::missing("account_holder"));
    }
    let permissions = params.enum_list("permissions", PERMISSIONS)?;
    if permissions.is_empty() {
        return Err(ApiError::missing("permissions"));
    }
    let owned = |key| params.text(key).map(|text| text.map(str::to_owned));
    let request = SessionParams {
        account_holder,
        permissions,
        prefetch: prefetch(call)?,
        subcategories: params.enum_list("filters[account_subcategories]", SUBCATEGORIES)?,
        countries: countries(params)?,
        institution: owned("filters[institution]")?,
        payment_method_support: params
            .one_of("filters[require_payment_method_support]", PAYMENT_METHOD_SUPPORT)?,
        limit: limit(params)?,
        manual_entry: params.one_of("manual_entry[mode]", MANUAL_ENTRY)?,
        relink_options: relink_options(params)?,
        return_url: owned("return_url")?,
        hosted: hosted(params)?,
    };
    check_combinations(&request)?;
    Ok(request)
}

/// Refuses parameters that contradict each other.
fn check_combinations(request: &SessionParams) -> Result<(), ApiError> {
    let relink = request.relink_options.as_ref();
    let is_exact = relink.is_some_and(|relink| relink.account.is_some());
    if is_exact && request.limit.is_some_and(|limit| limit != 1) {
        let message = "A relink of one account can't collect more than that account.";
        return Err(ApiError::invalid("limits[accounts]", message));
    }
    if request.hosted.is_some() && relink.is_none() {
        return Err(ApiError::invalid("hosted", "Only a relink can be hosted: give relink_options, too."));
    }
    Ok(())
}

fn prefetch(call: &ApiCall) -> Result<Vec<&'static str>, ApiError> {
    let words = if call.version.has_relink() { PREFETCH } else { PREFETCH_ON_GA };
    call.params.enum_list("prefetch", words)
}

/// Reads the countries under either name; [`known`] has refused the name that the version lacks.
fn countries(params: &Params) -> Result<Vec<String>, ApiError> {
    let one = params.text("filters[country]")?;
    Ok(params.list("filters[countries]").into_iter().chain(one).map(str::to_owned).collect())
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

/// Reads the limit; an empty value means no limit, as if it were left out.
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

/// Reads the delivery method of the hosted page; `None` if the session opens in a modal of the merchant's page.
fn hosted(params: &Params) -> Result<Option<&'static str>, ApiError> {
    let mode = params.one_of("ui_mode", UI_MODES)?;
    match (mode, params.has_hash("hosted")) {
        (Some("hosted"), false) => Err(ApiError::missing("hosted")),
        (Some("hosted"), true) => params.one_of(DELIVERY, DELIVERY_METHODS),
        (_, true) => Err(ApiError::invalid("hosted", "hosted can only be given when ui_mode is hosted.")),
        (_, false) => Ok(None),
    }
}
