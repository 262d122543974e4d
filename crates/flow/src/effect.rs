//! What the shell is asked to do. It does it, reports the answer with the same ticket, and decides nothing.

use relink_protocol::{AccountId, Choice, Reported, SessionId, StartedSession};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Goes back with the answer.
    pub ticket: Ticket,
    /// What to do.
    pub request: Request,
}

/// Numbers the requests, so that an answer which is no longer wanted can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u32);

impl Ticket {
    pub(crate) const FIRST: Self = Self(0);

    pub(crate) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// The kinds of things to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `GET /api/accounts`.
    LoadAccounts,
    /// Listen to `GET /api/changes`, while the page can be seen, until the accounts are no longer those of this version;
    /// then `GET /api/accounts`. Whatever fails is tried again: nobody has asked for this, so nobody is told.
    AwaitChange {
        /// Of the accounts on the screen.
        since: String,
    },
    /// Load the page itself anew, as soon as the server answers: in place of a page of ours, a browser would show one
    /// of its own. The page names the files of the program as they are now, which those before it may no longer be.
    LoadPage,
    /// Load Stripe.js from this address, unless it is there already.
    LoadStripe {
        /// Stripe's, or the sandbox's.
        url: String,
    },
    /// `POST /api/sessions`. Only ever on a gesture of the customer's.
    StartSession {
        /// The account to repair or replace.
        account: AccountId,
        /// What the customer chose to do about it.
        choice: Choice,
    },
    /// Open the bank window.
    OpenBank {
        /// Where Stripe.js comes from.
        url: String,
        /// The attempt; the secret inside is for this one call.
        started: StartedSession,
    },
    /// `POST /api/sessions/{session}/outcome`.
    ReadOutcome {
        /// The attempt.
        session: SessionId,
        /// What Stripe.js told us.
        reported: Reported,
        /// How long to wait before asking, in seconds.
        after: u16,
    },
    /// `POST /api/sessions/{session}/payment-method`: the customer agreed to the mandate.
    Pay {
        /// The attempt that added the account.
        session: SessionId,
        /// The account to pay from.
        account: AccountId,
    },
    /// `DELETE /api/sessions/{session}/payment-method`: payments stay as they are.
    KeepPayments {
        /// The attempt that added an account.
        session: SessionId,
    },
}
