//! Keys that verify customers' tokens: each with its name, and with the algorithms that it may verify. The algorithms are
//! those of the settings that fit the key, never those that a token asks for.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RsaParameters, VerificationAlgorithm,
};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, Header, TokenData, Validation, decode};
use serde::de::DeserializeOwned;

use super::{ConfigError, TokenKeysError};

/// Maximum number of keys, because a token without `kid` is tried with each.
pub(crate) const MOST_KEYS: usize = 32;
/// Length of the hash, as RFC 7518, section 3.2, requires.
const SHORTEST_SECRET: usize = 32;
/// Size of RSA keys in bits, as RFC 7518, sections 3.3 and 3.5, requires.
const SHORTEST_RSA: u32 = 2048;
const PEM: &str = "-----BEGIN ";

/// Key that verifies tokens.
#[derive(Clone, Debug)]
pub(crate) struct VerificationKey {
    /// Name that a token gives as `kid`; without one the key verifies tokens with any.
    kid: Option<String>,
    key: DecodingKey,
    /// One for each algorithm that the key may verify.
    validations: Vec<Validation>,
}

/// Reason for which a key of a JSON Web Key Set is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwkFault {
    #[error("it is not for signatures, or not for an algorithm of RELINK_TOKEN_ALGORITHM")]
    Unsuitable,
    #[error("it is not a valid public key")]
    Malformed,
    #[error("it is an RSA key of less than 2,048 bits")]
    TooShort,
}

impl VerificationKey {
    /// Parses a shared secret, or a public key in PEM form.
    pub(super) fn parse(
        kid: Option<String>,
        text: &str,
        algorithms: &[Algorithm],
    ) -> Result<Self, ConfigError> {
        check_pem(text)?;
        let (mut key, mut fits, mut fault) = (None, Vec::new(), None);
        for algorithm in algorithms {
            match decoding_key(text, *algorithm) {
                Ok(decoding) => {
                    key = Some(decoding);
                    fits.push(*algorithm);
                }
                Err(error) => {
                    fault =
                        fault.filter(|kept| *kept == TokenKeysError::RsaKeyTooShort.into()).or(Some(error));
                }
            }
        }
        let key = key.ok_or(fault.unwrap_or(ConfigError::NoTokenAlgorithm))?;
        Ok(Self::new(kid, key, &fits))
    }

    /// Takes a key of a JSON Web Key Set (RFC 7517), if one of the algorithms fits it.
    pub(crate) fn from_jwk(jwk: &Jwk, algorithms: &[Algorithm]) -> Result<Self, JwkFault> {
        let common = &jwk.common;
        let signs = common.public_key_use.as_ref().is_none_or(|given| *given == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|given| given.contains(&KeyOperations::Verify));
        let named = common.key_algorithm.map(|algorithm| algorithm.to_string());
        let may =
            |algorithm: &&Algorithm| named.as_ref().is_none_or(|named| *named == format!("{algorithm:?}"));
        let kind = kind_of(jwk).filter(|_| signs).ok_or(JwkFault::Unsuitable)?;
        let fits: Vec<Algorithm> =
            algorithms.iter().filter(|algorithm| kind.contains(algorithm)).filter(may).copied().collect();
        if fits.is_empty() {
            return Err(JwkFault::Unsuitable);
        }
        let key = DecodingKey::from_jwk(jwk).map_err(|_| JwkFault::Malformed)?;
        match key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => match bits(n) {
                0 => return Err(JwkFault::Malformed),
                1..SHORTEST_RSA => return Err(JwkFault::TooShort),
                _ if bits(e) < 2 => return Err(JwkFault::Malformed),
                _ => (),
            },
            DecodingKeyKind::SecretOrDer(point) => {
                let curve: &'static dyn VerificationAlgorithm =
                    if kind == ES256 { &ECDSA_P256_SHA256_FIXED } else { &ED25519 };
                ParsedPublicKey::new(curve, point).map_err(|_| JwkFault::Malformed)?;
            }
        }
        Ok(Self::new(common.key_id.clone(), key, &fits))
    }

    fn new(kid: Option<String>, key: DecodingKey, algorithms: &[Algorithm]) -> Self {
        let validations = algorithms.iter().map(|algorithm| validation(*algorithm)).collect();
        Self { kid, key, validations }
    }

    /// True if a token with this header may be of this key.
    pub(crate) fn may_be_of(&self, header: &Header) -> bool {
        match (&self.kid, &header.kid) {
            (Some(own), Some(named)) => own == named,
            (None, _) | (_, None) => true,
        }
    }

    /// Verifies the signature of a token with this header.
    pub(crate) fn verify<T: DeserializeOwned + Clone>(
        &self,
        token: &str,
        header: &Header,
    ) -> Result<TokenData<T>, ErrorKind> {
        let may = |validation: &&Validation| validation.algorithms.contains(&header.alg);
        let validation = self.validations.iter().find(may).ok_or(ErrorKind::InvalidAlgorithm)?;
        decode(token, &self.key, validation).map_err(Error::into_kind)
    }
}

