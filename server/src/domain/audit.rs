//! Who did what, as a merchant shows it years later.

use std::net::IpAddr;

use relink_protocol::{AccountId, CustomerId, SessionId};
use serde::Serialize;
use serde_json::Value;

use super::caller::Caller;
use super::request::State;

/// One thing that somebody did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) source: Source,
    pub(crate) action: Action,
    /// Whom, what attempt and which account it is about.
    pub(crate) customer: Option<CustomerId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) account: Option<AccountId>,
    /// What else is to be known of it.
    pub(crate) detail: Value,
}

impl Entry {
    /// An entry about no customer, session or account.
    pub(crate) fn of(source: Source, action: Action, detail: Value) -> Self {
        Self { source, action, customer: None, session: None, account: None, detail }
    }
}

/// Somebody, and the address of the client that they used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) actor: Actor,
    /// `None` where no client asked: the server by itself, and the command line.
    pub(crate) ip_address: Option<IpAddr>,
}

impl From<Actor> for Source {
    fn from(actor: Actor) -> Self {
        Self { actor, ip_address: None }
    }
}

/// Whose doing it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Actor {
    /// A customer in a sign-in session of the merchant's.
    Customer { customer: CustomerId, sign_in: Option<String> },
    /// Whoever has one of the API keys; unnamed is `RELINK_API_KEY`.
    BackEnd {
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Whoever signed in to the console with this mailbox.
    Operator { email: String },
    /// Whoever has the link of this request.
    Link { customer: CustomerId, request: String },
    /// A user of the operating system who ran `relink-server` with a subcommand.
    CommandLine { user: String },
    /// A stranger: somebody who did not get in.
    Unknown,
    /// This server, by itself.
    Server,
}

impl Actor {
    /// The actor as a client at this address.
    pub(crate) fn at(self, ip_address: IpAddr) -> Source {
        Source { actor: self, ip_address: Some(ip_address) }
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

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A session was made for an attempt.
    RelinkStarted,
    /// It is known what came of it; once more where Stripe corrects what a browser said.
    RelinkSettled,
    /// The customer agreed to the mandate.
    MandateAccepted,
    /// Stripe made what the customer agreed to.
    PaymentMethodMade,
    /// Stripe did not, and nothing is left of it.
    PaymentMethodRefused,
    /// The customer pays as before.
    PaymentsKept,
    /// Balance, holder and the like were read.
    AccountRead,
    OwnersRead,
    TransactionsRead,
    /// A relink request came to this state.
    Request(State),
    /// The customer wants automatic mails no more, or again.
    OptedOut,
    OptedIn,
    /// An operator came to the console, or left it.
    SignedIn,
    SignedOut,
    /// They looked at an account's history.
    AccountViewed,
    /// They took a list away.
    ListExported,
    /// They had many customers asked, or stopped that.
    BatchBegun,
    BatchStopped,
    /// They had something done, or sent, once more.
    WorkRetried,
    MessageReplayed,
    /// A list of everybody's accounts was read.
    ConnectionsListed,
    /// An API key was made, or revoked.
    KeyCreated,
    KeyRevoked,
    /// The whole database was copied, in or out.
    DatabaseExported,
    DatabaseImported,
    DatabaseBackedUp,
    /// The audit trail was copied.
    TrailExported,
    /// Rows that had no place in the chain of hashes got one.
    RowsChained,
    /// An API key was used for something that it may not do, or after its end.
    AccessRefused,
    /// Somebody tried a wrong code or key at the console.
    SignInFailed,
    /// A session at the console ended without a sign-out.
    SessionEnded,
}

impl Action {
    /// As it is kept and told.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RelinkStarted => "relink.started",
            Self::RelinkSettled => "relink.settled",
            Self::MandateAccepted => "mandate.accepted",
            Self::PaymentMethodMade => "payment_method.made",
            Self::PaymentMethodRefused => "payment_method.refused",
            Self::PaymentsKept => "payments.kept",
            Self::AccountRead => "account.read",
            Self::OwnersRead => "owners.read",
            Self::TransactionsRead => "transactions.read",
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
