//! The merchant's account, or a connected one, as the account object of Connect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::World;

/// Id of the merchant's own account.
const OWN: &str = "acct_Sandbox";

/// Fields of the account that the API can change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Merchant {
    /// `None` is a company.
    pub(crate) business_type: Option<String>,
    /// Name in the business profile, for customers.
    pub(crate) business_name: Option<String>,
    /// Name in the dashboard.
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl World {
    /// Returns the id of the account whose world this is.
    pub(crate) fn merchant_id(&self) -> &str {
        self.connected_account.as_deref().unwrap_or(OWN)
    }

    pub(crate) fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    pub(crate) fn set_merchant(&mut self, merchant: Merchant) {
        self.merchant = merchant;
    }

    /// Returns a world of an account, connected at `created`, that has nothing but these fields.
    pub(crate) fn of_connected(account: &str, merchant: Merchant, created: i64) -> Self {
        let connected_account = Some(account.to_owned());
        Self { connected_account, merchant, account_created: created, ..Self::default() }
    }
}
