//! What a stage answers to an event.

use crate::{Request, Stage};

pub(crate) enum Step {
    /// The event does not fit: nothing changes, and an answer that is on its way is still welcome.
    Stay(Stage),
    /// A new stage; answers to older requests are late from here on.
    Enter(Stage),
    /// A new stage that waits for an answer.
    Ask(Stage, Request),
}
