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

    /// True if the account works, and the customer is about to share more of it.
    pub fn is_update(&self) -> bool {
        self.choice == Choice::Repair && self.account.updatable
    }

    /// True if the session accepts the very account only. Money never moves to another account by an update of what is
    /// shared.
    pub fn is_exact(&self) -> bool {
        let Overview { exact, purpose, .. } = self.overview;
        self.choice == Choice::Repair && (exact || self.is_update() && purpose.moves_money())
    }

    /// True if the account does what the merchant uses it for, so that backing out leaves it so. One whose number has
    /// expired is connected, and no money moves.
    pub fn works(&self) -> bool {
        let is_stopped =
            self.account.condition == Condition::NumberExpired && self.overview.purpose.moves_money();
        self.account.condition.is_connected() && !is_stopped
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
        let Self { account: was, choice, .. } = self;
        match Self::choose(&overview, &was.name.id, choice) {
            Some(target) if needs_same_action(&was, &target.account) => {
                let changes = changes::of(&was.name, &was.condition, &target.account.condition);
                Ok((target, changes))
            }
            _ => Err(Browsing::supersede(overview, was.name)),
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

fn needs_same_action(before: &AccountSummary, after: &AccountSummary) -> bool {
    match (&before.condition, &after.condition) {
        (Condition::Unrepairable { .. }, Condition::Unrepairable { .. })
        | (Condition::Disconnected, Condition::Disconnected) => true,
        _ => before.is_relinkable() && after.is_relinkable() && before.updatable == after.updatable,
    }
}
