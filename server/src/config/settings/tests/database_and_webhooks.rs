//! Tests of the settings for the database, Stripe's events, the rate of calls, and the merchant's webhook.

use secrecy::SecretString;

use super::{ConfigError, accepted, refused, sandbox, some};
use crate::Options;
use crate::config::database::Engine;

const SIGNING: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

#[expect(clippy::unnecessary_wraps, reason = "every setting is optional")]
fn secret(text: &str) -> Option<SecretString> {
    Some(SecretString::from(text))
}

#[test]
fn a_database_is_a_file_or_a_server_and_by_default_a_file_here() {
    let at = |url: &str| Options { database_url: SecretString::from(url), ..sandbox() };
    for url in ["", " ", "sqlite:relink.db", "sqlite:/var/lib/relink.db"] {
        assert_eq!(accepted(at(url)).database.url.engine(), Engine::Sqlite, "{url}");
    }
    assert_eq!(accepted(at("postgres://relink@db/relink")).database.url.engine(), Engine::Postgres);
    for url in ["relink.db", "mysql://db/relink", "sqlite::memory:"] {
        assert_eq!(refused(at(url)), ConfigError::DatabaseUrl, "{url}");
    }
}

#[test]
fn nothing_starts_without_the_secret_that_proves_stripes_events() {
    for (given, expected) in [
        (None, ConfigError::NoWebhookSecret),
        (secret(" "), ConfigError::NoWebhookSecret),
        (secret("sk_test_1"), ConfigError::WebhookSecret),
        (secret("whsec_"), ConfigError::WebhookSecret),
        (secret("whsec_new,old"), ConfigError::WebhookSecret),
        (secret("whsec_a b"), ConfigError::WebhookSecret),
    ] {
        assert_eq!(refused(Options { stripe_webhook_secret: given, ..sandbox() }), expected);
    }
    let rolling = Options { stripe_webhook_secret: secret("whsec_new, whsec_old"), ..sandbox() };
    assert_eq!(accepted(rolling).signing_secrets.load().keys().len(), 2);
}

#[test]
fn a_rate_is_one_that_stripe_takes() {
    for rate in [0, 101] {
        assert_eq!(refused(Options { stripe_rate: rate, ..sandbox() }), ConfigError::StripeRate, "{rate}");
    }
    assert_eq!(accepted(Options { stripe_rate: 100, ..sandbox() }).stripe_rate, 100);
}

#[test]
fn the_merchant_is_told_over_tls_and_with_a_secret_that_nobody_guesses() {
    use ConfigError as C;
    let told = |url: &str, given: Option<SecretString>| Options {
        webhook_url: some(url),
        webhook_secret: given,
        ..sandbox()
    };
    let good = "https://shop.example/hooks?from=relink";
    for (options, expected) in [
        (told("http://shop.example/hooks", secret(SIGNING)), C::MerchantWebhookUrl),
        (told("https://me:key@shop.example/", secret(SIGNING)), C::MerchantWebhookUrl),
        (told("shop.example", secret(SIGNING)), C::MerchantWebhookUrl),
        (told(good, None), C::NoMerchantWebhookSecret),
        (told(good, secret("whsec_c2hvcnQ=")), C::MerchantWebhookSecret),
        (told(good, secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")), C::MerchantWebhookSecret),
        (told(good, secret("whsec_not base64 not base64 not base64 not")), C::MerchantWebhookSecret),
    ] {
        assert_eq!(refused(options), expected, "{expected}");
    }
    assert!(accepted(sandbox()).merchant_webhook.is_none());
    let both = accepted(told(good, secret(&format!("{SIGNING},{SIGNING}")))).merchant_webhook.unwrap();
    assert_eq!((both.signers.len(), both.allow_private), (2, false));
    let near =
        Options { webhook_allow_private: true, ..told("http://127.0.0.1:3000/hooks", secret(SIGNING)) };
    assert!(accepted(near).merchant_webhook.unwrap().allow_private);
}
