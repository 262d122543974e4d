//! Authorizations: a customer's bank login, under which accounts are linked.

use serde::{Deserialize, Serialize};

use super::{
    AccountHolder, World,
    account::{Action, Status},
};

/// A Financial Connections authorization. Its status is computed from its accounts, so the two can't disagree.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) id: String,
    pub(crate) holder: Option<AccountHolder>,
    pub(crate) institution: String,
}

/// Status of an authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthorizationStatus {
    /// At least one account works; `notice` has the first expected deactivation.
    Active { notice: Option<(Action, i64)> },
    /// No account works; the action says if a relink can repair one.
    Inactive(Action),
    /// All accounts were disconnected.
    Disconnected,
}

impl World {
    pub(crate) fn authorization_status(&self, authorization: &Authorization) -> AuthorizationStatus {
        let mut notices = Vec::new();
        let (mut active, mut broken) = (false, None);
        for account in self.accounts.iter().filter(|account| account.authorization == authorization.id) {
            match &account.status {
                Status::Active(notice) => {
                    active = true;
                    notices.extend(notice.as_ref().map(|one| (one.action, one.expected_deactivation_date)));
                }
                Status::Inactive { action: Action::RelinkRequired, .. } => {
                    broken = Some(Action::RelinkRequired);
                }
                Status::Inactive { action: Action::None, .. } => broken = broken.or(Some(Action::None)),
                Status::Disconnected => {}
            }
        }
        match (active, broken) {
            (true, _) => {
                AuthorizationStatus::Active { notice: notices.into_iter().min_by_key(|(_, date)| *date) }
            }
            (false, Some(action)) => AuthorizationStatus::Inactive(action),
            (false, None) => AuthorizationStatus::Disconnected,
        }
    }
}
