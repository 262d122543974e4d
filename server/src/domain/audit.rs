//! Entries of the audit trail, which a merchant may have to show years later.

use std::net::IpAddr;

use relink_protocol::{AccountId, HolderId, SessionId};
use serde::Serialize;
use serde_json::Value;
use strum::{IntoStaticStr, VariantNames};

use super::customer_claims::Caller;
use super::merchant_event::MerchantEvent;
use super::oidc::OidcSubject;

/// Entry of the audit trail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) source: AuditSource,
    pub(crate) action: AuditAction,
    /// Customer, session and account that the entry is about.
    pub(crate) customer: Option<HolderId>,
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
    Customer { customer: HolderId, sign_in: Option<String> },
    /// Back end with an API key; `None` is `RELINK_API_KEY`.
    BackEnd {
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Operator who signed in to the console with this email address, or with an account at the issuer.
    Operator {
        /// Address to which a code was sent, or which the issuer has verified.
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<String>,
        #[serde(flatten)]
        account: Option<OidcSubject>,
    },
    /// Bearer of the link of this relink request.
    Link { customer: HolderId, request: String },
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
pub(crate) enum AuditAction {
    /// A session was created for an attempt.
    #[strum(serialize = "relink.started")]
    RelinkStarted,
    /// The outcome of an attempt became known; recorded again if Stripe corrects the browser's report.
    #[strum(serialize = "relink.settled")]
    RelinkSettled,
    /// The customer agreed to the mandate.
    #[strum(serialize = "mandate.accepted")]
    MandateAccepted,
    /// Stripe created the payment method that the customer agreed to.
    #[strum(serialize = "payment_method.made")]
    PaymentMethodMade,
    /// Stripe refused to create it, and nothing is left of it.
    #[strum(serialize = "payment_method.refused")]
    PaymentMethodRefused,
    /// The server made it the default where that of the replaced account was, or Stripe refused that.
    #[strum(serialize = "payment_method.made_default")]
    PaymentMethodMadeDefault,
    /// A connected account agreed to be paid out to another account.
    #[strum(serialize = "external_account.accepted")]
    ExternalAccountAccepted,
    /// Stripe made that account an external account.
    #[strum(serialize = "external_account.made")]
    ExternalAccountMade,
    /// Stripe refused that.
    #[strum(serialize = "external_account.refused")]
    ExternalAccountRefused,
    /// The customer chose to keep paying as before.
    #[strum(serialize = "payments.kept")]
    PaymentsKept,
    /// The customer linked an account again under another identifier.
    #[strum(serialize = "connection.replaced")]
    ConnectionReplaced,
    /// The customer told which of the accounts that look alike are the same, or that they can't tell.
    #[strum(serialize = "accounts.paired")]
    AccountsPaired,
    /// A back end read the balance, holder and similar data of an account.
    #[strum(serialize = "account.read")]
    AccountRead,
    #[strum(serialize = "owners.read")]
    OwnersRead,
    #[strum(serialize = "transactions.read")]
    TransactionsRead,
    /// A back end read the status of a bank login.
    #[strum(serialize = "authorization.read")]
    AuthorizationRead,
    /// A relink request reached another state, which the merchant event names, too.
    #[strum(transparent)]
    Request(MerchantEvent),
    /// The customer opted out of automatic emails.
    #[strum(serialize = "reminders.refused")]
    OptedOut,
    /// The customer opted in again.
    #[strum(serialize = "reminders.wanted")]
    OptedIn,
    /// An operator signed in to the console.
    #[strum(serialize = "console.signed_in")]
    SignedIn,
    /// An operator signed out of the console.
    #[strum(serialize = "console.signed_out")]
    SignedOut,
    /// An operator viewed an account's history.
    #[strum(serialize = "account.viewed")]
    AccountViewed,
    /// An operator exported a list.
    #[strum(serialize = "list.exported")]
    ListExported,
    /// An operator started relink requests to many customers.
    #[strum(serialize = "batch.begun")]
    BatchBegun,
    /// A second operator approved such a batch.
    #[strum(serialize = "batch.approved")]
    BatchApproved,
    /// An operator stopped such a batch.
    #[strum(serialize = "batch.stopped")]
    BatchStopped,
    /// A failed job was retried.
    #[strum(serialize = "work.retried")]
    WorkRetried,
    /// A webhook to the merchant was sent again.
    #[strum(serialize = "message.replayed")]
    MessageReplayed,
    /// A list of connections of all customers was read.
    #[strum(serialize = "connections.listed")]
    ConnectionsListed,
    /// An API key was created.
    #[strum(serialize = "key.created")]
    KeyCreated,
    /// An API key was revoked.
    #[strum(serialize = "key.revoked")]
    KeyRevoked,
    /// The whole database was exported.
    #[strum(serialize = "database.exported")]
    DatabaseExported,
    /// A whole database was imported.
    #[strum(serialize = "database.imported")]
    DatabaseImported,
    /// The database was backed up.
    #[strum(serialize = "database.backed_up")]
    DatabaseBackedUp,
    /// Personal data in the database was encrypted with another key, for the first time, or decrypted.
    #[strum(serialize = "database.encrypted")]
    DatabaseEncrypted,
    /// The audit trail was exported.
    #[strum(serialize = "audit.exported")]
    TrailExported,
    /// Everything about a customer was exported.
    #[strum(serialize = "customer.exported")]
    CustomerExported,
    /// A customer was erased. The detail lists their entries in the trail, of which only a part is kept.
    #[strum(serialize = "customer.erased")]
    CustomerErased,
    /// Rows outside the hash chain were appended to it.
    #[strum(serialize = "audit.chained")]
    RowsChained,
    /// An API key was used beyond its scopes, or after its expiry.
    #[strum(serialize = "access.refused")]
    AccessRefused,
    /// A wrong code or key was entered at the console.
    #[strum(serialize = "console.sign_in_failed")]
    SignInFailed,
    /// A console session ended without a sign-out.
    #[strum(serialize = "console.session_ended")]
    SessionEnded,
}

impl AuditAction {
    /// Returns the action's name in the database and in exports.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_name() {
        for name in AuditAction::VARIANTS.iter().filter(|name| **name != "Request") {
            let parts = name.split_once('.');
            let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(parts.is_some_and(|(of, done)| is_word(of) && is_word(done)), "{name}");
        }
        let request = AuditAction::Request(MerchantEvent::RequestSent);
        assert_eq!(request.as_str(), "relink_request.sent");
    }
}
