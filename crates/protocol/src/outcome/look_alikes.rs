//! Accounts that look alike after a relink, of which only the customer can tell which is which.

use serde::{Deserialize, Serialize};

use super::{Connected, DatedAccount, KnownAccount, Replacement};
use crate::{AccountId, AccountName};

/// Old and new accounts that look alike, so that no rule pairs them. See [`AccountName::looks_like`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookAlikes {
    /// Accounts that the customer had, with the times since which they are connected.
    pub old: Vec<DatedAccount>,
    /// Accounts that were linked under new identifiers.
    pub new: Vec<AccountName>,
}

/// An old account, and the new one that it came back as.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountPair {
    /// Identifier that the customer had.
    pub old: AccountId,
    /// Identifier under which the account was linked.
    pub new: AccountId,
}

/// Body of `POST /api/sessions/{id}/pairs`: the customer's answer to [`Connected::look_alikes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PairAccounts {
    /// Pairs of which the customer is sure; none if they can't tell, or if no account is the same.
    pub pairs: Vec<AccountPair>,
}

impl LookAlikes {
    fn has(&self, pair: &AccountPair) -> bool {
        self.old.iter().any(|old| old.name.id == pair.old) && self.new.iter().any(|new| new.id == pair.new)
    }
}

impl Connected {
    /// True if these pairs answer the question: each is of one group of [`Self::look_alikes`], and no account is in two.
    pub fn may_pair(&self, pairs: &[AccountPair]) -> bool {
        let is_unique = |pair: &AccountPair| {
            pairs.iter().filter(|other| other.old == pair.old || other.new == pair.new).count() == 1
        };
        !self.look_alikes.is_empty()
            && pairs
                .iter()
                .all(|pair| is_unique(pair) && self.look_alikes.iter().any(|group| group.has(pair)))
    }

    /// Closes the question, with these accounts as restored under their new identifiers. The caller has checked
    /// [`Self::may_pair`].
    pub fn pair(&mut self, pairs: &[AccountPair]) {
        self.look_alikes.clear();
        for pair in pairs {
            if let Some(place) = self.added.iter().position(|name| name.id == pair.new) {
                self.restored.push(self.added.remove(place));
            }
            self.still_broken.retain(|name| name.id != pair.old);
            self.still_ending.retain(|ending| ending.name.id != pair.old);
        }
    }
}

/// Returns the replacements that the customer has confirmed by these pairs.
pub fn paired(before: &[KnownAccount], pairs: &[AccountPair]) -> Vec<Replacement> {
    let replacement = |pair: &AccountPair| {
        let known = before.iter().find(|known| known.name.id == pair.old)?;
        Some(known.replaced_by(&pair.new))
    };
    pairs.iter().filter_map(replacement).collect()
}
