//! Saying why an account can't be repaired.

use relink_protocol::stripe::Cause;

use crate::step::Step;
use crate::{Action, Event, Stage, Target};

/// Knows the account, and why it is beyond repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrepairable {
    /// The account.
    pub target: Target,
    /// Why it broke.
    pub cause: Cause,
}

impl Unrepairable {
    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Pressed(Action::Leave) => Step::Enter(self.target.back()),
            _ => Step::Stay(Stage::Unrepairable(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Walk, closed};

    #[test]
    fn there_is_a_way_back_and_no_way_to_the_bank() {
        let mut walk = Walk::browsing();
        walk.press(Action::Choose(closed().id));
        walk.press(Action::Continue);
        assert!(matches!(walk.stage(), Stage::Unrepairable(_)));
        walk.press(Action::Leave);
        assert!(matches!(walk.stage(), Stage::Browsing(_)));
    }
}
