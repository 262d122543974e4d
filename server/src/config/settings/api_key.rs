//! API keys in the settings (`RELINK_API_KEY`). Only their hashes are kept.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::ConfigError;

/// Hash of the key. It has the same length for every key, and is compared in constant time.
#[derive(Clone)]
pub(crate) struct ApiKey(Digest);

const SHORTEST: usize = 32;

impl ApiKey {
    pub(crate) fn is(&self, given: &str) -> bool {
        let given = digest(&SHA256, given.as_bytes());
        verify_slices_are_equal(given.as_ref(), self.0.as_ref()).is_ok()
    }

    /// Returns the hash in Base64; it changes with the key.
    pub(crate) fn hash(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.as_ref())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Keys that are accepted; more than one while a key is rolled.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApiKeys(Vec<ApiKey>);

impl ApiKeys {
    /// Returns the given key, if it is one of them.
    pub(crate) fn find(&self, given: &str) -> Option<&ApiKey> {
        self.0.iter().find(|key| key.is(given))
    }

    /// Returns the hash of the given key, if it is one of them.
    pub(crate) fn hash_of(&self, given: &str) -> Option<String> {
        self.find(given).map(ApiKey::hash)
    }

    /// True if one of them has this hash.
    pub(crate) fn has_hash(&self, hash: &str) -> bool {
        self.0.iter().any(|key| key.hash() == hash)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Parses the keys. They are separated by white space, because a key may contain a comma.
pub(super) fn decide(
    keys: Option<&SecretString>,
    token_key: Option<&SecretString>,
) -> Result<ApiKeys, ConfigError> {
    let Some(keys) = keys else { return Ok(ApiKeys::default()) };
    let parse = |text: &str| {
        if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::ApiKey);
        }
        if token_key.is_some_and(|other| other.expose_secret().trim() == text) {
            return Err(ConfigError::ApiKeyIsTokenKey);
        }
        Ok(ApiKey(digest(&SHA256, text.as_bytes())))
    };
    keys.expose_secret().split_ascii_whitespace().map(parse).collect::<Result<_, _>>().map(ApiKeys)
}
