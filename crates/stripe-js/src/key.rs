//! Publishable keys, the only kind that may be in a browser. No other key is ever held, printed or passed on.

use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

const TEST: &str = "pk_test_";
const LIVE: &str = "pk_live_";

/// A publishable key of Stripe, `pk_test_…` or `pk_live_…`.
///
/// [`StripeJs::mount`](crate::StripeJs::mount) accepts nothing else, so a secret key can't be passed by mistake.
#[derive(Clone, PartialEq, Eq)]
pub struct PublishableKey(String);

impl PublishableKey {
    /// Returns the key as Stripe.js expects it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if the key moves real money.
    pub fn is_live(&self) -> bool {
        self.0.starts_with(LIVE)
    }
}

impl TryFrom<&str> for PublishableKey {
    type Error = KeyError;

    fn try_from(text: &str) -> Result<Self, KeyError> {
        let trimmed = text.trim_ascii();
        if trimmed.is_empty() {
            return Err(KeyError::Empty);
        }
        if trimmed.starts_with("sk_") {
            return Err(KeyError::Secret);
        }
        if trimmed.starts_with("rk_") {
            return Err(KeyError::Restricted);
        }
        let own_part = text.strip_prefix(TEST).or_else(|| text.strip_prefix(LIVE)).unwrap_or_default();
        if own_part.is_empty() || !own_part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(KeyError::Malformed);
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for PublishableKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::try_from(text)
    }
}

impl Debug for PublishableKey {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_live() { "pk_live_…" } else { "pk_test_…" })
    }
}

/// Reason why a text is not a publishable key. Never holds the text, which may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// A secret key, `sk_…`. It was about to be published, so it may be compromised.
    Secret,
    /// A restricted key, `rk_…`, which is a secret as well.
    Restricted,
    /// An empty or blank text.
    Empty,
    /// Neither `pk_test_…` nor `pk_live_…`, or with characters that no key has.
    Malformed,
}

impl Display for KeyError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Secret => "this is a secret key; a page needs the publishable one, pk_…",
            Self::Restricted => "this is a restricted key; a page needs the publishable one, pk_…",
            Self::Empty => "the publishable key is empty",
            Self::Malformed => "a publishable key begins with pk_test_ or pk_live_",
        })
    }
}

impl Error for KeyError {}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::{KeyError, PublishableKey};

    #[wasm_bindgen_test(unsupported = test)]
    fn publishable_keys_are_accepted() {
        for (text, live) in [("pk_test_sandbox", false), ("pk_live_51Abc_9", true)] {
            let key: PublishableKey = text.parse().unwrap();
            assert_eq!((key.as_str(), key.is_live()), (text, live));
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn everything_else_is_refused_by_name() {
        let cases = [
            ("sk_test_canary", KeyError::Secret),
            ("sk_live_canary", KeyError::Secret),
            ("\nsk_live_canary", KeyError::Secret),
            ("rk_live_canary", KeyError::Restricted),
            ("", KeyError::Empty),
            (" \n", KeyError::Empty),
            ("pk_test_", KeyError::Malformed),
            ("pk_live_", KeyError::Malformed),
            ("pk_canary", KeyError::Malformed),
            ("PK_TEST_canary", KeyError::Malformed),
            ("pk_test_canary\n", KeyError::Malformed),
            (" pk_test_canary", KeyError::Malformed),
            ("pk_test_canary<script>", KeyError::Malformed),
            ("whsec_canary", KeyError::Malformed),
            ("pk_test_canäry", KeyError::Malformed),
        ];
        for (text, error) in cases {
            assert_eq!(PublishableKey::try_from(text), Err(error), "{text}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn neither_a_key_nor_its_error_prints_the_key() {
        let key: PublishableKey = "pk_test_canary".parse().unwrap();
        let error = PublishableKey::try_from("sk_live_canary").unwrap_err();
        let printed = format!("{key:?} {error:?} {error}");
        assert!(!printed.contains("canary"), "{printed}");
        assert!(printed.starts_with("pk_test_…"), "{printed}");
    }
}
