//! Holders of bank accounts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{MAX_LENGTH, qualified, split};
use crate::{CustomerId, InvalidId, Qualify, StripeAccountId};

/// Kinds of account holder at Stripe, with Stripe's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum HolderKind {
    /// A customer, `cus_…`.
    Customer,
    /// A connected account, `acct_…`, whom a platform pays out to.
    #[serde(rename = "account")]
    ConnectedAccount,
    /// An account of Accounts v2 in its role as a customer.
    CustomerAccount,
}

impl HolderKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Customer, Self::ConnectedAccount, Self::CustomerAccount];

    /// Returns Stripe's name of the kind: the value of `account_holder[type]`, and the parameter that has the identifier.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::ConnectedAccount => "account",
            Self::CustomerAccount => "customer_account",
        }
    }

    /// Returns the kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Customer of the merchant, as the account holder that Stripe knows: `cus_…`, `acct_…` (a connected account), or
/// `customer_account_acct_…` (a customer account).
///
/// An account of Accounts v2 can be a customer and a connected account at once, and Stripe keeps the bank accounts of both
/// roles apart. Their identifiers look alike, so a customer account has a prefix here: as a text, one role is never taken
/// for the other. A plain `acct_…` is a connected account, because those existed before Accounts v2. The prefix has no
/// character that an identifier can't have, so the text is safe in paths and found as one word.
///
/// The customer of a connected account is qualified with it, like any identifier: `acct_1.cus_2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HolderId(String);

const CUSTOMER_ACCOUNT: &str = "customer_account_";

impl HolderId {
    /// Returns the holder for a customer account.
    pub fn customer_account(id: &StripeAccountId) -> Self {
        Self(format!("{CUSTOMER_ACCOUNT}{id}"))
    }

    /// Returns the whole text, which tells the kinds apart.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the identifier as Stripe writes it, without a prefix and without the connected account whose customer it is.
    pub fn at_stripe(&self) -> &str {
        let (_, id) = split(&self.0);
        id.strip_prefix(CUSTOMER_ACCOUNT).unwrap_or(id)
    }

    /// Returns the connected account whose customer the holder is; `None` for the merchant's own.
    pub fn stripe_account(&self) -> Option<StripeAccountId> {
        split(&self.0).0.and_then(|account| account.parse().ok())
    }

    /// Returns the kind of holder.
    pub fn kind(&self) -> HolderKind {
        let (_, id) = split(&self.0);
        if id.starts_with(CUSTOMER_ACCOUNT) {
            HolderKind::CustomerAccount
        } else if id.starts_with("acct_") {
            HolderKind::ConnectedAccount
        } else {
            HolderKind::Customer
        }
    }
}

impl TryFrom<&str> for HolderId {
    type Error = InvalidId;

    fn try_from(text: &str) -> Result<Self, InvalidId> {
        if let (Some(account), id) = split(text) {
            let (account, mut holder) = (StripeAccountId::try_from(account)?, Self::try_from(id)?);
            holder.qualify(&account);
            // Refuses a text that is qualified twice.
            return if holder.0 == text { Ok(holder) } else { Err(InvalidId { expected_prefix: "cus_" }) };
        }
        if let Some(account) = text.strip_prefix(CUSTOMER_ACCOUNT) {
            // One limit for all kinds of holders, which the description of the API states.
            if text.len() > MAX_LENGTH {
                return Err(InvalidId { expected_prefix: CUSTOMER_ACCOUNT });
            }
            return StripeAccountId::try_from(account).map(|account| Self::customer_account(&account));
        }
        StripeAccountId::try_from(text)
            .map(Self::from)
            .or_else(|_| CustomerId::try_from(text).map(Self::from))
    }
}

impl TryFrom<String> for HolderId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::try_from(text.as_str())
    }
}

impl std::str::FromStr for HolderId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::try_from(text)
    }
}

impl From<CustomerId> for HolderId {
    fn from(id: CustomerId) -> Self {
        Self(id.into())
    }
}

impl From<StripeAccountId> for HolderId {
    /// Returns the holder for a connected account.
    fn from(id: StripeAccountId) -> Self {
        Self(id.into())
    }
}

impl Qualify for HolderId {
    fn qualify(&mut self, account: &StripeAccountId) {
        self.0 = qualified(account, &self.0);
    }
}

impl From<HolderId> for String {
    fn from(id: HolderId) -> Self {
        id.0
    }
}

impl fmt::Display for HolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for HolderId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        crate::openapi::holder(MAX_LENGTH)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for HolderId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_tells_the_kinds_of_holders_apart() {
        for (text, kind, at_stripe) in [
            ("cus_1", HolderKind::Customer, "cus_1"),
            ("acct_1", HolderKind::ConnectedAccount, "acct_1"),
            ("customer_account_acct_1", HolderKind::CustomerAccount, "acct_1"),
            ("acct_2.cus_1", HolderKind::Customer, "cus_1"),
            ("acct_2.acct_1", HolderKind::ConnectedAccount, "acct_1"),
            ("acct_2.customer_account_acct_1", HolderKind::CustomerAccount, "acct_1"),
        ] {
            let holder = HolderId::try_from(text).unwrap();
            assert_eq!((holder.kind(), holder.at_stripe(), holder.as_str()), (kind, at_stripe, text));
            let account = text.starts_with("acct_2.").then(|| "acct_2".parse().unwrap());
            assert_eq!(holder.stripe_account(), account);
        }
    }

    #[test]
    fn other_texts_are_no_holders() {
        for text in [
            "",
            "fca_1",
            "acct_",
            "customer_account_",
            "customer_account_cus_1",
            "acct_1/x",
            ".cus_1",
            "cus_1.cus_2",
            "acct_1.",
            "acct_1.fca_1",
            "acct_1.acct_2.cus_1",
            "customer_account_acct_1.cus_1",
        ] {
            assert!(HolderId::try_from(text).is_err(), "{text}");
        }
        for prefix in ["cus_", "acct_", "customer_account_acct_"] {
            let longest = format!("{prefix}{}", "1".repeat(MAX_LENGTH - prefix.len()));
            assert!(HolderId::try_from(longest.as_str()).is_ok(), "{longest}");
            assert!(HolderId::try_from(longest + "1").is_err(), "{prefix}");
        }
        let twice = "customer_account_customer_account_acct_1";
        assert!(HolderId::try_from(twice).is_err());
    }

    #[test]
    fn a_kind_of_holder_has_one_name_in_texts_and_in_json() {
        for kind in HolderKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(HolderKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(HolderKind::from_name("nobody"), None);
        let json = serde_json::json!("customer_account_acct_1");
        let holder: HolderId = serde_json::from_value(json.clone()).unwrap();
        assert_eq!((serde_json::to_value(&holder).unwrap(), holder.to_string().into()), (json.clone(), json));
    }
}
