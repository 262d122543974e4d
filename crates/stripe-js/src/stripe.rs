//! The loaded Stripe.js, and its instance for one publishable key.

use std::fmt::{self, Debug, Formatter};

use js_sys::{Object, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Window;

use crate::collect::{self, CollectedSession};
use crate::error::{CollectError, Thrown};
use crate::js;
use crate::key::PublishableKey;
use crate::scrub::Reader;

/// Stripe.js, loaded and ready in this page.
#[derive(Clone)]
pub struct StripeJs {
    window: js::StripeWindow,
}

impl StripeJs {
    pub(crate) fn new(window: &Window) -> Self {
        Self { window: window.clone().unchecked_into() }
    }

    /// Makes the instance on which everything else is called. Fails if Stripe.js rejects an option.
    pub fn mount(&self, key: &PublishableKey, options: &Options) -> Result<Stripe, Thrown> {
        let chosen: js::MountOptions = Object::new().unchecked_into();
        if let Some(locale) = &options.locale {
            chosen.set_locale(locale);
        }
        if let Some(version) = &options.api_version {
            chosen.set_api_version(version);
        }
        if let Some(account) = &options.stripe_account {
            chosen.set_stripe_account(account);
        }
        match self.window.mount(key.as_str(), &chosen) {
            Ok(instance) => Ok(Stripe { instance }),
            Err(value) => Err(collect::thrown(&Reader::new(""), value)),
        }
    }
}

impl Debug for StripeJs {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("StripeJs")
    }
}

/// Options of an instance. Stripe's defaults apply to those left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Language of Stripe's windows, such as `es`.
    pub locale: Option<String>,
    /// API version, such as `2026-09-30.preview`, if it differs from the account's default.
    pub api_version: Option<String>,
    /// Connected account, `acct_…`, that the instance acts for.
    pub stripe_account: Option<String>,
}

/// Stripe.js for one publishable key.
#[derive(Clone)]
pub struct Stripe {
    instance: js::StripeInstance,
}

impl Stripe {
    /// Opens the window in which a customer links or relinks accounts, and waits until it closes.
    ///
    /// A result without a session is an empty [`CollectedSession`]. The result is only a hint from the browser: have a
    /// server read the session from Stripe before anything depends on it.
    pub async fn collect_financial_connections_accounts(
        &self,
        client_secret: &str,
    ) -> Result<CollectedSession, CollectError> {
        let options = collect_options(client_secret);
        settled(client_secret, self.instance.collect_financial_connections_accounts(&options)).await
    }

    /// Does the same, and has Stripe make a token of the linked bank account, which a server finds in the session
    /// (`bank_account_token`) and can make an external account of.
    pub async fn collect_bank_account_token(
        &self,
        client_secret: &str,
    ) -> Result<CollectedSession, CollectError> {
        let options = collect_options(client_secret);
        settled(client_secret, self.instance.collect_bank_account_token(&options)).await
    }
}

fn collect_options(client_secret: &str) -> js::CollectOptions {
    let options: js::CollectOptions = Object::new().unchecked_into();
    options.set_client_secret(client_secret);
    options
}

/// Waits until the window closes, and reads what came of it.
async fn settled(
    client_secret: &str,
    opened: Result<JsValue, JsValue>,
) -> Result<CollectedSession, CollectError> {
    let reader = Reader::new(client_secret);
    let closed = match opened {
        Ok(answer) => JsFuture::from(Promise::resolve(&answer)).await,
        Err(value) => Err(value),
    };
    match closed {
        Ok(answer) => collect::read(&reader, answer),
        Err(value) => Err(collect::thrown(&reader, value).into()),
    }
}

impl Debug for Stripe {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stripe")
    }
}
