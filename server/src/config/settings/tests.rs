//! Tests of every error, and of settings that are valid.

mod database_and_webhooks;
mod policy;
mod token_keys;

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;

use super::{Config, ConfigError, TokenKeysError, decide};
use crate::Options;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const EC_PUBLIC: &str = include_str!("../../../tests/keys/es256.public.pem");
const EC_PRIVATE: &str = include_str!("../../../tests/keys/es256.private.pem");
const ED_PUBLIC: &str = include_str!("../../../tests/keys/eddsa.public.pem");
const SECP256K1_PUBLIC: &str = include_str!("../../../tests/keys/secp256k1.public.pem");
const X25519_PUBLIC: &str = include_str!("../../../tests/keys/x25519.public.pem");
const RSA_PUBLIC: &str = include_str!("../../../tests/keys/rsa2048.public.pem");
const RSA_PRIVATE: &str = include_str!("../../../tests/keys/rsa2048.private.pem");
const RSA_1024_PUBLIC: &str = include_str!("../../../tests/keys/rsa1024.public.pem");
const P384_PUBLIC: &str = include_str!("../../../tests/keys/p384.public.pem");

fn sandbox() -> Options {
    Options {
        config: None,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        behind_tls_proxy: false,
        merchant_name: None,
        requests: crate::RequestOptions::default(),
        console: crate::ConsoleOptions::default(),
        background: crate::BackgroundOptions::default(),
        connect: crate::ConnectOptions::default(),
        payments: crate::PaymentOptions::default(),
        database: crate::DatabaseOptions::default(),
        limits: crate::RateOptions::default(),
        network: crate::NetworkOptions::default(),
        help_url: None,
        origins: None,
        purpose: "payments".to_owned(),
        permissions: None,
        account_subcategories: None,
        country: None,
        any_account: false,
        refresh: None,
        subscribe: None,
        mandate: None,
        api_key: None,
        api_key_file: None,
        web_root: None,
        log: "info".to_owned(),
        log_customers: None,
        stripe_secret_key: None,
        stripe_secret_key_file: None,
        stripe_publishable_key: None,
        stripe_version: "2026-09-30.preview".to_owned(),
        stripe_api_url: None,
        stripe_js_url: None,
        sandbox_url: "http://127.0.0.1:4281".to_owned(),
        token_algorithm: Some("HS256".to_owned()),
        token_key: Some(SecretString::from(SECRET)),
        token_key_file: None,
        token_audience: None,
        token_leeway: None,
        retention: crate::RetentionOptions::default(),
        token_keys: crate::TokenKeyOptions::default(),
        traces: crate::TraceOptions::default(),
        demo_customer: None,
        database_url: SecretString::from("sqlite:relink.db"),
        stripe_webhook_secret: Some(SecretString::from("whsec_test_secret")),
        stripe_webhook_secret_file: None,
        stripe_rate: 100,
        webhook_url: None,
        webhook_secret: None,
        webhook_secret_file: None,
        webhook_allow_private: false,
        command: None,
    }
}

fn with_keys(secret: &str, publishable: &str) -> Options {
    Options {
        stripe_secret_key: Some(SecretString::from(secret)),
        stripe_publishable_key: Some(SecretString::from(publishable)),
        merchant_name: Some("Acme".to_owned()),
        ..sandbox()
    }
}

fn live() -> Options {
    with_keys("rk_live_canary1", "pk_live_1")
}

