//! Linked accounts, as the merchant sees them.

use serde::{Deserialize, Serialize};

use super::{
    AccountHolder, World,
    number::{AccountNumber, DAY},
    planned::Change,
    refresh::{Feature, RefreshRefused, Refreshes},
};

/// A Financial Connections account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) authorization: String,
    pub(crate) holding: String,
    pub(crate) holder: Option<AccountHolder>,
    pub(crate) institution: String,
    pub(crate) name: String,
    #[serde(with = "super::enum_text")]
    pub(crate) subcategory: super::enum_text::EnumText,
    pub(crate) last4: String,
    #[serde(with = "super::enum_text::list")]
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) numbers: Vec<AccountNumber>,
    pub(crate) status: Status,
    pub(crate) refreshes: Refreshes,
    /// Features that are refreshed automatically every day.
    #[serde(with = "super::enum_text::list")]
    pub(crate) subscriptions: Vec<&'static str>,
    /// Overrides whether the account can become a payment method; `None` follows its kind of account.
    #[serde(default)]
    pub(crate) is_payable: Option<bool>,
    /// Unix seconds.
    pub(crate) created: i64,
}

/// State of an account's connection. Causes are open strings, because Stripe may add more at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    /// The connection works; the notice says if it will end soon.
    Active(Option<Notice>),
    /// The connection is broken: `action` says if a relink can repair it, `cause` why it broke.
    Inactive { action: Action, cause: String },
    /// The merchant disconnected the account, permanently.
    Disconnected,
}

/// Announcement that an active account will stop working.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) action: Action,
    pub(crate) cause: String,
    /// Unix seconds.
    pub(crate) expected_deactivation_date: i64,
}

/// Action that repairs an inactive account or authorization, or keeps an active one working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Action {
    /// No action helps.
    None,
    /// The customer signs in to the bank again.
    RelinkRequired,
}

impl Action {
    pub(crate) const WORDS: &'static [&'static str] = &["none", "relink_required"];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::RelinkRequired => "relink_required",
        }
    }
}

impl Status {
    pub(crate) const ACTIVE: Self = Self::Active(None);

    /// True if a relink repairs the account or keeps it from breaking.
    pub(crate) fn needs_relink(&self) -> bool {
        match self {
            Self::Active(notice) => {
                notice.as_ref().is_some_and(|notice| notice.action == Action::RelinkRequired)
            }
            Self::Inactive { action, .. } => *action == Action::RelinkRequired,
            Self::Disconnected => false,
        }
    }
}

impl Account {
    pub(crate) fn has_permission(&self, permission: &str) -> bool {
        self.permissions.contains(&permission)
    }

    /// Applies a relink: the account works again, with the new permissions and fresh numbers.
    pub(super) fn relink(&mut self, permissions: &[&'static str], now: i64) {
        self.status = Status::ACTIVE;
        permissions.clone_into(&mut self.permissions);
        for number in &mut self.numbers {
            number.renew(now);
        }
    }
}

impl World {
    /// Subscribes to all of the features, or to none if one is refused.
    pub(crate) fn subscribe(&mut self, id: &str, features: &[Feature]) -> Result<(), RefreshRefused> {
        let Some(account) = self.accounts.iter_mut().find(|account| account.id == id) else { return Ok(()) };
        account.allows(features)?;
        let given = |feature: &Feature| features.contains(feature);
        let had = account.subscriptions.clone();
        let wanted = |feature: &Feature| given(feature) || had.contains(&feature.as_str());
        account.subscriptions = Feature::ALL.into_iter().filter(wanted).map(Feature::as_str).collect();
        for feature in features.iter().filter(|feature| !had.contains(&feature.as_str())) {
            self.plan_change(self.now + DAY, Change::Refresh { account: id.to_owned(), feature: *feature });
        }
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, id: &str, features: &[Feature]) {
        for account in self.accounts.iter_mut().filter(|account| account.id == id) {
            account.subscriptions.retain(|had| features.iter().all(|feature| feature.as_str() != *had));
        }
    }

    /// Disconnects an account permanently and ends its subscriptions.
    pub(crate) fn disconnect(&mut self, id: &str) {
        for account in self.accounts.iter_mut().filter(|account| account.id == id) {
            account.status = Status::Disconnected;
            account.subscriptions.clear();
        }
    }
}
