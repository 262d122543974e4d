//! Stripe's objects as they come over the wire, as far as relink needs them (version `2026-09-30.preview`).
//!
//! Every field that Stripe marks optional or nullable is optional here, so that an older or newer version decodes;
//! what a missing field means is decided by the rules, not by the decoder.

mod account;
mod payment;
mod session;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use self::account::{
    Account, AccountHolder, AccountNumber, ActiveDetails, Authorization, AuthorizationDetails,
    InactiveDetails, Refresh, Remedy, StatusDetails,
};
pub use self::payment::{Customer, PaymentMethod, SetupIntent};
pub use self::session::{Accounts, RelinkOptions, RelinkResult, Session};
use crate::open_enum::open_enum;

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
    /// What an account number is worth for payments.
    AccountNumberStatus {
        Transactable = "transactable",
        Deactivated = "deactivated",
        Expired = "expired",
        Pending = "pending",
    }
);
open_enum!(
    /// Whether a number is the account's own or one that the bank made for Stripe.
    IdentifierType { AccountNumber = "account_number", TokenizedAccountNumber = "tokenized_account_number", }
);
open_enum!(
    /// How far a refresh of an account's data is.
    RefreshStatus { Pending = "pending", Succeeded = "succeeded", Failed = "failed", }
);
open_enum!(
    /// Data of an account that can be fetched anew, or kept up to date.
    Feature { Balance = "balance", Ownership = "ownership", Transactions = "transactions", }
);
open_enum!(
    /// How far a setup intent is.
    SetupIntentStatus {
        Succeeded = "succeeded",
        Processing = "processing",
        RequiresAction = "requires_action",
        RequiresConfirmation = "requires_confirmation",
        RequiresPaymentMethod = "requires_payment_method",
        Canceled = "canceled",
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

/// One page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct List<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// Whether there are more pages.
    pub has_more: bool,
}
