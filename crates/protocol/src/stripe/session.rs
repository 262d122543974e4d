//! `financial_connections.session`: one attempt to link or relink.

use serde::Deserialize;

use super::{Account, FailureReason, SessionStatus};
use crate::{AccountId, AuthorizationId, ClientSecret, PageUrl, SessionId};

/// `financial_connections.session`.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// `fcsess_…`
    pub id: SessionId,
    /// Given when the session is made; passed on to that customer only.
    pub client_secret: Option<ClientSecret>,
    /// What was linked in this session.
    pub accounts: Accounts,
    /// What the relink was asked for; echoed only on preview versions.
    pub relink_options: Option<RelinkOptions>,
    /// What the relink achieved; absent until the customer is done.
    pub relink_result: Option<RelinkResult>,
    /// Where Stripe has a page for it, while the customer can still follow it there.
    #[serde(default)]
    pub url: Option<PageUrl>,
    /// Only on preview versions.
    pub status: Option<SessionStatus>,
}

/// A session's accounts: a list object from the API; Stripe.js and Stripe's examples have a plain array.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Accounts {
    /// `{object: "list", data, has_more}`
    List {
        /// The first page.
        data: Vec<Account>,
        /// Whether there are more pages.
        has_more: bool,
    },
    /// `[…]`
    Array(Vec<Account>),
}

impl Accounts {
    /// The accounts of the first page.
    pub fn first_page(&self) -> &[Account] {
        match self {
            Self::List { data, .. } => data,
            Self::Array(accounts) => accounts,
        }
    }
}

/// What a relink session is asked to repair.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelinkOptions {
    /// The bank login.
    pub authorization: AuthorizationId,
    /// The one account that must come back, where the merchant needs that one.
    pub account: Option<AccountId>,
}

/// What a relink session achieved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelinkResult {
    /// Only present after a successful relink; may differ from the one asked for.
    pub authorization: Option<AuthorizationId>,
    /// Only present after a successful relink that asked for an account.
    pub account: Option<AccountId>,
    /// Why it failed.
    pub failure_reason: Option<FailureReason>,
}
