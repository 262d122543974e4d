//! The account that the conversation is about.

use relink_protocol::{AccountId, AccountSummary, Choice, Overview};

use crate::Browsing;
use crate::Stage;

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

    /// Back to where it was chosen from.
    pub(crate) fn back(self) -> Stage {
        Stage::Browsing(Browsing { overview: self.overview })
    }
}
