//! Sessions: the merchant's request and the customer's progress.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    AccountHolder, number::DAY, payment_method::Billing, token::BankAccountToken, typed_account::TypedAccount,
};
use crate::random::random_token;

/// Parameters of a session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct SessionParams {
    pub(crate) account_holder: Option<AccountHolder>,
    #[serde(with = "super::enum_text::list")]
    pub(crate) permissions: Vec<&'static str>,
    #[serde(with = "super::enum_text::list")]
    pub(crate) prefetch: Vec<&'static str>,
    #[serde(with = "super::enum_text::list")]
    pub(crate) subcategories: Vec<&'static str>,
    pub(crate) countries: Vec<String>,
    pub(crate) institution: Option<String>,
    #[serde(with = "super::enum_text::option")]
    pub(crate) payment_method_support: Option<super::enum_text::EnumText>,
    pub(crate) limit: Option<usize>,
    #[serde(with = "super::enum_text::option")]
    pub(crate) manual_entry: Option<super::enum_text::EnumText>,
    pub(crate) relink_options: Option<RelinkOptions>,
    pub(crate) return_url: Option<String>,
    /// True if Stripe's page opens the session; false if Stripe.js does.
    #[serde(default)]
    pub(crate) is_hosted: bool,
    /// Delivery of the hosted page's link to the customer of a relink: `url` or `email`.
    #[serde(default, with = "super::enum_text::option")]
    pub(crate) hosted: Option<super::enum_text::EnumText>,
}

/// Target of a relink: an authorization, or exactly one account of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RelinkOptions {
    pub(crate) authorization: String,
    pub(crate) account: Option<String>,
}

/// Intent for which a window collects a payment method.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SessionIntent {
    /// Id of a setup intent or a payment intent.
    pub(crate) id: String,
    pub(crate) billing: Billing,
    /// True once the intent has got a payment method.
    pub(crate) is_collected: bool,
}

/// A Financial Connections session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    /// Not saved: a session loaded from a file gets a new, unknown secret.
    #[serde(skip, default = "ClientSecret::random")]
    pub(crate) secret: ClientSecret,
    /// Unix seconds.
    #[serde(default)]
    pub(crate) created: i64,
    #[serde(rename = "request")]
    pub(crate) params: SessionParams,
    pub(crate) progress: Progress,
    pub(crate) windows_opened: u32,
    /// Number of reads after the end that still return `pending`.
    pub(crate) pending_reads: u32,
    /// URL of a hosted session's page. Not saved, because it lets its holder act for the customer.
    #[serde(skip)]
    pub(crate) url: Option<String>,
    /// Unix seconds of the last visit to a hosted session's page; 0 before the first.
    #[serde(default)]
    pub(crate) visited: i64,
    /// Intent that gets a payment method when the window closes.
    #[serde(default)]
    pub(crate) intent: Option<SessionIntent>,
    /// Token that `collectBankAccountToken` made from the session.
    #[serde(default)]
    pub(crate) token: Option<BankAccountToken>,
}

/// The customer's progress in a session. Only the bank window changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Progress {
    /// Not signed in at a bank.
    Started,
    /// Signed in, choosing accounts.
    SignedIn { institution: String },
    /// Signing in: the bank asks for one more input.
    #[serde(rename = "Asked")]
    Prompted { institution: String, prompt: Prompt },
    /// Closed the bank's own window without signing in; may open it again.
    LeftSignIn { institution: String },
    /// Chose other accounts than the exact one to relink; may choose again.
    WrongAccount { institution: String },
    /// Over; the progress can't change any more.
    Ended(SessionResult),
}

/// Additional input that a bank asks for after user name and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Prompt {
    /// Choice of a way to get a code.
    Options,
    /// One-time code.
    Mfa,
    /// Confirmation on another device.
    ConfirmMfa,
    /// Answer to a security question.
    SecurityQuestion,
}

impl Prompt {
    /// Returns the magic input of Stripe's testing guide that causes this prompt.
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

/// End of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SessionResult {
    /// Accounts are linked.
    Succeeded { authorization: String, accounts: Vec<String> },
    /// The relink or link failed.
    Failed(FailureReason),
    /// The customer closed the window.
    Cancelled,
    /// The customer chose to enter account numbers in the merchant's own form.
    LeftForOwnForm,
    /// The customer entered account numbers.
    Typed { account: TypedAccount },
}

/// Stripe's `failure_reason` of a relink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FailureReason {
    /// Login succeeded, but the account was not shared.
    NoAccount,
    /// The bank login was not completed.
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

/// Time in seconds after the last visit at which the link of a hosted session ends, as at Stripe.
const LINK_LIFETIME: i64 = 30 * DAY;

impl Session {
    /// Returns the URL of the hosted page while it works: until the session ends or nobody visits it for 30 days.
    pub(crate) fn live_url(&self, now: i64) -> Option<&str> {
        let works = self.result().is_none() && self.visited.max(self.created) + LINK_LIFETIME > now;
        self.url.as_deref().filter(|_| works)
    }

    /// Returns the ids of the accounts that the session collected, which are none before its end.
    pub(crate) fn collected(&self) -> &[String] {
        match self.result() {
            Some(SessionResult::Succeeded { accounts, .. }) => accounts,
            Some(
                SessionResult::Failed(_)
                | SessionResult::Cancelled
                | SessionResult::LeftForOwnForm
                | SessionResult::Typed { .. },
            )
            | None => &[],
        }
    }

    /// Returns the result, regardless of `pending_reads`.
    pub(crate) fn result(&self) -> Option<&SessionResult> {
        match &self.progress {
            Progress::Ended(result) => Some(result),
            Progress::Started
            | Progress::SignedIn { .. }
            | Progress::Prompted { .. }
            | Progress::LeftSignIn { .. }
            | Progress::WrongAccount { .. } => None,
        }
    }

    /// Counts a read by the merchant and returns the result, or `None` while `pending_reads` lasts.
    pub(crate) fn read_result(&mut self) -> Option<&SessionResult> {
        if self.result().is_some() && self.pending_reads > 0 {
            self.pending_reads -= 1;
            return None;
        }
        self.result()
    }
}

/// Secret that lets a page act on one session. Never logged, and not part of `/_sandbox/state`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ClientSecret(String);

impl ClientSecret {
    /// Creates a secret that can't be guessed, because it permits acting for the customer.
    pub(crate) fn random() -> Self {
        Self(format!("fcsess_client_secret_{}", random_token()))
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
