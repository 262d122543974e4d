//! A linked account, as the merchant knows it.

use super::AccountHolder;

/// A Financial Connections account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) authorization: String,
    pub(crate) holding: String,
    pub(crate) holder: Option<AccountHolder>,
    pub(crate) institution: String,
    pub(crate) name: String,
    pub(crate) subcategory: &'static str,
    pub(crate) last4: String,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) status: Status,
    /// Unix seconds.
    pub(crate) created: i64,
}

/// Does the connection work?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It does.
    Active,
    /// It does not; `action` says whether a relink can mend it, `cause` why it broke.
    Inactive { action: Action, cause: &'static str },
}

/// What mends an inactive account or authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing does.
    None,
    /// The customer signs in at the bank again.
    RelinkRequired,
}

impl Action {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::RelinkRequired => "relink_required",
        }
    }
}

impl Account {
    pub(crate) fn is_relinkable(&self) -> bool {
        matches!(self.status, Status::Inactive { action: Action::RelinkRequired, .. })
    }
}
