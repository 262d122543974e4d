//! `financial_connections.account` and the bank login that it belongs to.

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
    /// Absent in a two-step confirmation, in which the account belongs to no customer yet.
    pub account_holder: Option<AccountHolder>,
    /// Numbers to pay from or to. Absent without the permission `payment_method`.
    pub account_numbers: Option<Vec<AccountNumber>>,
    /// Bank login. Only on preview versions.
    pub authorization: Option<AuthorizationId>,
    /// Newest refresh of the balance.
    pub balance_refresh: Option<Refresh>,
    /// Time of linking, in seconds since 1970.
    #[serde(default)]
    pub created: Option<i64>,
    /// Bank's name for the account.
    pub display_name: Option<String>,
    /// The bank.
    pub institution_name: String,
    /// Last digits of the account number.
    pub last4: Option<String>,
    /// True for accounts with which real money moves.
    pub livemode: bool,
    /// Newest refresh of the owners.
    pub ownership_refresh: Option<Refresh>,
    /// Permissions that the customer has granted.
    pub permissions: Option<Vec<Permission>>,
    /// Active, inactive or disconnected.
    pub status: AccountStatus,
    /// Reason for the status, and the remedy. `inactive` exists only on preview versions.
    #[serde(default)]
    pub status_details: Option<StatusDetails>,
    /// Checking, savings and so on.
    pub subcategory: Subcategory,
    /// Data that Stripe keeps up to date automatically.
    pub subscriptions: Option<Vec<Feature>>,
    /// Newest refresh of the transactions.
    pub transaction_refresh: Option<Refresh>,
}

/// One of an account's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountNumber {
    /// Expected expiry of a tokenized number, in seconds since 1970.
    pub expected_expiry_date: Option<i64>,
    /// The account's own number, or one that the bank made for Stripe.
    pub identifier_type: IdentifierType,
    /// Usability for payments.
    pub status: AccountNumberStatus,
}

/// Newest refresh of one kind of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refresh {
    /// Pending until the bank has responded to Stripe.
    pub status: RefreshStatus,
    /// Time of the attempt, in seconds since 1970.
    pub last_attempted_at: i64,
    /// Time from which another refresh is possible, in seconds since 1970; unknown while this one is pending.
    pub next_refresh_available_at: Option<i64>,
}

/// Holder of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHolder {
    /// Set when `type` is `customer`, as an id or, where expanded, as an object.
    #[serde(default, deserialize_with = "id_or_object")]
    pub customer: Option<CustomerId>,
}

/// The part of `status_details` that belongs to the account's status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDetails {
    /// Set for an active connection.
    pub active: Option<ActiveDetails>,
    /// Set for an inactive connection.
    pub inactive: Option<InactiveDetails>,
}

/// Details of a connection that works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveDetails {
    /// `relink_required` if it is about to break.
    pub action: Action,
    /// Reason why it is about to break.
    pub cause: Option<Cause>,
    /// Expected time of the break, in seconds since 1970.
    pub expected_deactivation_date: Option<i64>,
}

/// Details of a broken connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InactiveDetails {
    /// `relink_required` if a relink repairs it.
    pub action: Action,
    /// Reason for the break.
    pub cause: Cause,
}

/// `financial_connections.authorization`: one bank login, shared by all accounts that were linked with it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Authorization {
    /// `fcauth_…`
    pub id: AuthorizationId,
    /// The bank.
    #[serde(default)]
    pub institution_name: Option<String>,
    /// Active, inactive or disconnected.
    pub status: AccountStatus,
    /// Remedy.
    #[serde(default)]
    pub status_details: Option<AuthorizationDetails>,
}

/// The part of an authorization's `status_details` that belongs to its status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct AuthorizationDetails {
    /// Set for an active login.
    pub active: Option<Remedy>,
    /// Set for an inactive login. Stripe gives no cause here.
    pub inactive: Option<Remedy>,
}

/// Remedy for an authorization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Remedy {
    /// `relink_required` if a relink helps.
    pub action: Action,
    /// Expected time of the break of an active login, in seconds since 1970.
    #[serde(default)]
    pub expected_deactivation_date: Option<i64>,
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
