//! The account that the conversation is about.

use relink_protocol::{AccountId, AccountName, AccountSummary, Choice, Condition, Overview};

use crate::step::Step;
use crate::{Browsing, Request, news};

/// One account, and the overview that it was chosen from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// All accounts, as last read.
    pub overview: Overview,
    /// The chosen one.
    pub account: AccountSummary,
    /// What is to be done about it.
    pub choice: Choice,
}

impl Target {
    /// The account with this identifier, where the overview has it.
    pub(crate) fn choose(overview: &Overview, id: &AccountId, choice: Choice) -> Option<Self> {
        let account = overview.account(id)?.clone();
        Some(Self { overview: overview.clone(), account, choice })
    }

    /// The same account, with something else to be done about it.
    pub(crate) fn but(self, choice: Choice) -> Self {
        Self { choice, ..self }
    }

    /// The same account as it is now, and what is new about it. Where it needs something else now, or nothing, what the
    /// customer was reading gives way to the accounts.
    pub(crate) fn renewed(self, overview: Overview) -> Result<(Self, Vec<AccountName>), Step> {
        let Self { account: AccountSummary { name, condition: was, .. }, choice, .. } = self;
        match Self::choose(&overview, &name.id, choice) {
            Some(target) if is_the_same_trouble(&was, &target.account.condition) => {
                let news = news::of(&name, &was, &target.account.condition);
                Ok((target, news))
            }
            _ => Err(Browsing::overtake(overview, name)),
        }
    }

    /// For as long as it is on the screen.
    pub(crate) fn await_change(&self) -> Request {
        Request::AwaitChange { since: self.overview.version.clone() }
    }

    /// Back to where it was chosen from.
    pub(crate) fn back(self) -> Step {
        Browsing::enter(self.overview)
    }
}

fn is_the_same_trouble(before: &Condition, after: &Condition) -> bool {
    let is_beyond_repair = |condition: &Condition| matches!(condition, Condition::Unrepairable { .. });
    before.is_repairable() && after.is_repairable() || is_beyond_repair(before) && is_beyond_repair(after)
}
