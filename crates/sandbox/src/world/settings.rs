//! Switches for behaviour that Stripe leaves open and for bank failures. A reset restores the defaults.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::payment_intent::ReturnCode;

/// All switches with their usual value as default. Field names are those of `/_sandbox/settings`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "switches are turned one by one, in any combination")]
pub(crate) struct Settings {
    /// Number of reads of an ended session that still return `pending`.
    pub(crate) pending_reads: u32,
    /// A relink by authorization alone creates a new authorization; the old one is not changed.
    #[serde(rename = "new_authorization")]
    pub(crate) relink_changes_authorization: bool,
    /// A relink by authorization alone keeps the authorization but gives every chosen account a new id.
    #[serde(rename = "changed_ids")]
    pub(crate) relink_changes_ids: bool,
    /// Number of accounts in the session object; further ones are only announced by `has_more`. Null is all.
    pub(crate) session_page_size: Option<NonZeroUsize>,
    pub(crate) relink_result: MissingResult,
    /// A relink that failed with `no_account` still names the authorization.
    #[serde(rename = "both_set")]
    pub(crate) failed_result_names_authorization: bool,
    pub(crate) completed_status: SuccessWord,
    /// Status and result of a session after the customer closed the window.
    pub(crate) cancellation: Cancellation,
    /// Presence of `relink_result` in the result of Stripe.js.
    pub(crate) client_relink_result: ClientRelinkResult,
    /// Value of `object` in accounts that Stripe.js returns.
    pub(crate) client_account_object: ClientAccountObject,
    /// Lifetime of a client secret in seconds of the sandbox's clock; null is the lifetime of its session.
    pub(crate) secret_seconds: Option<u32>,
    /// A client secret can open only one window.
    pub(crate) secret_single_use: bool,
    /// The bank window is a modal dialog, above everything on the page. Stripe's lies above it by its `z-index` alone.
    pub(crate) modal_bank_window: bool,
    /// The bank declines setup intents.
    pub(crate) decline_setup_intents: bool,
    /// Confirmed setup intents end as `requires_action`.
    pub(crate) setup_intent_requires_action: bool,
    /// Duration in seconds of the sandbox's clock until a payment succeeds or fails; null is four days.
    pub(crate) payment_seconds: Option<u32>,
    /// Code with which the bank returns debits; null returns none.
    pub(crate) payment_return: Option<ReturnCode>,
    /// Number of reads of an account that still show a refresh as `pending`.
    pub(crate) refresh_reads: u32,
    /// Duration of a refresh in seconds of the sandbox's clock; if set, reads don't count.
    pub(crate) refresh_seconds: u32,
    /// Refreshes fail.
    pub(crate) refresh_fails: bool,
    /// Versions that were published after this program are accepted, with the shapes of the newest one it knows.
    pub(crate) newer_versions: bool,
    /// API version in which events are read; null is the reader's version.
    pub(crate) event_version: Option<String>,
    /// SMTP reply to every recipient, such as `550 no such mailbox`; null accepts all.
    #[serde(rename = "mail_refusal")]
    pub(crate) smtp_refusal: Option<String>,
    /// The merchant has no access to hosted relinks, which are a private preview.
    pub(crate) no_hosted_relink: bool,
    /// A list of accounts must be filtered by holder or session.
    pub(crate) accounts_need_holder: bool,
    /// Maximum number of calls per second; Stripe's sandboxes allow 25. Null is unlimited.
    pub(crate) rate_limit: Option<u32>,
    /// Maximum number of calls per second for each endpoint. Null is unlimited.
    pub(crate) endpoint_rate_limit: Option<u32>,
}

/// Representation of a missing `relink_result`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissingResult {
    /// The field is absent.
    #[default]
    Absent,
    /// The field is null.
    Null,
}

/// Status and result of a cancelled relink, which Stripe does not document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cancellation {
    /// Status `cancelled`, no result.
    #[default]
    Plain,
    /// Status `cancelled`, result with the reason `other`.
    WithResult,
    /// Status `failed`, result with the reason `other`.
    Failed,
}

/// Presence of `relink_result` in Stripe.js, on which its guides and published types differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientRelinkResult {
    /// Present, as in the guides.
    #[default]
    Present,
    /// Absent, as in the published types.
    Absent,
}

/// Value of an account's `object` in Stripe.js.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ClientAccountObject {
    /// The API's current name.
    #[default]
    #[serde(rename = "financial_connections.account")]
    Account,
    /// The name in its first release.
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

/// Status of a session that succeeded; Stripe's documentation uses both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SuccessWord {
    /// As in the description of the field.
    #[default]
    Succeeded,
    /// As in the description of the event `session.updated`.
    Completed,
}

impl SuccessWord {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Completed => "completed",
        }
    }
}
