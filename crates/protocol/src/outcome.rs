//! Outcome of an attempt for the customer's accounts: which work again, which are new, which still need the customer.

mod look_alikes;

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

pub use self::look_alikes::{AccountPair, LookAlikes, PairAccounts, paired};
use crate::stripe::{Account, Subcategory};
use crate::{AccountId, AccountName, AuthorizationId, Condition, Purpose, Requested, SessionResult};

/// Outcome of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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
    /// Returns the name, as it is written in JSON.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Returns the connected accounts of a successful outcome.
    pub fn connected(&self) -> Option<&Connected> {
        match self {
            Self::Relinked(connected) | Self::NewAccount(connected) | Self::NewAuthorization(connected) => {
                Some(connected)
            }
            Self::Pending | Self::NoAccount | Self::NoAuthorization | Self::Failed | Self::Cancelled => None,
        }
    }

    /// True if the customer has to tell first which accounts are the same.
    pub fn is_question(&self) -> bool {
        self.connected().is_some_and(|connected| !connected.look_alikes.is_empty())
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
    /// Accounts of the login to repair that still need the customer: not connected, or without a usable number.
    pub still_broken: Vec<AccountName>,
    /// Accounts of the login to repair that work, and whose end has not moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub still_ending: Vec<DatedAccount>,
    /// Accounts that no rule pairs, because they look alike. While there are any, the customer is asked which is which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub look_alikes: Vec<LookAlikes>,
    /// Mandate that the customer accepts by paying from an added account, or for payouts by being paid out to it, in the
    /// words that the server stores; `None` if that is not offered.
    pub mandate: Option<String>,
}

/// An account with a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "FlatDated")]
pub struct DatedAccount {
    /// The account.
    #[serde(flatten)]
    pub name: AccountName,
    /// Date in seconds since 1970, if it is known: the end of a connection that works and still ends, or the beginning of
    /// one that looks like another.
    pub on: Option<i64>,
}

/// An account as it is read, without `flatten` for the reason given at `FlatSummary`.
#[derive(Deserialize)]
struct FlatDated {
    id: AccountId,
    institution_name: String,
    last4: Option<String>,
    display_name: Option<String>,
    subcategory: Subcategory,
    on: Option<i64>,
}

impl From<FlatDated> for DatedAccount {
    fn from(flat: FlatDated) -> Self {
        let FlatDated { id, institution_name, last4, display_name, subcategory, on } = flat;
        Self { name: AccountName { id, institution_name, last4, display_name, subcategory }, on }
    }
}

/// An account that came back under a new identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Identifier that the customer had.
    pub old: AccountId,
    /// Identifier under which the account was linked.
    pub new: AccountId,
    /// True if the old identifier needed no relink, as where the customer only changed what they share. Stripe may keep it
    /// alive beside the new one.
    pub old_worked: bool,
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
    /// Its condition; `None` for an account that another one has replaced, and for attempts of an earlier release.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// Time of its first link in seconds since 1970; `None` if Stripe did not tell, and for attempts of an earlier release.
    #[serde(default)]
    pub connected_at: Option<i64>,
}

impl KnownAccount {
    /// True if it needed a relink.
    fn needed_relink(&self) -> bool {
        self.was_broken || self.condition.as_ref().is_some_and(Condition::is_repairable)
    }

    fn replaced_by(&self, new: &AccountId) -> Replacement {
        Replacement { old: self.name.id.clone(), new: new.clone(), old_worked: !self.needed_relink() }
    }

    /// Returns the account with the time since which it is connected.
    fn dated(&self) -> DatedAccount {
        DatedAccount { name: self.name.clone(), on: self.connected_at }
    }
}

/// An account of the customer after a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountNow {
    /// `fca_…`
    pub id: AccountId,
    /// Its condition.
    pub condition: Condition,
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
    /// Customer's accounts as they are now; a relink may repair more accounts than the session lists.
    pub now: &'a [AccountNow],
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
    let (connected, _) = input.compare();
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

/// Returns the accounts that came back under new identifiers, after a session that succeeded. Never a guess: see
/// [`OutcomeInput`]; where two look alike, none is returned.
pub fn replacements(input: OutcomeInput<'_>) -> Vec<Replacement> {
    input.compare().1
}

/// Returns the replacement that a customer confirms by paying from a new account in place of an old one: the very account
/// under a new identifier. `None` if it is a different account, or if another one that they had looks the same.
pub fn confirmed_replacement(
    before: &[KnownAccount],
    old: &AccountId,
    new: &AccountName,
) -> Option<Replacement> {
    let mut alike = before.iter().filter(|known| known.needed_relink() && known.name.looks_like(new));
    let (Some(known), None) = (alike.next(), alike.next()) else { return None };
    let is_new = before.iter().all(|known| known.name.id != new.id);
    (known.name.id == *old && is_new).then(|| known.replaced_by(&new.id))
}

