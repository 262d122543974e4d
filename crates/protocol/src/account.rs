//! What the page is told about a customer's accounts.

use serde::{Deserialize, Serialize};

use crate::stripe::{self, Permission, Subcategory};
use crate::{AccountId, Choice, Condition, PermissionChange, Purpose, Reported, SessionId};

/// Answer to `GET /api/accounts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The merchant's name, as its customers know it.
    pub merchant: String,
    /// What the merchant uses the accounts for.
    pub purpose: Purpose,
    /// Whether a relink asks for the very account; otherwise any eligible one at the same bank will do.
    pub exact: bool,
    /// Whether the customer may link another account in the place of one. Not by a link that was mailed to them.
    pub allows_another: bool,
    /// Where the merchant helps its customers: an address of the web or of a mailbox.
    pub help_url: Option<String>,
    /// The server's own page can sign the customer in, so that it is a way out where the merchant's page blocks us.
    #[serde(default)]
    pub own_page: bool,
    /// Every account of the customer's that the token lets them see.
    pub accounts: Vec<AccountSummary>,
    /// An attempt that still waits for an answer, of Stripe's or of the customer's: the page was reloaded or closed in
    /// the middle of it.
    pub unfinished: Option<UnfinishedRelink>,
    /// Where Stripe.js comes from, so that the page can fetch it while the customer reads.
    pub stripe_js: String,
    /// Another one whenever something has changed that this tells of; `GET /api/changes` says so while the page is open.
    pub version: String,
}

impl Overview {
    /// The account with this identifier.
    pub fn account(&self, id: &AccountId) -> Option<&AccountSummary> {
        self.accounts.iter().find(|account| account.name.id == *id)
    }
}

/// An account as the customer recognizes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountName {
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
}

impl AccountName {
    /// Whether both are, by all that a customer can see, the same account at the same bank. An account without digits
    /// looks like none.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.last4.is_some()
            && self.last4 == other.last4
            && self.institution_name == other.institution_name
            && self.subcategory == other.subcategory
            && self.display_name == other.display_name
    }
}

impl From<stripe::Account> for AccountName {
    fn from(account: stripe::Account) -> Self {
        Self {
            id: account.id,
            institution_name: account.institution_name,
            last4: account.last4,
            display_name: account.display_name,
            subcategory: account.subcategory,
        }
    }
}

/// One of the customer's accounts, with what is true of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// The account.
    #[serde(flatten)]
    pub name: AccountName,
    /// What is true of the connection.
    pub condition: Condition,
    /// What a relink will ask the customer to share, beside what is shared now.
    pub permissions: PermissionChange<Permission>,
    /// Other accounts, of the same bank login, that a relink of this one repairs too.
    pub also_repairs: Vec<AccountId>,
}

/// An attempt that was begun in this browser session and still waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfinishedRelink {
    /// The attempt.
    pub session: SessionId,
    /// The account that it was to repair or replace.
    pub account: AccountId,
    /// What the customer had chosen.
    pub choice: Choice,
    /// What the page last reported of it: `Finished` is worth waiting for, `Unknown` was left at the bank.
    pub reported: Reported,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_identifier() {
        let summary = |id: &str| -> AccountSummary {
            serde_json::from_value(serde_json::json!({
                "id": id, "institution_name": "Alder Bank", "last4": "6789", "display_name": null,
                "subcategory": "checking", "condition": "healthy",
                "permissions": {"new": [], "stays": [], "goes": []}, "also_repairs": []
            }))
            .unwrap()
        };
        let overview = Overview {
            merchant: "Northwind".to_owned(),
            purpose: Purpose::Payments,
            exact: true,
            allows_another: true,
            help_url: None,
            own_page: true,
            accounts: vec![summary("fca_1"), summary("fca_2")],
            unfinished: None,
            stripe_js: String::new(),
            version: String::new(),
        };
        assert_eq!(overview.account(&"fca_2".parse().unwrap()), Some(&summary("fca_2")));
        assert_eq!(overview.account(&"fca_3".parse().unwrap()), None);
    }
}
