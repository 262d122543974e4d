//! Addresses of Stripe, to which alone its keys may be sent.

use reqwest::Url;

use super::ConfigError;
use super::keys::Mode;

/// Addresses of Stripe, or of the sandbox.
#[derive(Clone, Debug)]
pub(crate) struct StripeAddresses {
    /// The API: an origin, without a path.
    pub(crate) api: Url,
    /// Stripe.js, the script for the page.
    pub(crate) js: Url,
}

const API: &str = "https://api.stripe.com";
const JS: &str = "https://js.stripe.com/endive/stripe.js";

pub(crate) fn decide(
    mode: Mode,
    api: Option<&str>,
    js: Option<&str>,
    sandbox: &str,
) -> Result<StripeAddresses, ConfigError> {
    if mode == Mode::Sandbox {
        if api.is_some() || js.is_some() {
            return Err(ConfigError::AddressWithoutKeys);
        }
        let api = origin(sandbox, is_loopback)?;
        let js = api.join("/stripe.js").map_err(|_| ConfigError::NotAnAddress)?;
        return Ok(StripeAddresses { api, js });
    }
    let addresses = StripeAddresses {
        api: origin(api.unwrap_or(API), is_loopback)?,
        js: address(js.unwrap_or(JS), is_loopback)?,
    };
    let is_stripe = addresses.api.host_str() == Some("api.stripe.com")
        && addresses.js.host_str() == Some("js.stripe.com")
        && [&addresses.api, &addresses.js].iter().all(|url| url.scheme() == "https" && url.port().is_none());
    if mode == Mode::Live && !is_stripe {
        return Err(ConfigError::LiveKeyElsewhere);
    }
    Ok(addresses)
}

fn origin(text: &str, is_allowed_plain: fn(&Url) -> bool) -> Result<Url, ConfigError> {
    let url = address(text, is_allowed_plain)?;
    if url.path() == "/" { Ok(url) } else { Err(ConfigError::NotAnAddress) }
}

/// Parses an address. Plain http needs a host that `is_allowed_plain`.
fn address(text: &str, is_allowed_plain: fn(&Url) -> bool) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::NotAnAddress)?;
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_plain {
        return Err(ConfigError::NotAnAddress);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_allowed_plain(&url) => Ok(url),
        "http" => Err(ConfigError::PlainHttp),
        _ => Err(ConfigError::NotAnAddress),
    }
}

/// Parses the origins of the merchant's own pages, without duplicates.
pub(crate) fn origins(text: &str) -> Result<Vec<Url>, ConfigError> {
    let mut origins = Vec::new();
    for text in text.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        // `Url` accepts a wildcard as part of a host name.
        let url = origin(text, is_local).ok().filter(|url| !text.contains('*') && url.has_host());
        let url = url.ok_or(ConfigError::Origins)?;
        if !origins.contains(&url) {
            origins.push(url);
        }
    }
    Ok(origins)
}

/// Parses the support address: a web address, or `mailto:` and an email address.
pub(crate) fn help(text: &str) -> Result<String, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::HelpUrl)?;
    let is_help = match url.scheme() {
        "https" => true,
        "http" => is_local(&url),
        "mailto" => {
            url.path().split_once('@').is_some_and(|(mailbox, host)| !mailbox.is_empty() && !host.is_empty())
        }
        _ => false,
    };
    if is_help { Ok(url.to_string()) } else { Err(ConfigError::HelpUrl) }
}

/// True if browsers open the address on this machine and treat it as secure: a loopback address, or a name below
/// `localhost` (RFC 6761, 6.3). Only for addresses that a browser opens: this machine's resolver may know such names
/// otherwise, and a key must not follow it.
pub(super) fn is_local(url: &Url) -> bool {
    is_loopback(url) || url.host_str().is_some_and(|host| host.ends_with(".localhost"))
}

/// True if the address is this machine, without asking a resolver.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
