//! Stripe's keys: their kind, their mode, and that they belong together.

use secrecy::{ExposeSecret, SecretString};

use super::ConfigError;

/// Keys of the merchant's Stripe account.
#[derive(Clone, Debug)]
pub(crate) struct StripeKeys {
    /// For the server's calls.
    pub(crate) secret: SecretString,
    /// For Stripe.js in the customer's browser.
    pub(crate) publishable: String,
    pub(crate) mode: Mode,
}

/// Mode of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// No keys and no Stripe; the sandbox is used.
    Sandbox,
    /// Stripe's test mode, or a stand-in for it.
    Test,
    /// Stripe's live mode, which moves real money.
    Live,
}

impl StripeKeys {
    /// Returns a warning about a key that is allowed but not recommended.
    pub(crate) fn warning(&self) -> Option<&'static str> {
        let unrestricted = self.secret.expose_secret().starts_with("sk_live_");
        unrestricted.then_some(
            "STRIPE_SECRET_KEY may do everything with the Stripe account; a restricted key (rk_live_…) with the \
             access that --help names is enough",
        )
    }
}

pub(crate) fn decide(
    secret: Option<SecretString>,
    publishable: Option<SecretString>,
) -> Result<StripeKeys, ConfigError> {
    let (secret, publishable) = match (secret, publishable) {
        (Some(secret), Some(publishable)) => (secret, publishable),
        (Some(_), None) => return Err(ConfigError::NoPublishableKey),
        (None, Some(_)) => return Err(ConfigError::NoSecretKey),
        (None, None) => {
            return Ok(StripeKeys {
                secret: SecretString::from("sk_test_sandbox"),
                publishable: "pk_test_sandbox".to_owned(),
                mode: Mode::Sandbox,
            });
        }
    };
    let secret = SecretString::from(secret.expose_secret().trim());
    let publishable = publishable.expose_secret().trim().to_owned();
    let mode = secret_mode(secret.expose_secret())?;
    if mode != publishable_mode(&publishable)? {
        return Err(ConfigError::MixedModes);
    }
    Ok(StripeKeys { secret, publishable, mode })
}

fn secret_mode(key: &str) -> Result<Mode, ConfigError> {
    if key.starts_with("pk_") {
        return Err(ConfigError::PublishableAsSecret);
    }
    mode(key, &["sk_", "rk_"]).ok_or(ConfigError::NotASecretKey)
}

fn publishable_mode(key: &str) -> Result<Mode, ConfigError> {
    if key.starts_with("sk_") || key.starts_with("rk_") || key.starts_with("whsec_") {
        return Err(ConfigError::SecretAsPublishable);
    }
    mode(key, &["pk_"]).ok_or(ConfigError::NotAPublishableKey)
}

fn mode(key: &str, prefixes: &[&str]) -> Option<Mode> {
    let rest = prefixes.iter().find_map(|prefix| key.strip_prefix(prefix))?;
    let (mode, rest) = match (rest.strip_prefix("test_"), rest.strip_prefix("live_")) {
        (Some(rest), _) => (Mode::Test, rest),
        (None, Some(rest)) => (Mode::Live, rest),
        (None, None) => return None,
    };
    let is_key = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_key.then_some(mode)
}
