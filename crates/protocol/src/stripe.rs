//! Stripe's objects as they come over the wire, as far as relink needs them (version `2026-09-30.preview`).
//!
//! Every field that Stripe marks optional or nullable is optional here, so that an older or newer version decodes;
//! what a missing field means is decided by the rules, not by the decoder.

use serde::{Deserialize, Deserializer};

use crate::open_enum::open_enum;
use crate::{AccountId, AuthorizationId, ClientSecret, CustomerId, SessionId};

open_enum!(
    /// Whether Stripe can reach an account.
    AccountStatus { Active = "active", Inactive = "inactive", Disconnected = "disconnected", }
);
open_enum!(
    /// What would help an account.
    Action { None = "none", RelinkRequired = "relink_required", }
);
open_enum!(
    /// Why an account is inactive, or will be.
    Cause {
        /// The customer asked the bank to stop sharing.
        AccessDenied = "access_denied",
        /// The permission ran out.
        AccessExpired = "access_expired",
        AccountClosed = "account_closed",
        AccountUnavailable = "account_unavailable",
        InstitutionRequirement = "institution_requirement",
        Unspecified = "unspecified",
    }
);
open_enum!(
    /// What kind of account the bank says it is.
    Subcategory {
        Checking = "checking",
        Savings = "savings",
        CreditCard = "credit_card",
        LineOfCredit = "line_of_credit",
        Mortgage = "mortgage",
    }
);
open_enum!(
    /// What the merchant may see of an account.
    Permission {
        Balances = "balances",
        Ownership = "ownership",
        PaymentMethod = "payment_method",
        Transactions = "transactions",
    }
);
open_enum!(
    /// How far a session has come. Stripe's event text says `completed` where its enum says `succeeded`.
    SessionStatus {
        Pending = "pending",
        Succeeded = "succeeded",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
);
open_enum!(
    /// Why a relink failed.
    FailureReason {
        /// The customer signed in to the bank but did not share the expected account.
        NoAccount = "no_account",
        /// The customer did not finish signing in.
        NoAuthorization = "no_authorization",
        Unexpected = "other",
    }
);

/// `financial_connections.account`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// `fca_…`
    pub id: AccountId,
    /// Absent in a two-step confirmation: then the account belongs to no customer yet.
    pub account_holder: Option<AccountHolder>,
    /// Only on preview versions.
    pub authorization: Option<AuthorizationId>,
    /// The bank's name for the account.
    pub display_name: Option<String>,
    /// The bank.
    pub institution_name: String,
    /// The last digits of the account's number.
    pub last4: Option<String>,
    /// Money moves on live accounts.
    pub livemode: bool,
    /// What the customer has agreed to share.
    pub permissions: Option<Vec<Permission>>,
    /// Active, inactive or disconnected.
    pub status: AccountStatus,
    /// Why, and what would help. `inactive` is there only on preview versions.
    #[serde(default)]
    pub status_details: Option<StatusDetails>,
    /// Checking, savings and so on.
    pub subcategory: Subcategory,
}

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccountHolder {
    /// Set when `type` is `customer`, as an id or, where expanded, as an object.
    #[serde(default, deserialize_with = "id_or_object")]
    pub customer: Option<CustomerId>,
}

/// The part of `status_details` that belongs to the account's status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct StatusDetails {
    /// What is known of a connection that still works.
    pub active: Option<ActiveDetails>,
    /// What is known of a broken one.
    pub inactive: Option<InactiveDetails>,
}

/// A connection that works now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ActiveDetails {
    /// `relink_required` when it is going to break.
    pub action: Action,
    /// Why it is going to break.
    pub cause: Option<Cause>,
    /// When it is going to break, in seconds since 1970.
    pub expected_deactivation_date: Option<i64>,
}

/// A broken connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InactiveDetails {
    /// `relink_required` when a relink repairs it.
    pub action: Action,
    /// Why it broke.
    pub cause: Cause,
}

/// `financial_connections.session`.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// `fcsess_…`
    pub id: SessionId,
    /// Given when the session is made; passed on to that customer only.
    pub client_secret: Option<ClientSecret>,
    /// What was linked in this session.
    pub accounts: Accounts,
    /// What the relink was asked for; echoed only on preview versions.
    pub relink_options: Option<RelinkOptions>,
    /// What the relink achieved; absent until the customer is done.
    pub relink_result: Option<RelinkResult>,
    /// Only on preview versions.
    pub status: Option<SessionStatus>,
}

/// A session's accounts: a list object from the API; Stripe.js and Stripe's examples have a plain array.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Accounts {
    /// `{object: "list", data, has_more}`
    List {
        /// The first page.
        data: Vec<Account>,
        /// Whether there are more pages.
        has_more: bool,
    },
    /// `[…]`
    Array(Vec<Account>),
}

impl Accounts {
    /// The accounts of the first page.
    pub fn first_page(&self) -> &[Account] {
        match self {
            Self::List { data, .. } => data,
            Self::Array(accounts) => accounts,
        }
    }
}

/// What a relink session is asked to repair.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelinkOptions {
    /// The bank login.
    pub authorization: AuthorizationId,
    /// The one account that must come back, where the merchant needs that one.
    pub account: Option<AccountId>,
}

/// What a relink session achieved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelinkResult {
    /// Only present after a successful relink; may differ from the one asked for.
    pub authorization: Option<AuthorizationId>,
    /// Only present after a successful relink that asked for an account.
    pub account: Option<AccountId>,
    /// Why it failed.
    pub failure_reason: Option<FailureReason>,
}

/// One page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct List<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// Whether there are more pages.
    pub has_more: bool,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_of_a_general_version_decodes_without_the_relink_fields() {
        let account: Account = serde_json::from_value(json!({
            "id": "fca_1", "object": "financial_connections.account", "account_holder": null, "created": 1,
            "display_name": null, "institution_name": "StripeBank", "last4": "6789", "livemode": false,
            "permissions": null, "status": "hibernating", "subcategory": "other", "balance": null
        }))
        .unwrap();
        assert_eq!(account.status, AccountStatus::Other("hibernating".to_owned()));
        assert_eq!((account.authorization, account.status_details), (None, None));
    }

    #[test]
    fn a_holder_may_be_an_id_or_an_expanded_object() {
        for customer in [json!("cus_1"), json!({"id": "cus_1", "object": "customer"})] {
            let holder: AccountHolder =
                serde_json::from_value(json!({"type": "customer", "customer": customer})).unwrap();
            assert_eq!(holder.customer, Some("cus_1".parse().unwrap()));
        }
        let platform: AccountHolder =
            serde_json::from_value(json!({"type": "account", "account": "acct_1"})).unwrap();
        assert_eq!(platform.customer, None);
    }

    #[test]
    fn a_sessions_accounts_may_be_a_list_object_or_an_array() {
        for accounts in [json!([]), json!({"object": "list", "data": [], "has_more": false, "url": "/"})] {
            let session: Session =
                serde_json::from_value(json!({"id": "fcsess_1", "accounts": accounts})).unwrap();
            assert_eq!(session.accounts.first_page(), []);
            assert_eq!(session.relink_result, None);
        }
    }

    #[test]
    fn printing_a_session_shows_no_client_secret() {
        let session: Session = serde_json::from_value(
            json!({"id": "fcsess_1", "accounts": [], "client_secret": "fcsess_client_secret_canary"}),
        )
        .unwrap();
        assert!(!format!("{session:?}").contains("canary"));
    }
}
