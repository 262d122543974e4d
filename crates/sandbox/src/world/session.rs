//! A session: what the merchant asked for, and how far the customer came with it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountHolder, token::BankAccountToken};

/// What a merchant asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) account_holder: Option<AccountHolder>,
    #[serde(with = "super::word::list")]
    pub(crate) permissions: Vec<&'static str>,
    #[serde(with = "super::word::list")]
    pub(crate) prefetch: Vec<&'static str>,
    #[serde(with = "super::word::list")]
    pub(crate) subcategories: Vec<&'static str>,
    pub(crate) countries: Vec<String>,
    pub(crate) institution: Option<String>,
    #[serde(with = "super::word::option")]
    pub(crate) payment_method_support: Option<super::word::Word>,
    pub(crate) limit: Option<usize>,
    #[serde(with = "super::word::option")]
    pub(crate) manual_entry: Option<super::word::Word>,
    pub(crate) relink_options: Option<RelinkOptions>,
    pub(crate) return_url: Option<String>,
    /// `url` or `email`: how the customer comes to the page where this session is.
    #[serde(default, with = "super::word::option")]
    pub(crate) hosted: Option<super::word::Word>,
}

/// What is to be relinked: an authorization, or exactly one account of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RelinkOptions {
    pub(crate) authorization: String,
    pub(crate) account: Option<String>,
}

/// A Financial Connections session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    /// Not saved: a session that is loaded from a file gets one that nobody knows.
    #[serde(skip, default = "crate::state::new_client_secret")]
    pub(crate) secret: ClientSecret,
    /// Unix seconds.
    #[serde(default)]
    pub(crate) created: i64,
    pub(crate) request: Request,
    pub(crate) progress: Progress,
    pub(crate) windows_opened: u32,
    /// How many more reads still say `pending` after the end.
    pub(crate) pending_reads: u32,
    /// Leads to the page of a hosted session. Not saved: whoever has it could act for the customer.
    #[serde(skip)]
    pub(crate) url: Option<String>,
    /// What `collectBankAccountToken` made of it.
    #[serde(default)]
    pub(crate) token: Option<BankAccountToken>,
}

/// How far the customer is. Only a window moves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Progress {
    /// Not signed in at a bank.
    Started,
    /// Signed in, choosing accounts.
    SignedIn { institution: String },
    /// Signed in half-way: the bank asks for more.
    Asked { institution: String, prompt: Prompt },
    /// Left the bank's own window without signing in; may go back to it.
    LeftSignIn { institution: String },
    /// Chose something else than the exact account that is to be relinked; may choose again.
    WrongAccount { institution: String },
    /// Over; nothing moves it any more.
    Ended(Ending),
}

/// What a bank asks for after user name and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Prompt {
    /// A choice of ways to get a code.
    Options,
    /// A code.
    Mfa,
    /// A confirmation on another device.
    ConfirmMfa,
    /// The answer to a question.
    SecurityQuestion,
}

impl Prompt {
    /// The magic inputs of Stripe's testing guide.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Mfa => "mfa",
            Self::ConfirmMfa => "confirm_mfa",
            Self::SecurityQuestion => "security_question",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Options, Self::Mfa, Self::ConfirmMfa, Self::SecurityQuestion];
        all.into_iter().find(|prompt| prompt.as_str() == word)
    }
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ending {
    /// Accounts are linked.
    Succeeded { authorization: String, accounts: Vec<String> },
    /// The customer tried, in vain.
    Failed(FailureReason),
    /// The customer closed the window.
    Cancelled,
}

/// Stripe's words for a relink that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
            Progress::Started
            | Progress::SignedIn { .. }
            | Progress::Asked { .. }
            | Progress::LeftSignIn { .. }
            | Progress::WrongAccount { .. } => None,
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
