//! Reaction of a stage to an event.

use relink_protocol::AccountName;

use crate::{Effect, Request, Stage, State, Ticket};

pub(crate) enum Step {
    /// The event does not fit: nothing changes, and an answer to the current request is still accepted.
    Unchanged(Stage),
    /// A new stage; answers to older requests are late from now on.
    Goto(Stage),
    /// A new stage that waits for an answer.
    Request(Stage, Request),
    /// A new stage that waits for an answer, with these accounts to announce as changed.
    Emit(Stage, Request, Vec<AccountName>),
}

impl Step {
    /// Returns the resulting state after one with this ticket and these changed accounts; it has no deep link.
    pub(crate) fn apply_to(self, ticket: Ticket, changes: Vec<AccountName>) -> (State, Option<Effect>) {
        let (stage, request, changes) = match self {
            Self::Unchanged(stage) => return (State { stage, changes, ticket, deep_link: None }, None),
            Self::Goto(stage) => (stage, None, Vec::new()),
            Self::Request(stage, request) => (stage, Some(request), Vec::new()),
            Self::Emit(stage, request, changes) => (stage, Some(request), changes),
        };
        let ticket = ticket.next();
        (State { stage, changes, ticket, deep_link: None }, request.map(|request| Effect { ticket, request }))
    }
}
