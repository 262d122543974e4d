//! `financial_connections.account` and the bank login that it belongs to.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    AccountNumberStatus, AccountStatus, Action, Cause, Feature, IdentifierType, PaymentBlock, Permission,
    RefreshStatus, Subcategory,
};
use crate::{
    AccountId, AuthorizationId, CustomerId, HolderId, HolderKind, InstitutionId, Qualify as _,
    StripeAccountId,
};

/// `financial_connections.account`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// `fca_…`
    pub id: AccountId,
    /// Absent in a two-step confirmation, in which the account has no holder yet.
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
    /// The bank. Only on preview versions.
    #[serde(default)]
    pub institution: Option<InstitutionId>,
    /// Name of the bank.
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
    /// Block of one of its payment methods. Not a field of Stripe's account: the server knows it from the payment method.
    #[serde(skip)]
    pub payment_block: Option<PaymentBlock>,
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
#[serde(from = "HolderFields", into = "HolderFields")]
pub struct AccountHolder {
    /// The holder; `None` if Stripe names one of a kind that is not known here, which is nobody's account.
    pub id: Option<HolderId>,
}

/// Stripe's fields of an account holder, each an id or, where expanded, an object. One of them is set; should Stripe ever
/// name a customer beside their account, the customer counts.
#[derive(Clone, Deserialize, Serialize)]
struct HolderFields {
    #[serde(default, deserialize_with = "id_or_object", skip_serializing_if = "Option::is_none")]
    account: Option<StripeAccountId>,
    #[serde(default, deserialize_with = "id_or_object")]
    customer: Option<CustomerId>,
    #[serde(default, deserialize_with = "id_or_object", skip_serializing_if = "Option::is_none")]
    customer_account: Option<StripeAccountId>,
    /// Connected account whose customer the holder is. Not a field of Stripe's: it is stored here with the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stripe_account: Option<StripeAccountId>,
}

impl From<HolderFields> for AccountHolder {
    fn from(fields: HolderFields) -> Self {
        let HolderFields { account, customer, customer_account, stripe_account } = fields;
        let customer_account = customer_account.map(|account| HolderId::customer_account(&account));
        let id = customer.map(HolderId::from).or(customer_account).or(account.map(HolderId::from));
        let mut holder = Self { id };
        if let Some(account) = stripe_account {
            holder.qualify(&account);
        }
        holder
    }
}

impl From<AccountHolder> for HolderFields {
    fn from(AccountHolder { id }: AccountHolder) -> Self {
        let stripe_account = id.as_ref().and_then(HolderId::stripe_account);
        let mut fields = Self { account: None, customer: None, customer_account: None, stripe_account };
        let Some(id) = id else { return fields };
        match id.kind() {
            HolderKind::Customer => fields.customer = id.at_stripe().parse().ok(),
            HolderKind::ConnectedAccount => fields.account = id.at_stripe().parse().ok(),
            HolderKind::CustomerAccount => fields.customer_account = id.at_stripe().parse().ok(),
        }
        fields
    }
}

impl Account {
    /// Returns the customer who holds the account, if Stripe names one.
    pub fn holder(&self) -> Option<&HolderId> {
        self.account_holder.as_ref().and_then(|holder| holder.id.as_ref())
    }
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

fn id_or_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Expandable<T> {
        Id(T),
        Object { id: T },
    }
    Ok(Option::<Expandable<T>>::deserialize(deserializer)?.map(|value| match value {
        Expandable::Id(id) | Expandable::Object { id } => id,
    }))
}
