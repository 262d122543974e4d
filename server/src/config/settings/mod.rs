//! Validation of the settings: from the options to the configuration, or to the first error.

mod addresses;
mod api_key;
mod background;
mod connect;
mod console;
mod countries;
mod database;
mod error;
mod keys;
mod limits;
mod list;
mod log;
mod network;
mod oidc;
mod policy;
mod requests;
mod retention;
mod token;
mod token_keys;
mod token_keys_error;
mod traces;
mod webhooks;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::SignedDuration;
use relink_protocol::ConditionRules;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::addresses::{StripeAddresses, is_loopback};
pub(crate) use self::api_key::ApiKeys;
pub(crate) use self::background::decide as recheck_every;
pub use self::connect::ConnectError;
pub use self::console::ConsoleError;
pub(crate) use self::console::ConsoleSettings;
pub(crate) use self::database::decide as database;
pub use self::error::ConfigError;
pub(crate) use self::keys::{Mode, StripeKeys};
pub(crate) use self::limits::{LimitSettings, decide as limits};
pub(crate) use self::log::LogCustomers;
pub(crate) use self::network::{Hsts, NetworkSettings};
pub(crate) use self::oidc::OidcSettings;
pub use self::oidc::OidcSettingsError;
pub(crate) use self::requests::{Encryption, Logo, LogoFormat, MailSettings, RequestSettings, TokenSource};
pub(crate) use self::retention::Retention;
pub(crate) use self::token::{Demo, TokenKeySource, TokenRules};
pub(crate) use self::token_keys::{JwkFault, MOST_KEYS, VerificationKey};
pub use self::token_keys_error::TokenKeysError;
pub(crate) use self::traces::TraceSettings;
pub use self::traces::TracesError;
pub(crate) use self::webhooks::{MerchantWebhook, SigningSecrets};
use crate::Options;
use crate::config::database::DatabaseSettings;
use crate::config::page_source::PageSource;
use crate::domain::follow_up::FollowUpRules;
use crate::domain::mandate::Mandate;
use crate::domain::policy::{Policy, Terms};
use crate::domain::stripe_accounts::StripeAccounts;
use crate::domain::version::ApiVersion;

/// Configuration: the settings, complete and validated.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// The merchant's name, as its customers know it.
    pub(crate) merchant_name: String,
    /// Address of the merchant's customer support.
    pub(crate) help_url: Option<String>,
    /// Origins of the merchant's own pages.
    pub(crate) origins: Vec<Url>,
    /// The built page.
    pub(crate) page: PageSource,
    /// Keys of the merchant's Stripe account.
    pub(crate) keys: StripeKeys,
    /// Stripe accounts that the server works for with these keys.
    pub(crate) stripe_accounts: StripeAccounts,
    /// Addresses of Stripe, or of the sandbox.
    pub(crate) addresses: StripeAddresses,
    /// Preview version of Stripe's API.
    pub(crate) stripe_version: ApiVersion,
    /// Connections, proxies and shutdown.
    pub(crate) network: NetworkSettings,
    /// Address and limits of the database.
    pub(crate) database: DatabaseSettings,
    /// Secrets with which Stripe signs its events; replaced while the server runs.
    pub(crate) signing_secrets: Arc<ArcSwap<SigningSecrets>>,
    /// Maximum number of calls to Stripe per second.
    pub(crate) stripe_rate: u32,
    /// Interval at which an account in use is read again without an event.
    pub(crate) recheck_every: SignedDuration,
    /// Number of seconds before its end from which a connection counts as expiring.
    pub(crate) expiring_within: i64,
    /// Time for which each kind of data is kept.
    pub(crate) retention: Retention,
    /// Form in which the log names the customer of a request.
    pub(crate) log_customers: LogCustomers,
    /// Rate limit of customers, and the shares of the calls to Stripe.
    pub(crate) limits: LimitSettings,
    /// The merchant's webhook, if it is set.
    pub(crate) merchant_webhook: Option<MerchantWebhook>,
    /// Permissions, accounts and purposes of relinks.
    pub(crate) policy: Policy,
    /// Refreshes and subscriptions after a relink.
    pub(crate) follow_up: FollowUpRules,
    /// Mandate that customers agree to when they pay from a new account.
    pub(crate) mandate: Mandate,
    /// True if a new payment method becomes the default where that of the replaced account is.
    pub(crate) makes_default: bool,
    /// True if a new account for payouts becomes an external account of the connected account that has agreed to it.
    pub(crate) adds_external_accounts: bool,
    /// API keys in the settings with which the merchant's back end reads account data; replaced while the server runs.
    pub(crate) api_keys: Arc<ArcSwap<ApiKeys>>,
    /// Links, emails and reminders of relink requests.
    pub(crate) requests: RequestSettings,
    /// Operators of the console.
    pub(crate) console: ConsoleSettings,
    /// Issuer at which operators sign in, if there is one.
    pub(crate) oidc: Option<OidcSettings>,
    /// Destination of traces; `None` if none are made.
    pub(crate) traces: Option<TraceSettings>,
    /// Rules for customers' tokens.
    pub(crate) token: TokenRules,
    /// Customer as whom every visitor is signed in, in a demo.
    pub(crate) demo: Option<Demo>,
    /// Warnings about settings that are allowed but not recommended.
    pub(crate) warnings: Vec<&'static str>,
}

