//! What can happen.

use relink_protocol::{AccountId, Overview, RelinkOutcome, Reported, StartedSession};

use crate::{Failure, Ticket};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The customer did something.
    Pressed(Action),
    /// A request was answered.
    Answered(Ticket, Answer),
    /// The network is back.
    CameOnline,
    /// What this event waits behind takes the rest of the program, and that did not come: see
    /// [`crate::update_early`].
    Incomplete(Failure),
}

/// What a customer can do. Which of them a stage offers is the stage's affair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Choose an account to repair, or to be told why it can't be.
    Choose(AccountId),
    /// Go on to the bank.
    Continue,
    /// Do what failed again.
    TryAgain,
    /// Take any eligible account at the same bank instead.
    AnotherAccount,
    /// Link an account at another bank instead.
    AnotherBank,
    /// Agree to the mandate, and pay from this account.
    Pay(AccountId),
    /// Not now, cancel, back, done.
    Leave,
}

/// Answers, one kind for each kind of request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To `LoadAccounts`.
    Accounts(Result<Overview, Failure>),
    /// To `AwaitChange`.
    Changed(Overview),
    /// To `LoadStripe`: whether it is there now.
    Stripe(Result<(), Failure>),
    /// To `StartSession`.
    Session(Result<StartedSession, Failure>),
    /// To `OpenBank`: the window has closed.
    Bank(Reported),
    /// To `ReadOutcome`.
    Outcome(Result<RelinkOutcome, Failure>),
    /// To `Pay`.
    Paid(Result<(), Failure>),
    /// To `KeepPayments`; if that failed, the customer is asked again some other time.
    Kept,
    /// To `LoadPage`: why the page is still this one. Otherwise nobody is left to be told.
    Page(Failure),
}