impl OutcomeInput<'_> {
    fn compare(&self) -> (Connected, Vec<Replacement>) {
        let (mut connected, mut replaced) = (Connected::default(), Vec::new());
        // An exact account is repaired if Stripe says so, even if the session lists no accounts.
        let named = self.before.iter().filter(|known| self.is_requested(known));
        connected.restored.extend(named.map(|known| known.name.clone()));
        for account in self.linked {
            let name = AccountName::from(account.clone());
            if connected.restored.iter().any(|restored| restored.id == name.id) {
                continue;
            }
            if self.before.iter().any(|known| known.name.id == name.id) {
                connected.restored.push(name);
            } else if let Some(old) = self.predecessor_of(&name) {
                replaced.push(old.replaced_by(&name.id));
                connected.restored.push(name);
            } else {
                connected.added.push(name);
            }
        }
        for known in self.before.iter().filter(|known| known.needed_relink() && self.shares_login(known)) {
            let id = &known.name.id;
            let is_replaced = replaced.iter().any(|replaced| replaced.old == *id);
            if is_replaced || connected.restored.iter().any(|restored| restored.id == *id) {
                continue;
            }
            match self.condition_now(id) {
                _ if self.is_back(known) => connected.restored.push(known.name.clone()),
                Some(Condition::Expiring { on }) => {
                    connected.still_ending.push(DatedAccount { name: known.name.clone(), on: *on });
                }
                // Works as far as is known.
                None if !known.was_broken => (),
                Some(_) | None => connected.still_broken.push(known.name.clone()),
            }
        }
        connected.look_alikes = self.look_alikes(&connected.added);
        (connected, replaced)
    }

    /// Groups the added accounts by their looks, with the old accounts that any of them may be. Where money moves, the
    /// customer names the pair by paying from the new account, unless several old ones look like it.
    fn look_alikes(&self, added: &[AccountName]) -> Vec<LookAlikes> {
        let mut groups: Vec<LookAlikes> = Vec::new();
        for new in added {
            if let Some(group) =
                groups.iter_mut().find(|group| group.new.iter().any(|one| one.looks_like(new)))
            {
                group.new.push(new.clone());
                continue;
            }
            let moves_money = self.purpose.moves_money();
            let old = self.may_be(new).filter(|known| !moves_money || known.needed_relink());
            let old: Vec<DatedAccount> = old.map(KnownAccount::dated).collect();
            if old.len() > usize::from(moves_money) {
                groups.push(LookAlikes { old, new: vec![new.clone()] });
            }
        }
        groups
    }

    fn condition_now(&self, id: &AccountId) -> Option<&Condition> {
        self.now.iter().find(|now| now.id == *id).map(|now| &now.condition)
    }

    /// True if an account needs the customer no more, under its own identifier. One that was only about to end is back
    /// once its end has moved.
    fn is_back(&self, known: &KnownAccount) -> bool {
        let Some(now) = self.condition_now(&known.name.id) else { return false };
        if known.was_broken {
            return now.is_connected();
        }
        known.condition.as_ref().is_some_and(|before| now.is_recovery_from(before))
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

    /// True if a session may link a known account again under another identifier: one that needed a relink, or one of the
    /// login that was relinked although it worked.
    fn may_change_id(&self, known: &KnownAccount) -> bool {
        let worked = known.condition.as_ref().is_some_and(Condition::is_connected);
        known.needed_relink() || worked && self.shares_login(known)
    }

    /// Returns the account that this new identifier continues, if exactly one looks like it, that one is not back under its
    /// own identifier, and no other linked account looks like it. Always `None` where money moves, because payment methods
    /// of the old identifier still point to the old account.
    fn predecessor_of(&self, new: &AccountName) -> Option<&KnownAccount> {
        if self.purpose.moves_money() {
            return None;
        }
        let mut alike = self.may_be(new);
        let (Some(known), None) = (alike.next(), alike.next()) else { return None };
        let rivals =
            self.linked.iter().filter(|account| AccountName::from((*account).clone()).looks_like(new));
        (rivals.count() == 1).then_some(known)
    }

    /// Returns the old accounts that look like this new one, and that are not back under their own identifiers.
    fn may_be(&self, new: &AccountName) -> impl Iterator<Item = &KnownAccount> {
        let is_linked = |id: &AccountId| self.linked.iter().any(|account| account.id == *id);
        self.before.iter().filter(move |known| {
            let is_back = is_linked(&known.name.id) || self.is_back(known) || self.is_requested(known);
            self.may_change_id(known) && known.name.looks_like(new) && !is_back
        })
    }
}

#[cfg(test)]
mod tests;
