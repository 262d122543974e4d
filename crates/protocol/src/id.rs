//! Stripe's identifiers as types, so that one kind can't be used as another.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A text is not an identifier of the expected kind. Does not contain the text, which may be a misplaced secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId {
    /// Prefix that Stripe gives this kind of identifier.
    pub expected_prefix: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a Stripe identifier that begins with `{}`", self.expected_prefix)
    }
}

impl Error for InvalidId {}

/// Maximum length in bytes: above any identifier of Stripe's, but short enough for a log line and a path.
pub(crate) const MAX_LENGTH: usize = 128;

fn parse(text: &str, prefix: &'static str) -> Result<String, InvalidId> {
    let invalid = InvalidId { expected_prefix: prefix };
    let rest = text.strip_prefix(prefix).ok_or(invalid)?;
    let is_id = !rest.is_empty()
        && text.len() <= MAX_LENGTH
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        // A client secret begins like a session identifier, but must never be handled as one.
        && !rest.starts_with("client_secret_");
    if is_id { Ok(text.to_owned()) } else { Err(invalid) }
}

macro_rules! id {
    ($(#[doc = $doc:literal])* $name:ident, $prefix:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                crate::openapi::id(concat!($($doc),*), $prefix, MAX_LENGTH)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl $name {
            /// Returns the identifier as Stripe writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;

            fn try_from(text: &str) -> Result<Self, InvalidId> {
                parse(text, $prefix).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::try_from(text.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A linked bank account, `fca_…`.
    AccountId, "fca_");
id!(
    /// A bank login that one or more accounts were linked with, `fcauth_…`.
    AuthorizationId, "fcauth_");
id!(
    /// A customer at Stripe, `cus_…`.
    CustomerId, "cus_");
id!(
    /// An account of a person or company at Stripe, `acct_…`: a connected account, or a customer account of Accounts v2.
    StripeAccountId, "acct_");
id!(
    /// A bank, `fcinst_…`.
    InstitutionId, "fcinst_");
id!(
    /// A payment method, `pm_…`.
    PaymentMethodId, "pm_");
id!(
    /// A setup intent, which prepares a payment method for future charges, `seti_…`.
    SetupIntentId, "seti_");
id!(
    /// A Financial Connections session, `fcsess_…`: one attempt to link or relink.
    SessionId, "fcsess_");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_of_another_kind_is_refused() {
        assert!(AccountId::try_from("fca_1").is_ok());
        for text in ["fcauth_1", "fca", "fca_", "", "FCA_1", " fca_1"] {
            assert_eq!(AccountId::try_from(text), Err(InvalidId { expected_prefix: "fca_" }), "{text}");
        }
    }

    #[test]
    fn nothing_that_could_change_a_path_is_an_identifier() {
        for text in ["fca_1/../x", "fca_1?x", "fca_1%2f", "fca_é", "fca_1\n"] {
            assert!(AccountId::try_from(text).is_err(), "{text}");
        }
        assert!(AccountId::try_from(format!("fca_{}", "a".repeat(200))).is_err());
    }

    #[test]
    fn a_client_secret_is_not_a_session() {
        let error = SessionId::try_from("fcsess_client_secret_abc").unwrap_err();
        assert!(!error.to_string().contains("abc"));
    }
}
