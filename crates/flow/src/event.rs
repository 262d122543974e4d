//! Events of the conversation.

use relink_protocol::{AccountId, AccountPair, Overview, RelinkOutcome, Reported, StartedSession};

use crate::{Failure, Ticket};

/// An event of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The customer used a control.
    Action(Action),
    /// A request was answered.
    Answered(Ticket, Answer),
    /// The browser is online again.
    CameOnline,
}

/// Actions of the customer. Each stage decides which of them it offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Choose an account, to repair it or to read why it can't be repaired.
    Choose(AccountId),
    /// Continue to the bank.
    Continue,
    /// Retry what failed.
    TryAgain,
    /// Link any eligible account at the same bank instead.
    AnotherAccount,
    /// Link an account at another bank instead.
    AnotherBank,
    /// Link an account at another bank instead of this one, which no relink can repair.
    Replace(AccountId),
    /// Accept the mandate, and pay from this account.
    Pay(AccountId),
    /// Say which accounts are the same; none if the customer can't tell.
    Pair(Vec<AccountPair>),
    /// Leave the screen: not now, cancel, back, or done.
    Leave,
}

/// Answers, one variant for each kind of request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To `LoadAccounts`.
    Accounts(Result<Overview, Failure>),
    /// To `AwaitChange`.
    Changed(Overview),
    /// To `LoadStripe`: `Ok` if Stripe.js is loaded.
    Stripe(Result<(), Failure>),
    /// To `StartSession`.
    Session(Result<StartedSession, Failure>),
    /// To `OpenBank`: the window has closed.
    Bank(Reported),
    /// To `ReadOutcome` and `Pair`.
    Outcome(Result<RelinkOutcome, Failure>),
    /// To `Pay`.
    Paid(Result<(), Failure>),
    /// To `KeepPayments`; if it failed, the customer is asked again another time.
    Kept,
}
