//! Requests to the shell. It performs them, reports the answer with their ticket, and decides nothing.

use relink_protocol::{AccountId, AccountPair, Choice, Reported, SessionId, StartedSession};

/// A request to perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Ticket to return with the answer.
    pub ticket: Ticket,
    /// Request to perform.
    pub request: Request,
}

/// Sequence number of a request, by which late answers are recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u32);

impl Ticket {
    pub(crate) const FIRST: Self = Self(0);

    pub(crate) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// Requests that the shell can perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `GET /api/accounts`.
    LoadAccounts,
    /// Listen to `GET /api/changes`, while the page is visible, until the accounts differ from this version; then
    /// `GET /api/accounts`. Failures are retried silently, because the customer did not request this.
    AwaitChange {
        /// Version of the accounts on the screen.
        since: String,
    },
    /// Load Stripe.js from this URL, unless it is already loaded.
    LoadStripe {
        /// URL at Stripe, or of the sandbox.
        url: String,
    },
    /// `POST /api/sessions`. Only ever after a gesture of the customer.
    StartSession {
        /// Account to repair or replace.
        account: AccountId,
        /// Customer's choice for the account.
        choice: Choice,
    },
    /// Open the bank window.
    OpenBank {
        /// URL of Stripe.js.
        url: String,
        /// Session of the attempt; its secret is for this one call.
        started: StartedSession,
    },
    /// `POST /api/sessions/{session}/outcome`.
    ReadOutcome {
        /// Session of the attempt.
        session: SessionId,
        /// Report of Stripe.js to the page.
        reported: Reported,
        /// Seconds to wait before the request.
        after: u16,
    },
    /// `POST /api/sessions/{session}/pairs`: the customer tells which accounts are the same.
    Pair {
        /// Session that linked accounts which look like those before it.
        session: SessionId,
        /// Pairs of which the customer is sure.
        pairs: Vec<AccountPair>,
    },
    /// `POST /api/sessions/{session}/payment-method`: the customer accepts the mandate.
    Pay {
        /// Session that added the account.
        session: SessionId,
        /// Account to pay from.
        account: AccountId,
    },
    /// `DELETE /api/sessions/{session}/payment-method`: the customer declines; payments stay unchanged.
    KeepPayments {
        /// Session that added an account.
        session: SessionId,
    },
}
