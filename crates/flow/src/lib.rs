//! The conversation with a customer who repairs a bank connection, as a pure state machine.
//!
//! No browser, no clock, no network: [`update`] returns the next state and the next request, and performs nothing
//! itself.
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
//! Finished asks first which accounts are the same if that is in doubt. The answer leads to Checking, and from there to
//! Finished again with the outcome that follows from it.
//!
//! While accounts are on the screen and nothing is in progress (Browsing, Explaining, Unrepairable), the page listens
//! for changes from elsewhere. A change updates the screen in place; it leads back to the accounts only if the screen
//! no longer applies.
//!
//! One file per stage, each in the same order: its data, its transitions, its tests.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::needless_pass_by_value,
    reason = "stages ignore all events that do not fit"
)]
#![expect(clippy::result_large_err, reason = "`Err` is a step to the direct caller")]

mod at_bank;
mod browsing;
mod changes;
mod checking;
mod deep_link;
mod effect;
mod event;
mod explaining;
mod failed;
mod finished;
mod opening;
mod paid;
mod paying;
mod preparing;
mod step;
mod target;
mod unrepairable;

use relink_protocol::{AccountId, AccountName};

pub use at_bank::AtBank;
pub use browsing::{Browsing, Notice};
pub use checking::Checking;
pub use effect::{Effect, Request, Ticket};
pub use event::{Action, Answer, Event};
pub use explaining::Explaining;
pub use failed::{Failed, Failure, Reason, RetryAction, UncertainEffect};
pub use finished::Finished;
pub use opening::Opening;
pub use paid::Paid;
pub use paying::Paying;
pub use preparing::{Preparation, Preparing};
pub use target::Target;
pub use unrepairable::Unrepairable;

/// State of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Current stage, with its data.
    pub stage: Stage,
    /// Accounts that have changed since they were last shown, without the customer's doing. To be announced once.
    pub changes: Vec<AccountName>,
    /// Ticket of the newest request. Answers to older ones are late.
    ticket: Ticket,
    /// Account of a deep link, until the accounts are loaded.
    deep_link: Option<AccountId>,
}

impl State {
    /// Returns the state with a deep link to this account.
    #[must_use]
    pub fn with_deep_link(self, account: Option<AccountId>) -> Self {
        Self { deep_link: account, ..self }
    }
}

/// Stages of the conversation; each has one or more screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Loads the customer's accounts: first paint.
    Opening(Opening),
    /// Shows the accounts.
    Browsing(Browsing),
    /// Explains what will happen and what will be shared.
    Explaining(Explaining),
    /// Fetches what the bank window needs.
    Preparing(Preparing),
    /// The bank window is open.
    AtBank(AtBank),
    /// Polls the server for the outcome of the attempt.
    Checking(Checking),
    /// Shows the outcome of the attempt.
    Finished(Finished),
    /// Makes a payment method.
    Paying(Paying),
    /// Confirms that the customer can pay from the account.
    Paid(Paid),
    /// Explains why an account can't be repaired.
    Unrepairable(Unrepairable),
    /// A request failed.
    Failed(Failed),
}

/// Returns the first state, and the request for the accounts.
pub fn start() -> (State, Effect) {
    let ticket = Ticket::FIRST;
    let opening = Stage::Opening(Opening { resumes_attempt: true });
    let state = State { stage: opening, changes: Vec::new(), ticket, deep_link: None };
    (state, Effect { ticket, request: Request::LoadAccounts })
}

/// Returns the state after `event`, and the request to perform. An event that does not fit the state changes nothing.
/// Answers to any but the newest request are dropped here, for all stages, so that a late one reopens nothing.
pub fn update(now: State, event: Event) -> (State, Option<Effect>) {
    let State { stage, changes, ticket, deep_link } = now;
    if matches!(&event, Event::Answered(answered, _) if *answered != ticket) {
        return (State { stage, changes, ticket, deep_link }, None);
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
    let (state, effect) = step.apply_to(ticket, changes);
    match deep_link {
        Some(account) => deep_link::follow(account, state, effect),
        None => (state, effect),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod test_support;
