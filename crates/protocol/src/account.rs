//! What the page is told about a customer's accounts.

use serde::{Deserialize, Serialize};

use crate::stripe::{Permission, Subcategory};
use crate::{AccountId, Condition, Reported, SessionId};

/// Answer to `GET /api/accounts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The merchant's name, as its customers know it.
    pub merchant: String,
    /// Every account of the customer's that the token lets them see.
    pub accounts: Vec<AccountSummary>,
    /// An attempt whose outcome is not known: the page was reloaded or closed in the middle of it.
    pub unfinished: Option<UnfinishedRelink>,
    /// Where Stripe.js comes from, so that the page can fetch it while the customer reads.
    pub stripe_js: String,
}

impl Overview {
    /// The account with this identifier.
    pub fn account(&self, id: &AccountId) -> Option<&AccountSummary> {
        self.accounts.iter().find(|account| account.id == *id)
    }
}

/// An account as the customer recognizes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// `fca_…`
    pub id: AccountId,
    /// The bank.
    pub institution_name: String,
    /// The last digits of its number.
    pub last4: Option<String>,
    /// The bank's name for it.
    pub display_name: Option<String>,
    /// Checking, savings and so on.
    pub subcategory: Subcategory,
    /// What is true of the connection.
    pub condition: Condition,
    /// What a relink will ask the customer to share.
    pub shares: Vec<Permission>,
}

/// An attempt that was begun in this browser session and whose outcome is not known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfinishedRelink {
    /// The attempt.
    pub session: SessionId,
    /// The account that it was to repair.
    pub account: AccountId,
    /// What the page last reported of it: `Finished` is worth waiting for, `Unknown` was left at the bank.
    pub reported: Reported,
}
