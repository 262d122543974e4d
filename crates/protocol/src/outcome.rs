//! What one attempt means for the customer's accounts: which work again, which are new, which still need them.

use serde::{Deserialize, Serialize};

use crate::stripe::Account;
use crate::{AccountId, AccountName, Achieved, AuthorizationId, Purpose, Requested};

/// What one attempt came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelinkOutcome {
    /// Stripe does not know yet; ask again shortly.
    Pending,
    /// What was asked for works again.
    Relinked(Connected),
    /// Another account than the one that money moves with was linked: the only one in `added`.
    NewAccount(Connected),
    /// The bank made a new login of it, or a bank was added: some accounts may be restored, others new.
    NewAuthorization(Connected),
    /// The right bank, but not that account.
    NoAccount,
    /// The bank login was not finished.
    NoAuthorization,
    /// Something else prevented it, or a reason that is newer than this code.
    Failed,
    /// The customer closed the window; nothing was changed.
    Cancelled,
}

impl RelinkOutcome {
    /// What was connected, where something was.
    pub fn connected(&self) -> Option<&Connected> {
        match self {
            Self::Relinked(connected) | Self::NewAccount(connected) | Self::NewAuthorization(connected) => {
                Some(connected)
            }
            Self::Pending | Self::NoAccount | Self::NoAuthorization | Self::Failed | Self::Cancelled => None,
        }
    }
}

/// The customer's accounts after a successful attempt, compared with those before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Known before, and connected now.
    pub restored: Vec<AccountName>,
    /// Not known before.
    pub added: Vec<AccountName>,
    /// Of the login that was to be repaired, and still not connected.
    pub still_broken: Vec<AccountName>,
    /// What the customer agrees to by paying from an added account, in the words that the server keeps; `None` where
    /// that is not on offer.
    pub mandate: Option<String>,
}

/// An account that the customer had when the session was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAccount {
    /// The account.
    pub name: AccountName,
    /// The login that it belonged to.
    pub authorization: Option<AuthorizationId>,
    /// Whether it was inactive.
    pub was_broken: bool,
}

/// What there is to compare after a session.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What the merchant uses accounts for.
    pub purpose: Purpose,
    /// What the session was asked for.
    pub requested: &'a Requested,
    /// The customer's accounts when it was made.
    pub before: &'a [KnownAccount],
    /// The accounts that the session linked, all pages.
    pub linked: &'a [Account],
    /// Those of the customer's accounts that are active now; a relink may repair more than the session lists.
    pub active: &'a [AccountId],
}

/// Says what the session achieved in the customer's terms.
pub fn outcome(achieved: Achieved, evidence: Evidence<'_>) -> RelinkOutcome {
    let new_authorization = match achieved {
        Achieved::Pending => return RelinkOutcome::Pending,
        Achieved::NoAccount => return RelinkOutcome::NoAccount,
        Achieved::NoAuthorization => return RelinkOutcome::NoAuthorization,
        Achieved::Failed => return RelinkOutcome::Failed,
        Achieved::Cancelled => return RelinkOutcome::Cancelled,
        Achieved::NewAuthorization => true,
        Achieved::Linked => *evidence.requested == Requested::Anything,
    };
    let connected = evidence.compare();
    if evidence.purpose.moves_money() {
        match (connected.restored.len(), connected.added.len()) {
            (0, 1) => RelinkOutcome::NewAccount(connected),
            (_, 0) => RelinkOutcome::Relinked(connected),
            // More than the one that was asked for.
            _ => RelinkOutcome::NewAuthorization(connected),
        }
    } else if new_authorization {
        RelinkOutcome::NewAuthorization(connected)
    } else {
        RelinkOutcome::Relinked(connected)
    }
}

impl Evidence<'_> {
    fn compare(&self) -> Connected {
        let mut connected = Connected::default();
        // An exact account is repaired because Stripe says so, even where the session lists nothing.
        let named = self.before.iter().filter(|known| self.is_requested(known));
        connected.restored.extend(named.map(|known| known.name.clone()));
        let mut continued: Vec<&AccountId> = Vec::new();
        for account in self.linked {
            let name = AccountName::from(account.clone());
            if connected.restored.iter().any(|restored| restored.id == name.id) {
                continue;
            }
            if self.before.iter().any(|known| known.name.id == name.id) {
                connected.restored.push(name);
            } else if let Some(old) = self.continues(&name) {
                continued.push(&old.name.id);
                connected.restored.push(name);
            } else {
                connected.added.push(name);
            }
        }
        for known in self.before.iter().filter(|known| known.was_broken && self.is_beside(known)) {
            let id = &known.name.id;
            if continued.contains(&id) || connected.restored.iter().any(|restored| restored.id == *id) {
                continue;
            }
            let list =
                if self.active.contains(id) { &mut connected.restored } else { &mut connected.still_broken };
            list.push(known.name.clone());
        }
        connected
    }

    fn is_requested(&self, known: &KnownAccount) -> bool {
        matches!(self.requested, Requested::Account { account, .. } if known.name.id == *account)
    }

    /// Whether a known account hangs on the login that was to be repaired.
    fn is_beside(&self, known: &KnownAccount) -> bool {
        match self.requested {
            Requested::Account { authorization, .. } | Requested::Authorization(authorization) => {
                known.authorization.as_ref() == Some(authorization)
            }
            Requested::Anything => false,
        }
    }

    /// The broken account that came back under this new identifier, if there is exactly one that looks like it, is not
    /// back under its own, and nothing else that was linked looks like it. Where money moves none did: what was made with the old identifier still
    /// points to the old account.
    fn continues(&self, new: &AccountName) -> Option<&KnownAccount> {
        if self.purpose.moves_money() {
            return None;
        }
        let is_linked = |id: &AccountId| self.linked.iter().any(|account| account.id == *id);
        let mut alike = self.before.iter().filter(|known| {
            let id = &known.name.id;
            let is_back = is_linked(id) || self.active.contains(id) || self.is_requested(known);
            known.was_broken && known.name.looks_like(new) && !is_back
        });
        let (Some(known), None) = (alike.next(), alike.next()) else { return None };
        let rivals =
            self.linked.iter().filter(|account| AccountName::from((*account).clone()).looks_like(new));
        (rivals.count() == 1).then_some(known)
    }
}

#[cfg(test)]
mod tests;
