//! How customers' tokens are checked. The algorithm comes from here and never from a token.

use jsonwebtoken::{Algorithm, DecodingKey};
use relink_protocol::CustomerId;
use secrecy::{ExposeSecret, SecretString};

use super::Contradiction;
use super::keys::Mode;

/// Whose word for a customer is taken.
#[derive(Clone, Debug)]
pub(crate) struct TokenRules {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
    pub(crate) audience: Option<String>,
}

/// Who everyone is in a demo, and what their tokens are signed with.
#[derive(Clone, Debug)]
pub(crate) struct Demo {
    pub(crate) customer: CustomerId,
    pub(crate) key: SecretString,
}

#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) rules: TokenRules,
    /// Only where the key is shared, so that the server could sign too.
    shared: Option<SecretString>,
}

/// As long as the hash: RFC 7518 3.2.
const SHORTEST_SECRET: usize = 32;

pub(crate) fn decide(
    algorithm: Option<&str>,
    key: Option<SecretString>,
    audience: Option<String>,
) -> Result<Decided, Contradiction> {
    let key = key.ok_or(Contradiction::NoTokenKey)?;
    let text = key.expose_secret();
    let not_a_key = |_| Contradiction::NotATokenKey;
    let (algorithm, decoding) = match algorithm {
        Some("HS256") => (Algorithm::HS256, shared_secret(text)?),
        Some("ES256") => {
            (Algorithm::ES256, sized(DecodingKey::from_ec_pem(text.as_bytes()).map_err(not_a_key)?, 65)?)
        }
        Some("EdDSA") => {
            (Algorithm::EdDSA, sized(DecodingKey::from_ed_pem(text.as_bytes()).map_err(not_a_key)?, 32)?)
        }
        _ => return Err(Contradiction::NoTokenAlgorithm),
    };
    let rules = TokenRules { algorithm, key: decoding, audience };
    Ok(Decided { rules, shared: (algorithm == Algorithm::HS256).then_some(key) })
}

pub(crate) fn demo(customer: CustomerId, mode: Mode, token: &Decided) -> Result<Demo, Contradiction> {
    if mode != Mode::Sandbox {
        return Err(Contradiction::DemoWithKeys);
    }
    let key = token.shared.clone().ok_or(Contradiction::DemoAlgorithm)?;
    Ok(Demo { customer, key })
}

fn shared_secret(text: &str) -> Result<DecodingKey, Contradiction> {
    if text.trim_start().starts_with("-----BEGIN") {
        Err(Contradiction::PemAsSharedSecret)
    } else if text.len() < SHORTEST_SECRET {
        Err(Contradiction::TokenKeyTooShort)
    } else {
        Ok(DecodingKey::from_secret(text.as_bytes()))
    }
}

/// The length of a public key tells its curve; a key of another curve would let nobody in, and nobody know why.
fn sized(key: DecodingKey, length: usize) -> Result<DecodingKey, Contradiction> {
    match key.try_get_as_bytes() {
        Ok(bytes) if bytes.len() == length => Ok(key),
        _ => Err(Contradiction::NotATokenKey),
    }
}