/// Validates the settings.
pub fn decide(options: Options) -> Result<Config, ConfigError> {
    let (policy, follow_up) = policy::decide(&options)?;
    let (secret, publishable) = (options.stripe_secret_key, options.stripe_publishable_key);
    let keys = keys::decide(present_secret(secret), present_secret(publishable))?;
    let (api_url, js_url) = (present(options.stripe_api_url), present(options.stripe_js_url));
    let addresses =
        addresses::decide(keys.mode, api_url.as_deref(), js_url.as_deref(), &options.sandbox_url)?;
    let [token_key, api_key] = [options.token_key, options.api_key].map(present_secret);
    let api_keys = api_key::decide(api_key.as_ref(), token_key.as_ref())?;
    let (algorithm, audience) = (present(options.token_algorithm), present(options.token_audience));
    let token =
        token::decide(algorithm.as_deref(), token_key, options.token_keys, audience, options.token_leeway)?;
    let customer = present(options.demo_customer).map(|customer| customer.parse());
    let customer = customer.transpose().map_err(|_| ConfigError::DemoCustomer)?;
    let demo = customer.map(|customer| token::demo(customer, keys.mode, &token)).transpose()?;
    let requests = requests::decide(options.requests, keys.mode, options.listen)?;
    let (listen, behind_tls_proxy, public_url) =
        (options.listen, options.behind_tls_proxy, requests.public_url.as_ref());
    let around = network::OtherSettings { mode: keys.mode, listen, behind_tls_proxy, public_url };
    let network = network::decide(options.network, around)?;
    let database = database::decide(&options.database_url, &options.database)?;
    let stripe_version = stripe_version(&options.stripe_version)?;
    let oidc = oidc::decide(options.console.oidc.clone(), requests.public_url.as_ref())?;
    Ok(Config {
        console: console::decide(options.console, requests.mail.is_some(), oidc.is_some())?,
        oidc,
        requests,
        listen: options.listen,
        merchant_name: merchant_name(present(options.merchant_name), keys.mode)?,
        help_url: present(options.help_url).map(|url| addresses::help(&url)).transpose()?,
        origins: addresses::origins(&present(options.origins).unwrap_or_default())?,
        page: PageSource::new(options.web_root),
        stripe_version,
        signing_secrets: shared(webhooks::from_stripe(options.stripe_webhook_secret)?),
        stripe_rate: stripe_rate(options.stripe_rate)?,
        recheck_every: background::decide(&options.background)?,
        expiring_within: background::expiring_within(&options.background)?,
        retention: retention::decide(options.retention)?,
        limits: limits::decide(&options.limits)?,
        log_customers: log::customers(options.log_customers)?,
        merchant_webhook: webhooks::to_merchant(
            options.webhook_url,
            options.webhook_secret,
            options.webhook_allow_private,
        )?,
        policy,
        follow_up,
        mandate: Mandate::new(present(options.mandate)).ok_or(ConfigError::Mandate)?,
        traces: traces::decide(options.traces)?,
        stripe_accounts: connect::decide(options.connect)?,
        makes_default: options.payments.make_default,
        adds_external_accounts: options.payments.add_external_accounts,
        api_keys: shared(api_keys),
        warnings: warnings(&keys, &network, &database, stripe_version),
        network,
        database,
        keys,
        addresses,
        demo,
        token: token.rules,
    })
}

impl Config {
    /// Returns the rules for conditions that the merchant is told of: those of every purpose that is set.
    pub(crate) fn condition_rules(&self) -> ConditionRules {
        let moves_money = self.policy.purposes.iter().any(|purpose| purpose.moves_money());
        ConditionRules { expiring_within: self.expiring_within, moves_money }
    }

    /// Returns the rules for conditions that a customer with these terms sees.
    pub(crate) fn condition_rules_for(&self, terms: &Terms) -> ConditionRules {
        ConditionRules { expiring_within: self.expiring_within, moves_money: terms.purpose.moves_money() }
    }
}

fn stripe_version(text: &str) -> Result<ApiVersion, ConfigError> {
    ApiVersion::with_relink(text).ok_or(ConfigError::NoPreviewVersion)
}

fn version_warning(version: ApiVersion) -> Option<&'static str> {
    let text = "STRIPE_VERSION is not a version that was published when this program was built; if it is mistyped, \
                Stripe refuses every call with \"Invalid Stripe API version\"";
    (!version.may_exist()).then_some(text)
}

/// Returns a value that is replaced while the server runs.
fn shared<T>(value: T) -> Arc<ArcSwap<T>> {
    Arc::new(ArcSwap::from_pointee(value))
}

fn warnings(
    keys: &StripeKeys,
    network: &NetworkSettings,
    database: &DatabaseSettings,
    version: ApiVersion,
) -> Vec<&'static str> {
    let all = [keys.warning(), network.warning(), database::warning(database), version_warning(version)];
    all.into_iter().flatten().collect()
}

fn stripe_rate(rate: u32) -> Result<u32, ConfigError> {
    if (1..=100).contains(&rate) { Ok(rate) } else { Err(ConfigError::StripeRate) }
}

fn merchant_name(name: Option<String>, mode: Mode) -> Result<String, ConfigError> {
    match (name, mode) {
        (Some(name), _) => Ok(name),
        (None, Mode::Sandbox) => Ok("Northwind".to_owned()),
        (None, Mode::Test | Mode::Live) => Err(ConfigError::NoMerchantName),
    }
}

fn present(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn present_secret(text: Option<SecretString>) -> Option<SecretString> {
    text.filter(|text| !text.expose_secret().trim().is_empty())
}