fn token(algorithm: &str, key: &str) -> Options {
    Options {
        token_algorithm: Some(algorithm.to_owned()),
        token_key: Some(SecretString::from(key)),
        ..sandbox()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every setting is optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn refused(options: Options) -> ConfigError {
    decide(options).unwrap_err()
}

fn accepted(options: Options) -> Config {
    decide(options).unwrap()
}

#[test]
fn keys_that_contradict_are_refused() {
    use ConfigError as C;
    for (secret, publishable, expected) in [
        ("sk_test_1", "", C::NoPublishableKey),
        ("", "pk_test_1", C::NoSecretKey),
        ("pk_test_1", "pk_test_1", C::PublishableAsSecret),
        ("sk_test_1", "sk_test_1", C::SecretAsPublishable),
        ("sk_test_1", "rk_live_1", C::SecretAsPublishable),
        ("canary", "pk_test_1", C::NotASecretKey),
        ("sk_test_a\nb", "pk_test_1", C::NotASecretKey),
        ("sk_test_1", "canary", C::NotAPublishableKey),
        ("sk_test_1", "pk_live_1", C::MixedModes),
        ("rk_live_1", "pk_test_1", C::MixedModes),
    ] {
        assert_eq!(refused(with_keys(secret, publishable)), expected, "{secret} {publishable}");
    }
}

#[test]
fn addresses_that_contradict_are_refused() {
    use ConfigError as C;
    for (options, expected) in [
        (Options { stripe_api_url: some("http://127.0.0.1:1"), ..sandbox() }, C::AddressWithoutKeys),
        (Options { stripe_api_url: some("http://127.0.0.1:1"), ..live() }, C::LiveKeyElsewhere),
        (
            Options { stripe_api_url: some("https://api.stripe.com.evil.example"), ..live() },
            C::LiveKeyElsewhere,
        ),
        (Options { stripe_js_url: some("http://127.0.0.1:1/stripe.js"), ..live() }, C::LiveKeyElsewhere),
    ] {
        assert_eq!(refused(options), expected, "{expected}");
    }
}

#[test]
fn addresses_that_are_unsafe_or_no_origins_are_refused() {
    use ConfigError as C;
    let test = || with_keys("sk_test_1", "pk_test_1");
    for (options, expected) in [
        (Options { stripe_api_url: some("http://stripe.internal"), ..test() }, C::PlainHttp),
        (Options { sandbox_url: "http://0.0.0.0:4281".to_owned(), ..sandbox() }, C::PlainHttp),
        (Options { stripe_api_url: some("https://key@api.stripe.com"), ..test() }, C::NotAnAddress),
        (Options { stripe_api_url: some("https://api.stripe.com/v1"), ..test() }, C::NotAnAddress),
        (Options { stripe_api_url: some("api.stripe.com"), ..test() }, C::NotAnAddress),
    ] {
        assert_eq!(refused(options), expected, "{expected}");
    }
}

#[test]
fn only_preview_versions_with_relink_are_accepted() {
    for version in
        ["2026-10-28.endive", "2026-09-30", "2025-12-15.preview", "x.preview", "2026-9-30.preview", ""]
    {
        let options = Options { stripe_version: version.to_owned(), ..sandbox() };
        assert_eq!(refused(options), ConfigError::NoPreviewVersion, "{version}");
    }
    accepted(Options { stripe_version: "2026-01-28.preview".to_owned(), ..sandbox() });
}

#[test]
fn a_token_key_must_fit_its_algorithm() {
    use ConfigError as C;
    assert_eq!(refused(Options { token_key: None, ..sandbox() }), C::NoTokenKey);
    assert_eq!(refused(Options { token_algorithm: None, ..sandbox() }), C::NoTokenAlgorithm);
    for (algorithm, key, expected) in [
        ("none", SECRET, C::NoTokenAlgorithm),
        ("RS512", RSA_PUBLIC, C::NoTokenAlgorithm),
        ("HS256,ES256", EC_PUBLIC, C::NoTokenAlgorithm),
        ("RS256", EC_PUBLIC, C::NotATokenKey),
        ("RS256", RSA_PRIVATE, C::NotATokenKey),
        ("PS256", RSA_1024_PUBLIC, TokenKeysError::RsaKeyTooShort.into()),
        ("ES256,RS256,EdDSA", RSA_1024_PUBLIC, TokenKeysError::RsaKeyTooShort.into()),
        ("HS256", "short", C::TokenKeyTooShort),
        ("HS256", EC_PUBLIC, C::PemAsSharedSecret),
        ("ES256", SECRET, C::NotATokenKey),
        ("ES256", EC_PRIVATE, C::NotATokenKey),
        ("ES256", ED_PUBLIC, C::NotATokenKey),
        ("ES256", P384_PUBLIC, C::NotP256),
        ("ES256", SECP256K1_PUBLIC, C::NotP256),
        ("EdDSA", X25519_PUBLIC, C::NotATokenKey),
        ("EdDSA", EC_PUBLIC, C::NotATokenKey),
        ("EdDSA", &ED_PUBLIC.replace('\n', "\\n"), C::EscapedPem),
        ("HS256", &ED_PUBLIC.replace('\n', "\\n"), C::EscapedPem),
        ("EdDSA", &format!("{ED_PUBLIC}{ED_PUBLIC}"), C::SeveralKeys),
        ("EdDSA", &format!("{ED_PUBLIC}{EC_PUBLIC}"), C::SeveralKeys),
    ] {
        assert_eq!(refused(token(algorithm, key)), expected, "{algorithm} {expected}");
    }
    accepted(token("ES256", EC_PUBLIC));
    accepted(token("EdDSA", ED_PUBLIC));
    accepted(token("RS256", RSA_PUBLIC));
    accepted(token("ES256, PS256", RSA_PUBLIC));
}

#[test]
fn the_leeway_of_tokens_is_a_minute_unless_set_and_five_at_most() {
    let leeway = |text: &str| decide(Options { token_leeway: some(text), ..sandbox() });
    for (text, seconds) in [("", 60), ("0", 0), ("300", 300)] {
        assert_eq!(leeway(text).unwrap().token.leeway, Duration::from_secs(seconds), "{text:?}");
    }
    for text in ["301", "-1", "1m", "1.5"] {
        let refusal = leeway(text).unwrap_err().to_string();
        assert!(refusal.contains("RELINK_TOKEN_LEEWAY is not") && refusal.contains("0 to 300"), "{refusal}");
    }
}

#[test]
fn a_demo_needs_the_sandbox_and_a_shared_secret() {
    use ConfigError as C;
    let demo = some("cus_1");
    assert_eq!(refused(Options { demo_customer: some("jenny"), ..sandbox() }), C::DemoCustomer);
    assert_eq!(refused(Options { demo_customer: demo.clone(), ..live() }), C::DemoWithKeys);
    assert_eq!(
        refused(Options { demo_customer: demo.clone(), ..with_keys("sk_test_1", "pk_test_1") }),
        C::DemoWithKeys
    );
    assert_eq!(refused(Options { demo_customer: demo, ..token("EdDSA", ED_PUBLIC) }), C::DemoAlgorithm);
}

#[test]
fn live_keys_need_tls_towards_customers_and_a_name() {
    let public = SocketAddr::from(([0, 0, 0, 0], 80));
    assert_eq!(refused(Options { listen: public, ..live() }), ConfigError::LiveWithoutTls);
    accepted(Options { listen: public, behind_tls_proxy: true, ..live() });
    assert_eq!(refused(Options { merchant_name: some(" "), ..live() }), ConfigError::NoMerchantName);
}

#[test]
fn help_is_at_an_address_or_in_a_mailbox() {
    for (url, expected) in [
        ("https://acme.example/help?topic=bank", Some("https://acme.example/help?topic=bank")),
        ("mailto:help@acme.example", Some("mailto:help@acme.example")),
        ("http://127.0.0.1:3000/help", Some("http://127.0.0.1:3000/help")),
        ("http://acme.example/help", None),
        ("javascript:alert(1)", None),
        ("mailto:acme", None),
        ("acme.example", None),
    ] {
        let decided = decide(Options { help_url: some(url), ..sandbox() });
        match expected {
            Some(expected) => assert_eq!(decided.unwrap().help_url.as_deref(), Some(expected)),
            None => assert_eq!(decided.unwrap_err(), ConfigError::HelpUrl, "{url}"),
        }
    }
}

#[test]
fn the_back_ends_key_is_long_printable_and_its_own() {
    let with = |key: &str| Options { api_key: Some(SecretString::from(key)), ..sandbox() };
    for key in ["short", "0123456789 0123456789 0123456789", "\u{e9}0123456789012345678901234567890123"] {
        assert_eq!(refused(with(key)), ConfigError::ApiKey, "{key}");
    }
    assert_eq!(refused(with(SECRET)), ConfigError::ApiKeyIsTokenKey);
    let keys = accepted(with("canary-0123456789-0123456789-0123\n")).api_keys.load_full();
    let key = keys.find("canary-0123456789-0123456789-0123").unwrap();
    for other in ["", "canary-0123456789-0123456789-012", "canary-0123456789-0123456789-0123\n", SECRET] {
        assert!(!key.is(other), "{other}");
    }
    assert_eq!(format!("{keys:?}"), "ApiKeys([[redacted]])");
    let both = accepted(with("canary-0123456789-0123456789-0123\ncanary,0123456789-0123456789-0124"))
        .api_keys
        .load_full();
    for key in ["canary-0123456789-0123456789-0123", "canary,0123456789-0123456789-0124"] {
        assert!(both.find(key).is_some(), "{key}");
    }
}

#[test]
fn without_keys_it_is_the_sandbox_and_empty_settings_count_as_absent() {
    let config = accepted(Options { stripe_secret_key: Some(SecretString::from("")), ..sandbox() });
    assert_eq!(config.merchant_name, "Northwind");
    assert_eq!(config.addresses.api.as_str(), "http://127.0.0.1:4281/");
    assert_eq!(config.addresses.js.as_str(), "http://127.0.0.1:4281/stripe.js");
    assert_eq!(config.keys.publishable, "pk_test_sandbox");
}

#[test]
fn a_version_that_stripe_did_not_publish_is_accepted_with_a_warning() {
    let on =
        |version: &str| accepted(Options { stripe_version: version.to_owned(), ..live() }).warnings.len();
    assert_eq!(
        [on("2026-09-30.preview"), on("2031-02-28.preview")],
        [0, 0],
        "known, or newer than this program"
    );
    assert_eq!([on("2026-09-29.preview"), on("2026-10-28.preview")], [1, 1]);
}

#[test]
fn an_unrestricted_live_key_is_accepted_with_a_warning() {
    assert_eq!(accepted(live()).warnings.len(), 0);
    assert_eq!(accepted(with_keys("sk_live_1", "pk_live_1")).warnings.len(), 1);
}

#[test]
fn the_settings_print_no_secret() {
    let options = || Options { api_key: Some(SecretString::from("canary-".repeat(6))), ..live() };
    let shown = format!("{:?} {:?}", options(), accepted(options()));
    assert!(!shown.contains("canary") && !shown.contains(SECRET), "{shown}");
}
