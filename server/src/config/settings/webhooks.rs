//! Settings for webhooks: from Stripe, and to the merchant.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac::{HMAC_SHA256, Key};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use standardwebhooks::Webhook;

use super::{ConfigError, present, present_secret};

/// Secrets with which Stripe may have signed an event.
#[derive(Clone, Debug)]
pub(crate) struct SigningSecrets(Arc<[Key]>);

impl SigningSecrets {
    pub(crate) fn keys(&self) -> &[Key] {
        &self.0
    }
}

/// The merchant's webhook.
#[derive(Clone)]
pub(crate) struct MerchantWebhook {
    pub(crate) url: Url,
    /// Signing secrets, the newest first; each signs.
    pub(crate) signers: Arc<[Webhook]>,
    /// True if the address may be in a private network.
    pub(crate) allow_private: bool,
}

impl fmt::Debug for MerchantWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MerchantWebhook").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

pub(super) fn from_stripe(secrets: Option<SecretString>) -> Result<SigningSecrets, ConfigError> {
    let secrets = present_secret(secrets).ok_or(ConfigError::NoWebhookSecret)?;
    let secrets = listed(&secrets);
    let are_secrets = secrets.iter().all(|secret| {
        secret
            .expose_secret()
            .strip_prefix("whsec_")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
    });
    // Only separators are not a secret.
    if !are_secrets || secrets.is_empty() {
        return Err(ConfigError::WebhookSecret);
    }
    let key = |secret: &SecretString| Key::new(HMAC_SHA256, secret.expose_secret().as_bytes());
    Ok(SigningSecrets(secrets.iter().map(key).collect()))
}

pub(super) fn to_merchant(
    url: Option<String>,
    secrets: Option<SecretString>,
    allow_private: bool,
) -> Result<Option<MerchantWebhook>, ConfigError> {
    let Some(url) = present(url) else { return Ok(None) };
    let url = Url::parse(&url).map_err(|_| ConfigError::MerchantWebhookUrl)?;
    let is_encrypted = url.scheme() == "https" || (url.scheme() == "http" && allow_private);
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !is_encrypted || !is_plain || url.host_str().is_none() {
        return Err(ConfigError::MerchantWebhookUrl);
    }
    let secrets = present_secret(secrets).ok_or(ConfigError::NoMerchantWebhookSecret)?;
    let signers = listed(&secrets).iter().map(signer).collect::<Result<Vec<_>, _>>()?.into();
    Ok(Some(MerchantWebhook { url, signers, allow_private }))
}

/// Parses a signing secret of the length that the specification requires: 24 to 64 bytes,
/// which are 32 to 88 characters.
fn signer(secret: &SecretString) -> Result<Webhook, ConfigError> {
    let encoded = secret.expose_secret().strip_prefix("whsec_").ok_or(ConfigError::MerchantWebhookSecret)?;
    if !(32..=88).contains(&encoded.len()) {
        return Err(ConfigError::MerchantWebhookSecret);
    }
    Webhook::new(secret.expose_secret()).map_err(|_| ConfigError::MerchantWebhookSecret)
}

fn listed(secrets: &SecretString) -> Vec<SecretString> {
    secrets
        .expose_secret()
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(SecretString::from)
        .collect()
}
