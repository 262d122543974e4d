//! The customer's permission at one bank, under which accounts are linked.

use super::{AccountHolder, account::Action};

/// A Financial Connections authorization.
#[derive(Debug, Clone)]
pub(crate) struct Authorization {
    pub(crate) id: String,
    pub(crate) holder: Option<AccountHolder>,
    pub(crate) institution: String,
    /// `None` while it is active.
    pub(crate) inactive: Option<Action>,
}
