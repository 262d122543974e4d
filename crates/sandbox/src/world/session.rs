//! A session: what the merchant asked for, and how far the customer came with it.

use std::fmt;

use super::AccountHolder;

/// What a merchant asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) account_holder: Option<AccountHolder>,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) prefetch: Vec<&'static str>,
    pub(crate) subcategories: Vec<&'static str>,
    pub(crate) country: Option<String>,
    pub(crate) institution: Option<String>,
    pub(crate) payment_method_support: Option<&'static str>,
    pub(crate) limit: Option<usize>,
    pub(crate) manual_entry: Option<&'static str>,
    pub(crate) relink_options: Option<RelinkOptions>,
    pub(crate) return_url: Option<String>,
}

/// What is to be relinked: an authorization, or exactly one account of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelinkOptions {
    pub(crate) authorization: String,
    pub(crate) account: Option<String>,
}

/// A Financial Connections session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) secret: ClientSecret,
    pub(crate) request: Request,
    pub(crate) progress: Progress,
    pub(crate) windows_opened: u32,
    /// How many more reads still say `pending` after the end.
    pub(crate) pending_reads: u32,
}

/// How far the customer is. Only a window moves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not signed in at a bank.
    Started,
    /// Signed in, choosing accounts.
    SignedIn { institution: String },
    /// Chose something else than the exact account that is to be relinked; may choose again.
    WrongAccount { institution: String },
    /// Over; nothing moves it any more.
    Ended(Ending),
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Accounts are linked.
    Succeeded { authorization: String, accounts: Vec<String> },
    /// The customer tried, in vain.
    Failed(FailureReason),
    /// The customer closed the window.
    Cancelled,
}

/// Stripe's words for a relink that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureReason {
    /// Right bank, not that account.
    NoAccount,
    /// The login at the bank was not finished.
    NoAuthorization,
    /// Anything else.
    Other,
}

impl FailureReason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoAccount => "no_account",
            Self::NoAuthorization => "no_authorization",
            Self::Other => "other",
        }
    }
}

impl Session {
    /// How it ended, as everybody but the reader of a delayed answer sees it.
    pub(crate) fn ending(&self) -> Option<&Ending> {
        match &self.progress {
            Progress::Ended(ending) => Some(ending),
            Progress::Started | Progress::SignedIn { .. } | Progress::WrongAccount { .. } => None,
        }
    }

    /// One read by the merchant: the ending, unless the sandbox is told to be slow with it.
    pub(crate) fn read_ending(&mut self) -> Option<&Ending> {
        if self.ending().is_some() && self.pending_reads > 0 {
            self.pending_reads -= 1;
            return None;
        }
        self.ending()
    }
}

/// Lets a page act on one session. Never logged, never part of the sandbox's own state report.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ClientSecret(String);

impl ClientSecret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
