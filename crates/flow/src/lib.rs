//! The conversation with a customer who repairs a bank connection, as a pure state machine.
//!
//! No browser, no clock, no network: [`update`] says what comes next and what is to be done, and does nothing itself.
//!
//! ```text
//! Opening ──▶ Browsing ──▶ Explaining ──▶ Preparing ──▶ AtBank ──▶ Checking ──▶ Finished ──▶ Opening
//!    │           │             ▲              ▲  ▲          │           ▲          │ │ │
//!    │           └▶ Unrepairable              │  └──────────┼───────────┼──────────┘ │ └▶ Paying ──▶ Paid
//!    │             (another bank)             │ (again, or another account there)    │
//!    └─(an attempt was interrupted)───────────┼─────────────┼───────────┘            └──▶ Explaining
//!                 any request that fails ─────┴─────────────┴──▶ Failed ──▶ the same request again
//! ```
//!
//! While accounts are on the screen and nothing is under way (Browsing, Explaining, Unrepairable), the page is told when
//! they change elsewhere. A change redraws what is there; only where what the customer reads no longer holds does it lead
//! to the accounts.
//!
//! A browser that has not got all of this yet calls [`update_early`], which knows the left end of it.
//!
//! One file per stage, each in the same order: what the stage knows, its transitions, its tests.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::needless_pass_by_value,
    reason = "every stage takes any event, and one that does not fit changes nothing, whatever events there will be"
)]
#![expect(
    clippy::result_large_err,
    reason = "what is given back is not an error that is passed on, up and up"
)]

mod at_bank;
mod browsing;
mod checking;
mod early;
mod effect;
mod event;
mod explaining;
mod failed;
mod finished;
mod news;
mod opening;
mod paid;
mod paying;
mod preparing;
mod step;
mod straight;
mod target;
mod unrepairable;

use relink_protocol::{AccountId, AccountName};

pub use at_bank::AtBank;
pub use browsing::Browsing;
pub use checking::Checking;
pub use early::update_early;
pub use effect::{Effect, Request, Ticket};
pub use event::{Action, Answer, Event};
pub use explaining::Explaining;
pub use failed::{Again, Doubt, Failed, Failure, Reason};
pub use finished::Finished;
pub use opening::Opening;
pub use paid::Paid;
pub use paying::Paying;
pub use preparing::{Preparation, Preparing};
pub use target::Target;
pub use unrepairable::Unrepairable;

/// Where the conversation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The screen, and what it knows.
    pub stage: Stage,
    /// Accounts that are no longer what they were when they were last shown, without the customer's doing. To be told once.
    pub news: Vec<AccountName>,
    /// Of the newest request. Answers to older ones are late.
    ticket: Ticket,
    /// The account that the page is about, until the accounts are there.
    straight: Option<AccountId>,
}

impl State {
    /// The same, going straight to this account.
    #[must_use]
    pub fn straight_to(self, account: Option<AccountId>) -> Self {
        Self { straight: account, ..self }
    }
}

/// The stages of the conversation; each is a screen or a few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Asking for the customer's accounts: first paint.
    Opening(Opening),
    /// Showing the accounts.
    Browsing(Browsing),
    /// Saying what will happen and what will be shared.
    Explaining(Explaining),
    /// Fetching what the bank window needs.
    Preparing(Preparing),
    /// The bank window is open.
    AtBank(AtBank),
    /// Asking the server what the attempt achieved.
    Checking(Checking),
    /// Showing what the attempt achieved.
    Finished(Finished),
    /// Making a payment method.
    Paying(Paying),
    /// Saying that it can be paid with.
    Paid(Paid),
    /// Saying why an account can't be repaired.
    Unrepairable(Unrepairable),
    /// A request failed.
    Failed(Failed),
}

/// The first state, and the request for the accounts.
pub fn start() -> (State, Effect) {
    let ticket = Ticket::FIRST;
    let opening = Stage::Opening(Opening { takes_up: true });
    let state = State { stage: opening, news: Vec::new(), ticket, straight: None };
    (state, Effect { ticket, request: Request::LoadAccounts })
}

/// What comes after `event`. An event that does not fit the state changes nothing, and an answer that is not to the
/// newest request is dropped here, once for all stages: so a late one reopens nothing.
pub fn update(now: State, event: Event) -> (State, Option<Effect>) {
    let State { stage, news, ticket, straight } = now;
    if matches!(&event, Event::Answered(answered, _) if *answered != ticket) {
        return (State { stage, news, ticket, straight }, None);
    }
    let step = match stage {
        Stage::Opening(opening) => opening.step(event),
        Stage::Browsing(browsing) => browsing.step(event),
        Stage::Explaining(explaining) => explaining.step(event),
        Stage::Preparing(preparing) => preparing.step(event),
        Stage::AtBank(at_bank) => at_bank.step(event),
        Stage::Checking(checking) => checking.step(event),
        Stage::Finished(finished) => finished.step(event),
        Stage::Paying(paying) => paying.step(event),
        Stage::Paid(paid) => paid.step(event),
        Stage::Unrepairable(unrepairable) => unrepairable.step(event),
        Stage::Failed(failed) => failed.step(event),
    };
    let (state, effect) = step.taken(ticket, news);
    match straight {
        Some(account) => straight::go(account, state, effect),
        None => (state, effect),
    }
}

#[cfg(test)]
mod example;
#[cfg(test)]
mod properties;
