//! Stripe's identifiers as types, so that one kind can't be used as another.
//!
//! The objects of a connected account are apart from those of its platform and of other connected accounts: only the account
//! and the identifier together name one of them. An identifier can therefore be *qualified* with the connected account that the
//! object belongs to, as in `acct_1.fca_2`. Without one, the object belongs to the account of the merchant's keys. Everything
//! that stores, compares or looks up an identifier thereby keeps connected accounts apart.

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

/// Separates a connected account from an identifier of its objects. No identifier has this character, and it needs no escape
/// in paths.
const SEPARATOR: char = '.';

/// Splits a text into the connected account that qualifies it, if any, and the identifier as Stripe writes it.
pub(crate) fn split(text: &str) -> (Option<&str>, &str) {
    text.split_once(SEPARATOR).map_or((None, text), |(account, id)| (Some(account), id))
}

/// Qualifies an identifier with the connected account, unless it is qualified already.
pub(crate) fn qualified(account: &StripeAccountId, id: &str) -> String {
    if id.contains(SEPARATOR) { id.to_owned() } else { format!("{account}{SEPARATOR}{id}") }
}

/// Parses an identifier that may be qualified.
fn parse_qualified(text: &str, prefix: &'static str) -> Result<String, InvalidId> {
    let (account, id) = split(text);
    if let Some(account) = account {
        parse(account, ACCOUNT_PREFIX).map_err(|_| InvalidId { expected_prefix: prefix })?;
    }
    parse(id, prefix).map(|_| text.to_owned())
}

const ACCOUNT_PREFIX: &str = "acct_";

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
    ($(#[doc = $doc:literal])* $name:ident, $prefix:literal, $parse:ident) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                crate::openapi::$parse(concat!($($doc),*), $prefix, MAX_LENGTH)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl $name {
            /// Returns the whole text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;

            fn try_from(text: &str) -> Result<Self, InvalidId> {
                $parse(text, $prefix).map(Self)
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

impl StripeAccountId {
    /// Qualifies an identifier of an object of this connected account, unless it is qualified already.
    pub fn qualified(&self, id: &str) -> String {
        qualified(self, id)
    }
}

/// Objects whose identifiers can be qualified with the connected account that they belong to.
///
/// Implementations name every field, so that the compiler asks about each one that is added.
pub trait Qualify {
    /// Qualifies each identifier of an object of this connected account.
    fn qualify(&mut self, account: &StripeAccountId);
}

impl<T: Qualify> Qualify for Option<T> {
    fn qualify(&mut self, account: &StripeAccountId) {
        if let Some(one) = self {
            one.qualify(account);
        }
    }
}

impl<T: Qualify> Qualify for Vec<T> {
    fn qualify(&mut self, account: &StripeAccountId) {
        for one in self {
            one.qualify(account);
        }
    }
}

/// Adds what identifiers have that can be qualified with a connected account.
macro_rules! of_stripe_account {
    ($($name:ident),*) => {$(
        impl $name {
            /// Returns the connected account that the object belongs to; `None` if that is the account of the merchant's keys.
            pub fn stripe_account(&self) -> Option<StripeAccountId> {
                split(&self.0).0.map(|account| StripeAccountId(account.to_owned()))
            }

            /// Returns the identifier as Stripe writes it, without a connected account.
            pub fn at_stripe(&self) -> &str {
                split(&self.0).1
            }
        }

        impl Qualify for $name {
            fn qualify(&mut self, account: &StripeAccountId) {
                self.0 = qualified(account, &self.0);
            }
        }
    )*};
}

id!(
    /// A linked bank account, `fca_…`.
    AccountId, "fca_", parse_qualified);
id!(
    /// A bank login that one or more accounts were linked with, `fcauth_…`.
    AuthorizationId, "fcauth_", parse_qualified);
id!(
    /// A customer at Stripe, `cus_…`.
    CustomerId, "cus_", parse_qualified);
id!(
    /// An account of a person or company at Stripe, `acct_…`: a connected account, or a customer account of Accounts v2.
    StripeAccountId, "acct_", parse);
id!(
    /// A bank, `fcinst_…`.
    InstitutionId, "fcinst_", parse);
id!(
    /// A payment method, `pm_…`.
    PaymentMethodId, "pm_", parse_qualified);
id!(
    /// A setup intent, which prepares a payment method for future charges, `seti_…`.
    SetupIntentId, "seti_", parse_qualified);
id!(
    /// A Financial Connections session, `fcsess_…`: one attempt to link or relink.
    SessionId, "fcsess_", parse_qualified);

of_stripe_account!(AccountId, AuthorizationId, CustomerId, PaymentMethodId, SetupIntentId, SessionId);

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
        assert_eq!(error.to_string(), "expected a Stripe identifier that begins with `fcsess_`");
    }

    #[test]
    fn an_identifier_of_a_connected_account_is_another_one_than_that_of_the_merchant() {
        let own = AccountId::try_from("fca_1").unwrap();
        let mut theirs = own.clone();
        theirs.qualify(&"acct_1".parse().unwrap());
        assert_ne!(own, theirs);
        assert_eq!((theirs.as_str(), theirs.at_stripe()), ("acct_1.fca_1", "fca_1"));
        assert_eq!(theirs.stripe_account(), Some("acct_1".parse().unwrap()));
        assert_eq!((own.stripe_account(), own.at_stripe()), (None, "fca_1"));
        assert_eq!(AccountId::try_from(theirs.as_str()), Ok(theirs.clone()));
        let before = theirs.clone();
        theirs.qualify(&"acct_2".parse().unwrap());
        assert_eq!(theirs, before, "an object belongs to one account");
    }

    #[test]
    fn only_a_connected_account_qualifies_and_only_once() {
        for text in [
            ".fca_1",
            "cus_1.fca_1",
            "acct_.fca_1",
            "acct_1.",
            "acct_1.fcauth_1",
            "acct_1.acct_2.fca_1",
            "acct_1/fca_1",
        ] {
            assert!(AccountId::try_from(text).is_err(), "{text}");
        }
        assert!(StripeAccountId::try_from("acct_1.acct_2").is_err());
    }

    #[test]
    fn a_list_and_a_bare_text_are_qualified_like_an_identifier() {
        let account: StripeAccountId = "acct_1".parse().unwrap();
        let mut list: Vec<AccountId> = vec!["fca_1".parse().unwrap(), "acct_2.fca_2".parse().unwrap()];
        list.qualify(&account);
        assert_eq!(list.iter().map(AccountId::as_str).collect::<Vec<_>>(), ["acct_1.fca_1", "acct_2.fca_2"]);
        assert_eq!(account.qualified("po_1"), "acct_1.po_1");
        assert_eq!(account.qualified("acct_2.po_1"), "acct_2.po_1");
    }
}
