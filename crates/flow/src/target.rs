//! Account that the conversation is about.

use relink_protocol::{AccountId, AccountName, AccountSummary, Choice, Condition, Overview};

use crate::step::Step;
use crate::{Browsing, Request, changes};

/// An account, and the overview that it was chosen from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// All accounts, as last read.
    pub overview: Overview,
    /// Chosen account.
    pub account: AccountSummary,
    /// Customer's choice for the account.
    pub choice: Choice,
}

impl Target {
    /// Returns the account with this identifier, if the overview has it.
    pub(crate) fn choose(overview: &Overview, id: &AccountId, choice: Choice) -> Option<Self> {
        let account = overview.account(id)?.clone();
        Some(Self { overview: overview.clone(), account, choice })
    }

    /// Returns the account with another choice.
    pub(crate) fn with_choice(self, choice: Choice) -> Self {
        Self { choice, ..self }
    }

    /// Returns the account as of `overview`, and the changes to announce.
    ///
    /// # Errors
    ///
    /// Returns a step back to the accounts if the account is gone or needs something else, so that the screen no longer
    /// applies.
    pub(crate) fn updated(self, overview: Overview) -> Result<(Self, Vec<AccountName>), Step> {
        let Self { account: AccountSummary { name, condition: was, .. }, choice, .. } = self;
        match Self::choose(&overview, &name.id, choice) {
            Some(target) if needs_same_action(&was, &target.account.condition) => {
                let changes = changes::of(&name, &was, &target.account.condition);
                Ok((target, changes))
            }
            _ => Err(Browsing::supersede(overview, name)),
        }
    }

    /// Returns the request that listens for changes while the account is on the screen.
    pub(crate) fn await_change(&self) -> Request {
        Request::AwaitChange { since: self.overview.version.clone() }
    }

    /// Goes back to the accounts.
    pub(crate) fn back(self) -> Step {
        Browsing::enter(self.overview)
    }
}

fn needs_same_action(before: &Condition, after: &Condition) -> bool {
    let is_beyond_repair = |condition: &Condition| matches!(condition, Condition::Unrepairable { .. });
    before.is_repairable() && after.is_repairable() || is_beyond_repair(before) && is_beyond_repair(after)
}
