//! Entries of the audit trail, which a merchant may have to show years later.

use std::net::IpAddr;

use relink_protocol::{AccountId, CustomerId, SessionId};
use serde::Serialize;
use serde_json::Value;

use super::customer_claims::Caller;
use super::relink_request::State;

/// Entry of the audit trail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) source: AuditSource,
    pub(crate) action: AuditAction,
    /// Customer, session and account that the entry is about.
    pub(crate) customer: Option<CustomerId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) account: Option<AccountId>,
    /// Further facts, as a JSON object.
    pub(crate) detail: Value,
}

impl Entry {
    /// Creates an entry about no customer, session or account.
    pub(crate) fn of(source: AuditSource, action: AuditAction, detail: Value) -> Self {
        Self { source, action, customer: None, session: None, account: None, detail }
    }
}

/// Actor, and the address of the client that they used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditSource {
    pub(crate) actor: Actor,
    /// `None` without a client: for the server itself and the command line.
    pub(crate) ip_address: Option<IpAddr>,
}

impl From<Actor> for AuditSource {
    fn from(actor: Actor) -> Self {
        Self { actor, ip_address: None }
    }
}

/// Actor of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Actor {
    /// Customer in a sign-in session of the merchant.
    Customer { customer: CustomerId, sign_in: Option<String> },
    /// Back end with an API key; `None` is `RELINK_API_KEY`.
    BackEnd {
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Operator who signed in to the console with this email address.
    Operator { email: String },
    /// Bearer of the link of this relink request.
    Link { customer: CustomerId, request: String },
    /// User of the operating system who ran `relink-server` with a subcommand.
    CommandLine { user: String },
    /// Client that failed to authenticate.
    Unknown,
    /// This server, without a client.
    Server,
}

impl Actor {
    /// Returns the actor together with the address of their client.
    pub(crate) fn at(self, ip_address: IpAddr) -> AuditSource {
        AuditSource { actor: self, ip_address: Some(ip_address) }
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        let customer = caller.customer.clone();
        match &caller.link {
            Some(request) => Self::Link { customer, request: request.clone() },
            None => Self::Customer { customer, sign_in: caller.sign_in.clone() },
        }
    }
}

/// Action of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditAction {
    /// A session was created for an attempt.
    RelinkStarted,
    /// The outcome of an attempt became known; recorded again if Stripe corrects the browser's report.
    RelinkSettled,
    /// The customer agreed to the mandate.
    MandateAccepted,
    /// Stripe created the payment method that the customer agreed to.
    PaymentMethodMade,
    /// Stripe refused to create it, and nothing is left of it.
    PaymentMethodRefused,
    /// The customer chose to keep paying as before.
    PaymentsKept,
    /// The customer linked an account again under another identifier.
    ConnectionReplaced,
    /// A back end read the balance, holder and similar data of an account.
    AccountRead,
    OwnersRead,
    TransactionsRead,
    /// A back end read the status of a bank login.
    AuthorizationRead,
    /// A relink request reached this state.
    Request(State),
    /// The customer opted out of automatic emails.
    OptedOut,
    /// The customer opted in again.
    OptedIn,
    /// An operator signed in to the console.
    SignedIn,
    /// An operator signed out of the console.
    SignedOut,
    /// An operator viewed an account's history.
    AccountViewed,
    /// An operator exported a list.
    ListExported,
    /// An operator started relink requests to many customers.
    BatchBegun,
    /// An operator stopped such a batch.
    BatchStopped,
    /// A failed job was retried.
    WorkRetried,
    /// A webhook to the merchant was sent again.
    MessageReplayed,
    /// A list of connections of all customers was read.
    ConnectionsListed,
    /// An API key was created.
    KeyCreated,
    /// An API key was revoked.
    KeyRevoked,
    /// The whole database was exported.
    DatabaseExported,
    /// A whole database was imported.
    DatabaseImported,
    /// The database was backed up.
    DatabaseBackedUp,
    /// The audit trail was exported.
    TrailExported,
    /// Rows outside the hash chain were appended to it.
    RowsChained,
    /// An API key was used beyond its scopes, or after its expiry.
    AccessRefused,
    /// A wrong code or key was entered at the console.
    SignInFailed,
    /// A console session ended without a sign-out.
    SessionEnded,
}

impl AuditAction {
    /// Returns the action's name in the database and in exports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RelinkStarted => "relink.started",
            Self::RelinkSettled => "relink.settled",
            Self::MandateAccepted => "mandate.accepted",
            Self::PaymentMethodMade => "payment_method.made",
            Self::PaymentMethodRefused => "payment_method.refused",
            Self::PaymentsKept => "payments.kept",
            Self::ConnectionReplaced => "connection.replaced",
            Self::AccountRead => "account.read",
            Self::OwnersRead => "owners.read",
            Self::TransactionsRead => "transactions.read",
            Self::AuthorizationRead => "authorization.read",
            Self::OptedOut => "reminders.refused",
            Self::OptedIn => "reminders.wanted",
            Self::SignedIn => "console.signed_in",
            Self::SignedOut => "console.signed_out",
            Self::AccountViewed => "account.viewed",
            Self::ListExported => "list.exported",
            Self::BatchBegun => "batch.begun",
            Self::BatchStopped => "batch.stopped",
            Self::WorkRetried => "work.retried",
            Self::MessageReplayed => "message.replayed",
            Self::ConnectionsListed => "connections.listed",
            Self::KeyCreated => "key.created",
            Self::KeyRevoked => "key.revoked",
            Self::DatabaseExported => "database.exported",
            Self::DatabaseImported => "database.imported",
            Self::DatabaseBackedUp => "database.backed_up",
            Self::TrailExported => "audit.exported",
            Self::RowsChained => "audit.chained",
            Self::AccessRefused => "access.refused",
            Self::SignInFailed => "console.sign_in_failed",
            Self::SessionEnded => "console.session_ended",
            Self::Request(state) => match state {
                State::Created => "relink_request.created",
                State::Sent => "relink_request.sent",
                State::Opened => "relink_request.opened",
                State::Completed => "relink_request.completed",
                State::Failed => "relink_request.failed",
                State::Expired => "relink_request.expired",
                State::Cancelled => "relink_request.cancelled",
            },
        }
    }
}
