//! From what was set to what the server runs with, or to the one sentence that says what contradicts what.

mod addresses;
mod contradiction;
mod keys;
mod token;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;

use relink_protocol::CustomerId;
use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::addresses::StripeAddresses;
pub use self::contradiction::Contradiction;
pub(crate) use self::keys::StripeKeys;
pub(crate) use self::token::{Demo, TokenRules};
use crate::Options;

/// The settings, complete and free of contradictions.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The merchant's name, as its customers know it.
    pub(crate) merchant_name: String,
    /// Folder with the built page.
    pub(crate) web_root: PathBuf,
    /// What Stripe knows the merchant by.
    pub(crate) keys: StripeKeys,
    /// Where Stripe, or the sandbox, is.
    pub(crate) addresses: StripeAddresses,
    /// A preview version of Stripe's API.
    pub(crate) stripe_version: String,
    /// Whose word for a customer is taken.
    pub(crate) token: TokenRules,
    /// The customer that everyone is, in a demo.
    pub(crate) demo: Option<Demo>,
    /// What is allowed but not advised.
    pub(crate) warnings: Vec<&'static str>,
}

/// The first preview version with relink.
const FIRST_VERSION: &str = "2026-01-28.preview";

/// Makes the settings complete, or says what contradicts what.
pub fn decide(options: Options) -> Result<Config, Contradiction> {
    let secret_key = present_secret(options.stripe_secret_key);
    let publishable_key = present_secret(options.stripe_publishable_key);
    let keys = keys::decide(secret_key, publishable_key)?;
    let api_url = present(options.stripe_api_url);
    let js_url = present(options.stripe_js_url);
    let addresses =
        addresses::decide(keys.mode, api_url.as_deref(), js_url.as_deref(), &options.sandbox_url)?;
    let token = token::decide(
        present(options.token_algorithm).as_deref(),
        present_secret(options.token_key),
        present(options.token_audience),
    )?;
    let demo = match present(options.demo_customer) {
        Some(customer) => {
            let customer: CustomerId = customer.parse().map_err(|_| Contradiction::DemoCustomer)?;
            Some(token::demo(customer, keys.mode, &token)?)
        }
        None => None,
    };
    let merchant_name = match (present(options.merchant_name), keys.mode) {
        (Some(name), _) => name,
        (None, keys::Mode::Sandbox) => "Northwind".to_owned(),
        (None, keys::Mode::Test | keys::Mode::Live) => return Err(Contradiction::NoMerchantName),
    };
    let exposed = !options.listen.ip().is_loopback() && !options.behind_tls_proxy;
    if keys.mode == keys::Mode::Live && exposed {
        return Err(Contradiction::LiveWithoutTls);
    }
    Ok(Config {
        listen: options.listen,
        merchant_name,
        web_root: options.web_root,
        stripe_version: preview(options.stripe_version)?,
        warnings: keys.warning().into_iter().collect(),
        keys,
        addresses,
        token: token.rules,
        demo,
    })
}

/// A general version would leave the relink fields out of every answer, without an error.
fn preview(version: String) -> Result<String, Contradiction> {
    let is_preview = version.strip_suffix(".preview").is_some_and(|date| {
        date.len() == 10
            && date.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    });
    // Dates in this form are in the order of their text.
    if is_preview && version.as_str() >= FIRST_VERSION {
        Ok(version)
    } else {
        Err(Contradiction::NoPreviewVersion)
    }
}

fn present(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn present_secret(text: Option<SecretString>) -> Option<SecretString> {
    text.filter(|text| !text.expose_secret().trim().is_empty())
}
