//! What a stage answers to an event.

use crate::{Effect, Request, Stage, State, Ticket};

pub(crate) enum Step {
    /// The event does not fit: nothing changes, and an answer that is on its way is still welcome.
    Stay(Stage),
    /// A new stage; answers to older requests are late from here on.
    Enter(Stage),
    /// A new stage that waits for an answer.
    Ask(Stage, Request),
}

impl Step {
    /// The state that it leads to from one whose newest request had this ticket.
    pub(crate) fn taken(self, ticket: Ticket) -> (State, Option<Effect>) {
        match self {
            Self::Stay(stage) => (State { stage, ticket }, None),
            Self::Enter(stage) => (State { stage, ticket: ticket.next() }, None),
            Self::Ask(stage, request) => {
                let ticket = ticket.next();
                (State { stage, ticket }, Some(Effect { ticket, request }))
            }
        }
    }
}
