//! Switches for what Stripe leaves open and what banks do at times. Tests turn them; a reset turns them back.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// All switches, each in its usual position by default. The names are those of `/_sandbox/settings`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "switches are turned one by one, in any combination")]
pub(crate) struct Settings {
    /// How many reads of an ended session still say `pending`.
    pub(crate) pending_reads: u32,
    /// A relink by authorization alone gives a new authorization; the old one stays as it is.
    pub(crate) new_authorization: bool,
    /// A relink by authorization alone keeps the authorization but gives every chosen account a new id.
    pub(crate) changed_ids: bool,
    /// How many accounts a session shows before it says `has_more`.
    pub(crate) session_page_size: Option<NonZeroUsize>,
    pub(crate) relink_result: Unknown,
    /// A relink that fails with `no_account` names the authorization nevertheless.
    pub(crate) both_set: bool,
    pub(crate) completed_status: Completed,
    /// How a session reads whose window the customer closed.
    pub(crate) cancellation: Cancellation,
    /// Stripe.js hands on the `relink_result` to the page.
    pub(crate) client_relink_result: ClientRelinkResult,
    /// The kind that Stripe.js says an account is of.
    pub(crate) client_account_object: ClientAccountObject,
    /// For how many seconds on the sandbox's clock a client secret works; null is as long as its session.
    pub(crate) secret_seconds: Option<u32>,
    /// A client secret opens one window, and no second one.
    pub(crate) secret_single_use: bool,
    /// The bank refuses the next set-ups of payments.
    pub(crate) decline_setup_intents: bool,
    /// A set-up of payments ends with something left to do for the customer.
    pub(crate) setup_intent_requires_action: bool,
    /// How many reads of an account still show a refresh as `pending`.
    pub(crate) refresh_reads: u32,
    /// How many seconds a refresh takes on the sandbox's clock; reads don't count then.
    pub(crate) refresh_seconds: u32,
    /// Refreshes end in failure.
    pub(crate) refresh_fails: bool,
    /// The version in which events are read; null is the reader's.
    pub(crate) event_version: Option<String>,
    /// What the mail server says to the address of a mail, such as `550 no such mailbox`; null takes it.
    pub(crate) mail_refusal: Option<String>,
    /// The merchant has no access to hosted relinks, which are a private preview.
    pub(crate) no_hosted_relink: bool,
    /// A list of accounts must name a holder or a session.
    pub(crate) accounts_need_holder: bool,
    /// How many calls a second are answered; Stripe's sandboxes answer 25. Null is any number.
    pub(crate) rate_limit: Option<u32>,
    /// How many calls of each endpoint.
    pub(crate) endpoint_rate_limit: Option<u32>,
}

/// How `relink_result` is written while there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unknown {
    /// The field is not there.
    #[default]
    Absent,
    /// The field is null.
    Null,
}

/// What a cancelled relink leaves behind, which Stripe does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cancellation {
    /// `cancelled`, and no result.
    #[default]
    Plain,
    /// `cancelled`, and a result with the reason `other`.
    WithResult,
    /// `failed`, and a result with the reason `other`.
    Failed,
}

/// Whether the page hears from Stripe.js how a relink went; its published types don't have that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientRelinkResult {
    /// As the guides have it.
    #[default]
    Present,
    /// As the published types have it.
    Absent,
}

/// The `object` of an account in the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ClientAccountObject {
    /// As the API has it.
    #[default]
    #[serde(rename = "financial_connections.account")]
    Account,
    /// As it was called first.
    #[serde(rename = "linked_account")]
    LinkedAccount,
}

impl ClientAccountObject {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Account => "financial_connections.account",
            Self::LinkedAccount => "linked_account",
        }
    }
}

/// The word for a session that went well; Stripe's documents have both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Completed {
    /// As the field's own description has it.
    #[default]
    Succeeded,
    /// As the description of the `session.updated` event has it.
    Completed,
}

impl Completed {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Completed => "completed",
        }
    }
}
