//! What a stage answers to an event.

use relink_protocol::AccountName;

use crate::{Effect, Request, Stage, State, Ticket};

pub(crate) enum Step {
    /// The event does not fit: nothing changes, and an answer that is on its way is still welcome.
    Stay(Stage),
    /// A new stage; answers to older requests are late from here on.
    Enter(Stage),
    /// A new stage that waits for an answer.
    Ask(Stage, Request),
    /// The same, where these accounts have changed without the customer's doing.
    Tell(Stage, Request, Vec<AccountName>),
}

impl Step {
    /// The state that it leads to from one with this ticket and these news; it goes straight nowhere.
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