const RSA: &[Algorithm] = &[Algorithm::RS256, Algorithm::PS256];
const ES256: &[Algorithm] = &[Algorithm::ES256];
const EDDSA: &[Algorithm] = &[Algorithm::EdDSA];

/// Returns the algorithms for this kind of public key. A shared secret has no place in a set that anyone may read.
fn kind_of(jwk: &Jwk) -> Option<&'static [Algorithm]> {
    let parameters = &jwk.algorithm;
    if matches!(parameters, AlgorithmParameters::RSA(_)) {
        Some(RSA)
    } else if matches!(parameters, AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256)
    {
        Some(ES256)
    } else if matches!(parameters, AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519)
    {
        Some(EDDSA)
    } else {
        None
    }
}

fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    // The library reads the clock itself and accepts a token without the claim; `domain::customer_claims` does neither.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

/// Returns the number of bits of a number in big-endian bytes.
fn bits(number: &[u8]) -> u32 {
    let mut digits = number.iter().skip_while(|byte| **byte == 0);
    let first = digits.next().map_or(0, |byte| u8::BITS - byte.leading_zeros());
    u32::try_from(digits.count()).unwrap_or(u32::MAX).saturating_mul(u8::BITS).saturating_add(first)
}

fn decoding_key(text: &str, algorithm: Algorithm) -> Result<DecodingKey, ConfigError> {
    let not_a_key = |_| ConfigError::NotATokenKey;
    if algorithm == Algorithm::HS256 {
        shared_secret(text)
    } else if ES256.contains(&algorithm) {
        let key = DecodingKey::from_ec_pem(text.as_bytes()).map_err(not_a_key)?;
        on_curve(key, &ECDSA_P256_SHA256_FIXED, ConfigError::NotP256)
    } else if EDDSA.contains(&algorithm) {
        let key = DecodingKey::from_ed_pem(text.as_bytes()).map_err(not_a_key)?;
        on_curve(key, &ED25519, ConfigError::NotATokenKey)
    } else if RSA.contains(&algorithm) {
        long_enough(DecodingKey::from_rsa_pem(text.as_bytes()).map_err(not_a_key)?)
    } else {
        Err(ConfigError::NoTokenAlgorithm)
    }
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

/// Checks that it is a public RSA key of a size that can't be factored.
fn long_enough(key: DecodingKey) -> Result<DecodingKey, ConfigError> {
    let size = key.try_get_as_bytes().ok().and_then(|der| RsaParameters::public_modulus_len(der).ok());
    match size {
        Some(SHORTEST_RSA..) => Ok(key),
        Some(_) => Err(TokenKeysError::RsaKeyTooShort.into()),
        None => Err(ConfigError::NotATokenKey),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_size_of_a_number_is_that_of_its_value_whatever_zeros_stand_before_it(number: u64, zeros in 0_usize..4) {
            let bytes = [vec![0; zeros], number.to_be_bytes().to_vec()].concat();
            prop_assert_eq!(bits(&bytes), u64::BITS - number.leading_zeros());
        }
    }
}
