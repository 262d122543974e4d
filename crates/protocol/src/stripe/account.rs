//! `financial_connections.account` and the login that it hangs on.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    AccountNumberStatus, AccountStatus, Action, Cause, Feature, IdentifierType, Permission, RefreshStatus,
    Subcategory,
};
use crate::{AccountId, AuthorizationId, CustomerId};

/// `financial_connections.account`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// `fca_…`
    pub id: AccountId,
    /// Absent in a two-step confirmation: then the account belongs to no customer yet.
    pub account_holder: Option<AccountHolder>,
    /// What can be paid from or to. Absent without the permission `payment_method`.
    pub account_numbers: Option<Vec<AccountNumber>>,
    /// Only on preview versions.
    pub authorization: Option<AuthorizationId>,
    /// How far the newest refresh of the balance is.
    pub balance_refresh: Option<Refresh>,
    /// When it was linked, in seconds since 1970.
    #[serde(default)]
    pub created: Option<i64>,
    /// The bank's name for the account.
    pub display_name: Option<String>,
    /// The bank.
    pub institution_name: String,
    /// The last digits of the account's number.
    pub last4: Option<String>,
    /// Money moves on live accounts.
    pub livemode: bool,
    /// How far the newest refresh of the owners is.
    pub ownership_refresh: Option<Refresh>,
    /// What the customer has agreed to share.
    pub permissions: Option<Vec<Permission>>,
    /// Active, inactive or disconnected.
    pub status: AccountStatus,
    /// Why, and what would help. `inactive` is there only on preview versions.
    #[serde(default)]
    pub status_details: Option<StatusDetails>,
    /// Checking, savings and so on.
    pub subcategory: Subcategory,
    /// What Stripe keeps up to date by itself.
    pub subscriptions: Option<Vec<Feature>>,
    /// How far the newest refresh of the transactions is.
    pub transaction_refresh: Option<Refresh>,
}

/// One of an account's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountNumber {
    /// When a tokenized number stops to work, in seconds since 1970.
    pub expected_expiry_date: Option<i64>,
    /// The account's own, or one that the bank made for Stripe.
    pub identifier_type: IdentifierType,
    /// Whether money can move.
    pub status: AccountNumberStatus,
}

/// How far the newest refresh of one kind of data is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// Pending until Stripe has an answer from the bank.
    pub status: RefreshStatus,
    /// In seconds since 1970.
    pub last_attempted_at: i64,
    /// In seconds since 1970; unknown while it is pending.
    pub next_refresh_available_at: Option<i64>,
}

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHolder {
    /// Set when `type` is `customer`, as an id or, where expanded, as an object.
    #[serde(default, deserialize_with = "id_or_object")]
    pub customer: Option<CustomerId>,
}

/// The part of `status_details` that belongs to the account's status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDetails {
    /// What is known of a connection that still works.
    pub active: Option<ActiveDetails>,
    /// What is known of a broken one.
    pub inactive: Option<InactiveDetails>,
}

/// A connection that works now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveDetails {
    /// `relink_required` when it is going to break.
    pub action: Action,
    /// Why it is going to break.
    pub cause: Option<Cause>,
    /// When it is going to break, in seconds since 1970.
    pub expected_deactivation_date: Option<i64>,
}

/// A broken connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InactiveDetails {
    /// `relink_required` when a relink repairs it.
    pub action: Action,
    /// Why it broke.
    pub cause: Cause,
}

/// `financial_connections.authorization`: one bank login, for all accounts that were linked with it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Authorization {
    /// `fcauth_…`
    pub id: AuthorizationId,
    /// Active, inactive or disconnected.
    pub status: AccountStatus,
    /// What would help.
    #[serde(default)]
    pub status_details: Option<AuthorizationDetails>,
}

/// The part of an authorization's `status_details` that belongs to its status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct AuthorizationDetails {
    /// Of a login that still works.
    pub active: Option<Remedy>,
    /// Of a broken one. Stripe says no cause here.
    pub inactive: Option<Remedy>,
}

/// What would help an authorization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Remedy {
    /// `relink_required` when a relink helps.
    pub action: Action,
}

fn id_or_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CustomerId>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Expandable {
        Id(CustomerId),
        Object { id: CustomerId },
    }
    Ok(Option::<Expandable>::deserialize(deserializer)?.map(|value| match value {
        Expandable::Id(id) | Expandable::Object { id } => id,
    }))
}
