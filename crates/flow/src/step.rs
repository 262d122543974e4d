//! Reaction of a stage to an event.

use relink_protocol::AccountName;

use crate::{Effect, Request, Stage, State, Ticket};

pub(crate) enum Step {
    /// The event does not fit: nothing changes, and an answer to the current request is still accepted.
    Stay(Stage),
    /// A new stage; answers to older requests are late from now on.
    Enter(Stage),
    /// A new stage that waits for an answer.
    Ask(Stage, Request),
    /// A new stage that waits for an answer, with these accounts to announce as changed.
    Tell(Stage, Request, Vec<AccountName>),
}

impl Step {
    /// Returns the resulting state after one with this ticket and these changed accounts; it has no deep link.
    pub(crate) fn taken(self, ticket: Ticket, news: Vec<AccountName>) -> (State, Option<Effect>) {
        let (stage, request, news) = match self {
            Self::Stay(stage) => return (State { stage, news, ticket, straight: None }, None),
            Self::Enter(stage) => (stage, None, Vec::new()),
            Self::Ask(stage, request) => (stage, Some(request), Vec::new()),
            Self::Tell(stage, request, news) => (stage, Some(request), news),
        };
        let ticket = ticket.next();
        (State { stage, news, ticket, straight: None }, request.map(|request| Effect { ticket, request }))
    }
}
