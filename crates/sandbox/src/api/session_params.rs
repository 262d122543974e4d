//! Parameters of `POST /v1/financial_connections/sessions` by version, and their validation without regard to the
//! world's objects.

use super::holder;
use crate::{
    http::{api_call::ApiCall, error::ApiError, params::Params},
    version::{Since, Version},
    world::session::{RelinkOptions, SessionParams},
};

pub(crate) const PERMISSIONS: &[&str] = &["balances", "ownership", "payment_method", "transactions"];
pub(crate) const PREFETCH: &[&str] = &["balances", "inferred_balances", "ownership", "transactions"];
const PREFETCH_ON_GA: &[&str] = &["balances", "ownership", "transactions"];
const SUBCATEGORIES: &[&str] = &["checking", "credit_card", "line_of_credit", "mortgage", "savings"];
const MANUAL_ENTRY: &[&str] = &["automatic", "custom", "disabled"];
const MANUAL_ENTRY_ON_GA: &[&str] = &["automatic", "disabled"];
const OLDER_MANUAL_ENTRY: &[&str] = &["automatic", "custom"];
const UI_MODES: &[&str] = &["hosted", "modal"];
const DELIVERY_METHODS: &[&str] = &["email", "url"];
const PAYMENT_METHOD_SUPPORT: &[&str] = &["all", "at_least_one", "none"];

/// First versions in which sessions are filtered by one country instead of a list.
const ONE_COUNTRY: Since = Since::both("2026-09-30");
const HOSTED: Since = Since::preview("2026-03-25");
const SUMMER: Since = Since::both("2026-07-29");

const KNOWN: &[&str] = &[
    "account_holder[account]",
    "account_holder[customer]",
    "account_holder[customer_account]",
    "account_holder[type]",
    "filters[account_subcategories][]",
    "permissions[]",
    "prefetch[]",
    "return_url",
];
const KNOWN_ON_PREVIEW: &[&str] = &["filters[institution]"];
const KNOWN_OF_RELINK: &[&str] = &["relink_options[account]", "relink_options[authorization]"];
const KNOWN_OF_HOSTED: &[&str] = &[DELIVERY, "ui_mode"];
/// Parameters that GA versions have had since a date, and previews for longer.
const LATE_ON_GA: &[&str] = &["limits[accounts]", "manual_entry[mode]"];
const SUPPORT: &str = "filters[require_payment_method_support]";
const DELIVERY: &str = "hosted[delivery_method]";

pub(crate) fn known(version: &Version, has_preview: bool) -> Vec<&'static str> {
    let country = if version.has(ONE_COUNTRY) { "filters[country]" } else { "filters[countries][]" };
    let given = |has: bool, params: &'static [&'static str]| if has { params } else { &[] };
    [
        KNOWN,
        &[country],
        given(version.has(Since::dates("2026-07-29", "")), LATE_ON_GA),
        given(version.has(SUMMER), &[SUPPORT]),
        given(version.is_preview(), KNOWN_ON_PREVIEW),
        given(version.has_relink(), KNOWN_OF_RELINK),
        given(version.has(HOSTED) && has_preview, KNOWN_OF_HOSTED),
    ]
    .concat()
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
    let owned = |key| params.owned(key);
    let request = SessionParams {
        account_holder,
        permissions,
        prefetch: prefetch(call)?,
        subcategories: params.enum_list("filters[account_subcategories]", SUBCATEGORIES)?,
        countries: countries(params)?,
        institution: owned("filters[institution]")?,
        payment_method_support: params.one_of(SUPPORT, PAYMENT_METHOD_SUPPORT)?,
        limit: limit(params)?,
        manual_entry: params.one_of("manual_entry[mode]", manual_entry_modes(&call.version))?,
        relink_options: relink_options(params)?,
        return_url: owned("return_url")?,
        is_hosted: params.one_of("ui_mode", UI_MODES)? == Some("hosted"),
        hosted: params.one_of(DELIVERY, DELIVERY_METHODS)?,
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
    match (request.is_hosted, request.hosted) {
        (false, Some(_)) => {
            Err(ApiError::invalid("hosted", "hosted can only be given when ui_mode is hosted."))
        }
        (true, Some(_)) if relink.is_none() => Err(ApiError::invalid(
            DELIVERY,
            "Only the link of a relink can be delivered: give relink_options, too.",
        )),
        (true, None) if relink.is_some() => Err(ApiError::missing("hosted")),
        (true, _) if request.return_url.is_none() => Err(ApiError::missing("return_url")),
        _ => Ok(()),
    }
}

fn prefetch(call: &ApiCall) -> Result<Vec<&'static str>, ApiError> {
    let words = if call.version.is_preview() { PREFETCH } else { PREFETCH_ON_GA };
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
    let authorization = params.required("relink_options[authorization]")?;
    let account = params.owned("relink_options[account]")?;
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
            Err(_) => Err(ApiError::no_integer(key, text)),
        },
    }
}

fn manual_entry_modes(version: &Version) -> &'static [&'static str] {
    match (version.is_preview(), version.has(SUMMER)) {
        (false, _) => MANUAL_ENTRY_ON_GA,
        (true, false) => OLDER_MANUAL_ENTRY,
        (true, true) => MANUAL_ENTRY,
    }
}
