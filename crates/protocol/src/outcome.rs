//! Outcome of an attempt for the customer's accounts: which work again, which are new, which still need the customer.

use serde::{Deserialize, Serialize};

use crate::stripe::Account;
use crate::{AccountId, AccountName, AuthorizationId, Purpose, Requested, SessionResult};

/// Outcome of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RelinkOutcome {
    /// Stripe has not decided yet; ask again shortly.
    Pending,
    /// The requested accounts work again.
    Relinked(Connected),
    /// Money moves, and another account was linked than the one in use: the only one in `added`.
    NewAccount(Connected),
    /// The bank created a new login, or a bank was added: some accounts may be restored, others new.
    NewAuthorization(Connected),
    /// The customer signed in at the right bank, but did not share that account.
    NoAccount,
    /// The customer did not finish the bank login.
    NoAuthorization,
    /// Anything else prevented it, including a reason that is newer than this code.
    Failed,
    /// The customer closed the window; nothing has changed.
    Cancelled,
}

impl RelinkOutcome {
    /// Returns the connected accounts of a successful outcome.
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Connected {
    /// Known before, and connected now.
    pub restored: Vec<AccountName>,
    /// Not known before.
    pub added: Vec<AccountName>,
    /// Accounts of the login to repair that are still not connected.
    pub still_broken: Vec<AccountName>,
    /// Mandate that the customer accepts by paying from an added account, in the words that the server stores; `None`
    /// if paying from it is not offered.
    pub mandate: Option<String>,
}

/// An account that the customer had when the session was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAccount {
    /// The account.
    pub name: AccountName,
    /// Bank login that it belonged to.
    pub authorization: Option<AuthorizationId>,
    /// True if it was inactive.
    pub was_broken: bool,
}

/// Input of [`outcome`]: the accounts before and after a session.
#[derive(Clone, Copy, Debug)]
pub struct OutcomeInput<'a> {
    /// Purpose for which the merchant uses accounts.
    pub purpose: Purpose,
    /// Accounts that the session asked for.
    pub requested: &'a Requested,
    /// Customer's accounts when the session was made.
    pub before: &'a [KnownAccount],
    /// Accounts that the session linked, from all pages of the list.
    pub linked: &'a [Account],
    /// Customer's accounts that are active now; a relink may repair more accounts than the session lists.
    pub active: &'a [AccountId],
}

/// Translates the result of a session into the customer's terms.
pub fn outcome(result: SessionResult, input: OutcomeInput<'_>) -> RelinkOutcome {
    let new_authorization = match result {
        SessionResult::Pending => return RelinkOutcome::Pending,
        SessionResult::NoAccount => return RelinkOutcome::NoAccount,
        SessionResult::NoAuthorization => return RelinkOutcome::NoAuthorization,
        SessionResult::Failed => return RelinkOutcome::Failed,
        SessionResult::Cancelled => return RelinkOutcome::Cancelled,
        SessionResult::NewAuthorization => true,
        SessionResult::Linked => *input.requested == Requested::Anything,
    };
    let connected = input.compare();
    if input.purpose.moves_money() {
        match (connected.restored.len(), connected.added.len()) {
            (0, 1) => RelinkOutcome::NewAccount(connected),
            (_, 0) => RelinkOutcome::Relinked(connected),
            // More accounts than the requested one.
            _ => RelinkOutcome::NewAuthorization(connected),
        }
    } else if new_authorization {
        RelinkOutcome::NewAuthorization(connected)
    } else {
        RelinkOutcome::Relinked(connected)
    }
}

impl OutcomeInput<'_> {
    fn compare(&self) -> Connected {
        let mut connected = Connected::default();
        // An exact account is repaired if Stripe says so, even if the session lists no accounts.
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
            } else if let Some(old) = self.predecessor_of(&name) {
                continued.push(&old.name.id);
                connected.restored.push(name);
            } else {
                connected.added.push(name);
            }
        }
        for known in self.before.iter().filter(|known| known.was_broken && self.shares_login(known)) {
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

    /// True if a known account belongs to the login that was to be repaired.
    fn shares_login(&self, known: &KnownAccount) -> bool {
        match self.requested {
            Requested::Account { authorization, .. } | Requested::Authorization(authorization) => {
                known.authorization.as_ref() == Some(authorization)
            }
            Requested::Anything => false,
        }
    }

    /// Returns the broken account that this new identifier continues, if exactly one looks like it, that one is not
    /// back under its own identifier, and no other linked account looks like it. Always `None` where money moves,
    /// because payment methods of the old identifier still point to the old account.
    fn predecessor_of(&self, new: &AccountName) -> Option<&KnownAccount> {
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
