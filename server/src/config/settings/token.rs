//! Settings for verifying customers' tokens. The algorithm is taken from the settings, never from a token.

use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey};
use relink_protocol::CustomerId;
use secrecy::{ExposeSecret, SecretString};

use super::ConfigError;
use super::keys::Mode;
use super::network::number;
use super::present;

/// Rules for customers' tokens.
#[derive(Clone, Debug)]
pub(crate) struct TokenRules {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
    pub(crate) audience: Option<String>,
    /// Accepted difference between the clocks of back end and server.
    pub(crate) leeway: Duration,
}

/// Customer as whom every visitor is signed in, in a demo, and the key that signs their tokens.
#[derive(Clone, Debug)]
pub(crate) struct Demo {
    pub(crate) customer: CustomerId,
    pub(crate) key: SecretString,
}

#[derive(Debug)]
pub(crate) struct CheckedToken {
    pub(crate) rules: TokenRules,
    /// The key, if it is a shared secret, with which the server can also sign.
    shared: Option<SecretString>,
}

/// Accepted difference of clocks in seconds unless it is set, and at most.
const LEEWAY: u64 = 60;
const LONGEST_LEEWAY: u64 = 300;
/// Length of the hash, as RFC 7518, section 3.2, requires.
const SHORTEST_SECRET: usize = 32;

pub(crate) fn decide(
    algorithm: Option<&str>,
    key: Option<SecretString>,
    audience: Option<String>,
    leeway: Option<String>,
) -> Result<CheckedToken, ConfigError> {
    let key = key.ok_or(ConfigError::NoTokenKey)?;
    let text = key.expose_secret();
    check_pem(text)?;
    let not_a_key = |_| ConfigError::NotATokenKey;
    let (algorithm, decoding) = match algorithm {
        Some("HS256") => (Algorithm::HS256, shared_secret(text)?),
        Some("ES256") => {
            let key = DecodingKey::from_ec_pem(text.as_bytes()).map_err(not_a_key)?;
            (Algorithm::ES256, on_curve(key, &ECDSA_P256_SHA256_FIXED, ConfigError::NotP256)?)
        }
        Some("EdDSA") => {
            let key = DecodingKey::from_ed_pem(text.as_bytes()).map_err(not_a_key)?;
            (Algorithm::EdDSA, on_curve(key, &ED25519, ConfigError::NotATokenKey)?)
        }
        _ => return Err(ConfigError::NoTokenAlgorithm),
    };
    let rules = TokenRules { algorithm, key: decoding, audience, leeway: leeway_of(leeway)? };
    Ok(CheckedToken { rules, shared: (algorithm == Algorithm::HS256).then_some(key) })
}

fn leeway_of(text: Option<String>) -> Result<Duration, ConfigError> {
    let seconds =
        present(text).map_or(Ok(LEEWAY), |text| number("RELINK_TOKEN_LEEWAY", &text, 0, LONGEST_LEEWAY))?;
    Ok(Duration::from_secs(seconds))
}

pub(crate) fn demo(customer: CustomerId, mode: Mode, token: &CheckedToken) -> Result<Demo, ConfigError> {
    if mode != Mode::Sandbox {
        return Err(ConfigError::DemoWithKeys);
    }
    let key = token.shared.clone().ok_or(ConfigError::DemoAlgorithm)?;
    Ok(Demo { customer, key })
}

fn shared_secret(text: &str) -> Result<DecodingKey, ConfigError> {
    if text.trim_start().starts_with(PEM) {
        Err(ConfigError::PemAsSharedSecret)
    } else if text.len() < SHORTEST_SECRET {
        Err(ConfigError::TokenKeyTooShort)
    } else {
        Ok(DecodingKey::from_secret(text.as_bytes()))
    }
}

const PEM: &str = "-----BEGIN ";

/// Refuses PEM forms of which the parser would report nothing useful: one that a settings file has escaped, and several
/// keys, of which it would use the first.
fn check_pem(text: &str) -> Result<(), ConfigError> {
    match text.matches(PEM).count() {
        1 if text.contains("\\n") => Err(ConfigError::EscapedPem),
        0 | 1 => Ok(()),
        _ => Err(ConfigError::SeveralKeys),
    }
}

/// Checks that the key is on the curve. `jsonwebtoken` accepts keys of other curves, with which every token would be
/// refused: keys on secp256k1 are as long as those on P-256. A point of one curve is on no other.
fn on_curve(
    key: DecodingKey,
    curve: &'static dyn VerificationAlgorithm,
    otherwise: ConfigError,
) -> Result<DecodingKey, ConfigError> {
    let is_on_curve = key.try_get_as_bytes().is_ok_and(|point| ParsedPublicKey::new(curve, point).is_ok());
    if is_on_curve { Ok(key) } else { Err(otherwise) }
}
