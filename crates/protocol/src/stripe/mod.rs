//! Stripe's objects on the wire, as far as relink needs them (version `2026-09-30.preview`).
//!
//! Every field that Stripe marks optional or nullable is optional here, so that older and newer versions decode. The
//! rules, not the decoder, decide what a missing field means.

mod account;
mod institution;
mod payment;
mod payment_block;
mod qualify;
mod session;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use self::account::{
    Account, AccountHolder, AccountNumber, ActiveDetails, Authorization, AuthorizationDetails,
    InactiveDetails, Refresh, Remedy, StatusDetails,
};
pub use self::institution::{FeatureSupport, Institution, InstitutionFeatures};
pub use self::payment::{
    BankAccountDetails, BlockedDetails, Customer, InvoiceSettings, PaymentBankAccount, PaymentMethod,
    SetupIntent, Subscription,
};
pub use self::payment_block::{BlockRemedy, PaymentBlock};
pub use self::session::{Accounts, BankAccountToken, RelinkOptions, RelinkResult, Session};
use crate::open_enum::open_enum;

open_enum!(
    /// Status of the connection to an account.
    AccountStatus { Active = "active", Inactive = "inactive", Disconnected = "disconnected", }
);
open_enum!(
    /// Remedy for an account.
    Action { None = "none", RelinkRequired = "relink_required", }
);
open_enum!(
    /// Reason why an account is or will be inactive.
    Cause {
        /// The customer asked the bank to stop sharing.
        AccessDenied = "access_denied",
        /// The customer's permission expired.
        AccessExpired = "access_expired",
        AccountClosed = "account_closed",
        AccountUnavailable = "account_unavailable",
        InstitutionRequirement = "institution_requirement",
        Unspecified = "unspecified",
    }
);
open_enum!(
    /// Kind of account, according to the bank.
    Subcategory {
        Checking = "checking",
        Savings = "savings",
        CreditCard = "credit_card",
        LineOfCredit = "line_of_credit",
        Mortgage = "mortgage",
    }
);
open_enum!(
    /// Data of an account that the merchant may read or use.
    Permission {
        Balances = "balances",
        Ownership = "ownership",
        PaymentMethod = "payment_method",
        Transactions = "transactions",
    }
);
open_enum!(
    /// Status of a session. Stripe's description of events says `completed` where its enum says `succeeded`.
    SessionStatus {
        Pending = "pending",
        Succeeded = "succeeded",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
);
open_enum!(
    /// Usability of an account number for payments.
    AccountNumberStatus {
        Transactable = "transactable",
        Deactivated = "deactivated",
        Expired = "expired",
        Pending = "pending",
    }
);
open_enum!(
    /// Kind of account number: the account's own, or one that the bank made for Stripe.
    IdentifierType { AccountNumber = "account_number", TokenizedAccountNumber = "tokenized_account_number", }
);
open_enum!(
    /// Status of a refresh of an account's data.
    RefreshStatus { Pending = "pending", Succeeded = "succeeded", Failed = "failed", }
);
open_enum!(
    /// Data of an account that Stripe can refresh, or keep up to date.
    Feature { Balance = "balance", Ownership = "ownership", Transactions = "transactions", }
);
open_enum!(
    /// Reason for which Stripe no longer debits a bank account.
    BlockReason {
        BankAccountClosed = "bank_account_closed",
        BankAccountFrozen = "bank_account_frozen",
        /// No account has these numbers.
        BankAccountInvalidDetails = "bank_account_invalid_details",
        BankAccountRestricted = "bank_account_restricted",
        BankAccountUnusable = "bank_account_unusable",
        /// The customer has revoked the authorization, or disputes it.
        DebitNotAuthorized = "debit_not_authorized",
        /// The bank has revoked the number that it made for Stripe.
        TokenizedAccountNumberDeactivated = "tokenized_account_number_deactivated",
    }
);
open_enum!(
    /// Status of a bank in the bank window.
    InstitutionStatus { Active = "active", Degraded = "degraded", Inactive = "inactive", }
);
open_enum!(
    /// Status of a setup intent.
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
    /// Reason why a relink failed.
    FailureReason {
        /// The customer signed in to the bank but did not share the expected account.
        NoAccount = "no_account",
        /// The customer did not finish signing in.
        NoAuthorization = "no_authorization",
        /// Anything else prevented it. Relink calls this result `Failed`, and `failed` in its own messages.
        Failed = "other",
    }
);

/// One page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct List<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// True if there are more pages.
    pub has_more: bool,
}
