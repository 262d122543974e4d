//! Secret in a link: 256 random bits. Only their hash is stored.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Secret of a link, of a link session or of an API key. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Length in characters: 256 bits in Base64.
    pub(crate) const LENGTH: usize = 43;

    pub(crate) fn new(bits: [u8; 32]) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(bits))
    }

    /// Derives a secret from a key and a salt (HMAC). The result is always the same, so that a retried request gets the
    /// same link and the secret need not be stored.
    pub(crate) fn derived(key: &Key, salt: &str) -> Self {
        let tag = sign(key, format!("relink link {salt}").as_bytes());
        Self(BASE64_URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// Parses a secret from a request; `None` if it does not have the form of one.
    pub(crate) fn given(text: &str) -> Option<Self> {
        let is_secret = text.len() == Self::LENGTH && BASE64_URL_SAFE_NO_PAD.decode(text).is_ok();
        is_secret.then(|| Self(text.to_owned()))
    }

    /// Returns the secret, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the hash that is stored.
    pub(crate) fn hash(&self) -> String {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Returns the SHA-256 hash in Base64.
pub(crate) fn hash(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Returns the key from which links are derived.
pub(crate) fn deriving(key: &str) -> Key {
    Key::new(HMAC_SHA256, key.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_secret_has_43_characters_comes_back_as_it_was_and_is_not_its_hash(bits: [u8; 32]) {
            let secret = Secret::new(bits);
            prop_assert_eq!(secret.expose().len(), 43);
            prop_assert!(secret.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(Secret::given(secret.expose()), Some(secret.clone()));
            prop_assert_ne!(secret.hash(), secret.expose());
            prop_assert_eq!(format!("{secret:?}"), "[redacted]");
        }

        #[test]
        fn what_is_no_secret_goes_no_further(text in "\\PC{0,60}") {
            prop_assert!(Secret::given(&text).is_none() || text.len() == 43);
        }
    }

    #[test]
    fn a_derived_secret_needs_both_the_key_and_the_salt() {
        let derived = |key: &str, salt: &str| Secret::derived(&deriving(key), salt);
        assert_eq!(derived("key", "salt"), derived("key", "salt"));
        assert_ne!(derived("key", "salt"), derived("key", "other"));
        assert_ne!(derived("key", "salt"), derived("other", "salt"));
        assert!(Secret::given(derived("key", "salt").expose()).is_some());
    }
}
