//! Who did what, as a merchant shows it years later.

use relink_protocol::{AccountId, CustomerId, SessionId};
use serde::Serialize;
use serde_json::Value;

use super::caller::Caller;

/// One thing that somebody did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) actor: Actor,
    pub(crate) action: Action,
    /// Whom, what attempt and which account it is about.
    pub(crate) customer: Option<CustomerId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) account: Option<AccountId>,
    /// What else is to be known of it.
    pub(crate) detail: Value,
}

/// Whose doing it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Actor {
    /// A customer in a sign-in session of the merchant's.
    Customer { customer: CustomerId, sign_in: Option<String> },
    /// Whoever has `RELINK_API_KEY`.
    BackEnd,
    /// This server, by itself.
    Server,
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        Self::Customer { customer: caller.customer.clone(), sign_in: caller.sign_in.clone() }
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
        }
    }
}
