//! Banks, and what people hold there whether or not it was ever linked.

use super::AccountHolder;

/// A bank that the window offers.
#[derive(Debug, Clone)]
pub(crate) struct Institution {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) routing_number: String,
}

/// An account at the bank itself.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    pub(crate) id: String,
    pub(crate) institution: String,
    pub(crate) owner: Option<AccountHolder>,
    pub(crate) name: String,
    pub(crate) subcategory: &'static str,
    pub(crate) last4: String,
    /// Closed at the bank: it can't be shared any more.
    pub(crate) closed: bool,
}
