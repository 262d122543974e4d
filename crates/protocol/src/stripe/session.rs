//! `financial_connections.session`: one attempt to link or relink.

use serde::Deserialize;

use super::{Account, FailureReason, SessionStatus};
use crate::{AccountId, AuthorizationId, ClientSecret, PageUrl, SessionId};

/// `financial_connections.session`.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// `fcsess_…`
    pub id: SessionId,
    /// Present in the response that creates the session; passed on to that customer only.
    pub client_secret: Option<ClientSecret>,
    /// Accounts that were linked in this session.
    pub accounts: Accounts,
    /// Requested login and account of a relink; echoed only on preview versions.
    pub relink_options: Option<RelinkOptions>,
    /// Result of the relink; absent until the customer is done.
    pub relink_result: Option<RelinkResult>,
    /// URL of Stripe's own page for the session, while the customer can still use it.
    #[serde(default)]
    pub url: Option<PageUrl>,
    /// Token of the bank account that was linked, if the page collected one by `collectBankAccountToken`.
    #[serde(default)]
    pub bank_account_token: Option<BankAccountToken>,
    /// Status of the session. Only on preview versions.
    pub status: Option<SessionStatus>,
}

/// Token of a bank account, which becomes the external account of a connected account, once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BankAccountToken {
    /// `btok_…`
    pub id: String,
}

/// Accounts of a session: a list object in the API, a plain array in Stripe.js and in Stripe's examples.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Accounts {
    /// `{object: "list", data, has_more}`
    List {
        /// The first page.
        data: Vec<Account>,
        /// True if there are more pages.
        has_more: bool,
    },
    /// `[…]`
    Array(Vec<Account>),
}

impl Accounts {
    /// Returns the accounts of the first page.
    pub fn first_page(&self) -> &[Account] {
        match self {
            Self::List { data, .. } => data,
            Self::Array(accounts) => accounts,
        }
    }
}

/// Requested login and account of a relink session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelinkOptions {
    /// Bank login.
    pub authorization: AuthorizationId,
    /// The one account that must come back, if the merchant needs that one.
    pub account: Option<AccountId>,
}

/// Result of a relink session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelinkResult {
    /// Only present after a successful relink; may differ from the requested one.
    pub authorization: Option<AuthorizationId>,
    /// Only present after a successful relink that requested an account.
    pub account: Option<AccountId>,
    /// Reason why it failed.
    pub failure_reason: Option<FailureReason>,
}
