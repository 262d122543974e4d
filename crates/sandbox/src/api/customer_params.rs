//! Parameters of `/v1/customers`.

use super::objects::payment_method::ADDRESS;
use crate::{
    http::{error::ApiError, params::Params},
    world::customer::{Address, Profile, Shipping},
};

pub(crate) const DEFAULT: &str = "invoice_settings[default_payment_method]";
/// Payment method to attach.
pub(crate) const METHOD: &str = "payment_method";
const TAX_EXEMPT: &[&str] = &["exempt", "none", "reverse"];
const SHIPPING: &str = "shipping";
const SHIPPING_ADDRESS: &str = "shipping[address]";
const LOCALES: &str = "preferred_locales";

pub(crate) const KNOWN: &[&str] = &[
    "address[*]",
    "description",
    "email",
    DEFAULT,
    "metadata[*]",
    "name",
    METHOD,
    "phone",
    LOCALES,
    "preferred_locales[]",
    "shipping[*]",
    "tax_exempt",
];

/// Applies the given parameters to a profile; empty values remove a field.
pub(crate) fn apply(params: &Params, mut profile: Profile) -> Result<Profile, ApiError> {
    profile.name = params.changed("name", profile.name);
    profile.email = params.changed("email", profile.email);
    profile.phone = params.changed("phone", profile.phone);
    profile.description = params.changed("description", profile.description);
    profile.default_payment_method = params.changed(DEFAULT, profile.default_payment_method);
    if params.raw("tax_exempt") == Some("") {
        profile.tax_exempt = None;
    } else if let Some(word) = params.one_of("tax_exempt", TAX_EXEMPT)? {
        profile.tax_exempt = Some(word.to_owned());
    }
    let locales = params.list(LOCALES);
    if !locales.is_empty() || params.raw(LOCALES) == Some("") {
        profile.preferred_locales = locales.into_iter().map(str::to_owned).collect();
    }
    profile.address = address(params, "address", profile.address)?;
    profile.shipping = shipping(params, profile.shipping)?;
    profile.metadata = params.metadata(&profile.metadata)?;
    Ok(profile)
}

/// Returns the address after the call: given fields replace known ones, an empty field or address is removed.
fn address(params: &Params, name: &str, known: Option<Address>) -> Result<Option<Address>, ApiError> {
    if params.raw(name) == Some("") {
        return Ok(None);
    }
    let given = params.hash(name);
    if let Some(field) = given.keys().find(|field| !ADDRESS.contains(&field.as_str())) {
        return Err(ApiError::unknown(&format!("{name}[{field}]")));
    }
    if given.is_empty() {
        return Ok(known);
    }
    let mut address = known.unwrap_or_default();
    address.extend(given);
    address.retain(|_, value| !value.is_empty());
    Ok(Some(address))
}

fn shipping(params: &Params, known: Option<Shipping>) -> Result<Option<Shipping>, ApiError> {
    if params.raw(SHIPPING) == Some("") {
        return Ok(None);
    }
    if !params.has_hash(SHIPPING) {
        return Ok(known);
    }
    let is_known =
        |field: &String| matches!(field.as_str(), "name" | "phone") || field.starts_with("address][");
    if let Some(field) = params.hash(SHIPPING).keys().find(|field| !is_known(field)) {
        return Err(ApiError::unknown(&format!("{SHIPPING}[{field}]")));
    }
    let mut shipping = known.unwrap_or_default();
    shipping.address = address(params, SHIPPING_ADDRESS, Some(shipping.address))?.unwrap_or_default();
    shipping.name = params.changed("shipping[name]", shipping.name);
    shipping.phone = params.changed("shipping[phone]", shipping.phone);
    Ok(Some(shipping))
}
