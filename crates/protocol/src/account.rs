//! The customer's accounts as the server describes them to the page.

use serde::{Deserialize, Serialize};

use crate::stripe::{self, BlockReason, BlockRemedy, Permission, Subcategory};
use crate::{AccountId, BankTrouble, Choice, Condition, PermissionChange, Purpose, Reported, SessionId};

/// Response of `GET /api/accounts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overview {
    /// Merchant's name, as its customers know it.
    pub merchant: String,
    /// Purpose for which the merchant uses the accounts.
    pub purpose: Purpose,
    /// True if a relink requires the very same account; otherwise any eligible account at the same bank will do.
    pub exact: bool,
    /// True if the customer may link another account in place of a broken one. False for a customer who came by an
    /// emailed link.
    pub allows_another: bool,
    /// Merchant's help for customers: a web address or a `mailto:` address.
    pub help_url: Option<String>,
    /// True if the server's own page can sign the customer in, so that it can be offered where the merchant's page
    /// blocks relink.
    #[serde(default)]
    pub own_page: bool,
    /// All accounts of the customer that the token allows.
    pub accounts: Vec<AccountSummary>,
    /// Attempt that still waits for Stripe or for the customer, because the page was reloaded or closed in the middle
    /// of it.
    pub unfinished: Option<UnfinishedRelink>,
    /// URL of Stripe.js, so that the page can fetch it while the customer reads.
    pub stripe_js: String,
    /// Changes whenever anything in this response changes; while the page is open, `GET /api/changes` reports new
    /// versions.
    pub version: String,
}

impl Overview {
    /// Returns the account with this identifier.
    pub fn account(&self, id: &AccountId) -> Option<&AccountSummary> {
        self.accounts.iter().find(|account| account.name.id == *id)
    }
}

/// An account as the customer recognizes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountName {
    /// `fca_…`
    pub id: AccountId,
    /// The bank.
    pub institution_name: String,
    /// Last digits of the account number.
    pub last4: Option<String>,
    /// Bank's name for the account.
    pub display_name: Option<String>,
    /// Checking, savings and so on.
    pub subcategory: Subcategory,
}

impl AccountName {
    /// True if a customer can't tell the two apart: same bank, digits, kind and name. An account without digits matches
    /// none.
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

/// One of the customer's accounts, with its condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "FlatSummary")]
pub struct AccountSummary {
    /// The account.
    #[serde(flatten)]
    pub name: AccountName,
    /// Condition of the connection.
    pub condition: Condition,
    /// Difference between what the customer shares now and what a relink will ask for.
    pub permissions: PermissionChange<Permission>,
    /// Other accounts of the same bank login that a relink of this one repairs too.
    pub also_repairs: Vec<AccountId>,
    /// Block of the account's payment method: Stripe debits it no longer, although the connection may work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<BlockedPayments>,
    /// Trouble of the bank, at which a relink would fail now; `None` if it works or that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_trouble: Option<BankTrouble>,
    /// True if the account works, and the merchant asks for more than the customer shares: `permissions` has the
    /// difference, and a relink grants it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub updatable: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl AccountSummary {
    /// True if the customer can repair the account by a relink, or share more of it.
    pub fn is_relinkable(&self) -> bool {
        self.updatable || self.condition.is_repairable()
    }
}

/// Payments from an account that Stripe blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockedPayments {
    /// Stripe's reason.
    pub reason: BlockReason,
    /// Remedy for it.
    pub remedy: BlockRemedy,
}

/// An account as it is read. Listing the fields of the name takes much less code in the page than `flatten`, which first
/// stores every field as any kind of value.
#[derive(Deserialize)]
struct FlatSummary {
    id: AccountId,
    institution_name: String,
    last4: Option<String>,
    display_name: Option<String>,
    subcategory: Subcategory,
    condition: Condition,
    permissions: PermissionChange<Permission>,
    also_repairs: Vec<AccountId>,
    #[serde(default)]
    blocked: Option<BlockedPayments>,
    #[serde(default)]
    bank_trouble: Option<BankTrouble>,
    #[serde(default)]
    updatable: bool,
}

impl From<FlatSummary> for AccountSummary {
    fn from(flat: FlatSummary) -> Self {
        let FlatSummary { id, institution_name, last4, display_name, subcategory, .. } = flat;
        let name = AccountName { id, institution_name, last4, display_name, subcategory };
        let FlatSummary { condition, permissions, also_repairs, blocked, bank_trouble, updatable, .. } = flat;
        Self { name, condition, permissions, also_repairs, blocked, bank_trouble, updatable }
    }
}

/// An attempt that began in this browser session and is not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnfinishedRelink {
    /// Session of the attempt.
    pub session: SessionId,
    /// Account to repair or replace.
    pub account: AccountId,
    /// Customer's choice.
    pub choice: Choice,
    /// Newest report of the page: after `Finished` it is worth waiting; `Unknown` means that the customer was still at
    /// the bank.
    pub reported: Reported,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::Cause;

    fn summary(id: &str) -> AccountSummary {
        serde_json::from_value(serde_json::json!({
            "id": id, "institution_name": "Alder Bank", "last4": "6789", "display_name": null,
            "subcategory": "checking", "condition": "healthy",
            "permissions": {"new": [], "stays": [], "goes": []}, "also_repairs": []
        }))
        .unwrap()
    }

    #[test]
    fn an_account_is_found_by_its_identifier() {
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

    #[test]
    fn a_relink_is_for_accounts_that_are_broken_or_share_too_little() {
        let broken = Condition::Broken { cause: Cause::AccessExpired };
        for (condition, updatable, expected) in [
            (Condition::Healthy, false, false),
            (Condition::Healthy, true, true),
            (broken.clone(), false, true),
            (broken, true, true),
        ] {
            let account = AccountSummary { condition, updatable, ..summary("fca_1") };
            assert_eq!(account.is_relinkable(), expected, "{account:?}");
            let json = serde_json::to_value(&account).unwrap();
            assert_eq!(json.get("updatable").is_some(), updatable, "written only where it is true");
            assert_eq!(serde_json::from_value::<AccountSummary>(json).unwrap(), account);
        }
    }
}
