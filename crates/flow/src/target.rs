//! The account that the conversation is about.

use relink_protocol::{AccountId, AccountSummary, Overview};

use crate::Browsing;
use crate::Stage;

/// One account, and the overview that it was chosen from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// All accounts, as last read.
    pub overview: Overview,
    /// The chosen one.
    pub account: AccountSummary,
}

impl Target {
    /// The account with this identifier, where the overview has it.
    pub(crate) fn choose(overview: &Overview, id: &AccountId) -> Option<Self> {
        let account = overview.account(id)?.clone();
        Some(Self { overview: overview.clone(), account })
    }

    /// Back to where it was chosen from. The attempt that the overview may tell of is not taken up again.
    pub(crate) fn back(self) -> Stage {
        Stage::Browsing(Browsing { overview: Overview { unfinished: None, ..self.overview } })
    }
}
