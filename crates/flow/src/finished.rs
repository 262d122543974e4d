//! Showing what an attempt achieved.

use relink_protocol::RelinkOutcome;

use crate::step::Step;
use crate::{Action, Event, Opening, Preparing, Stage, Target};

/// Knows the outcome, from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The account that was to be repaired, as it was before.
    pub target: Target,
    /// What Stripe says of the attempt. Never `Pending`.
    pub outcome: RelinkOutcome,
}

impl Finished {
    /// Whether there is anything to try again.
    pub fn can_try_again(&self) -> bool {
        self.outcome != RelinkOutcome::Relinked
    }

    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            // A new attempt is a new session; what was explained before still holds.
            Event::Pressed(Action::TryAgain) if self.can_try_again() => Preparing::enter(self.target),
            // The accounts are read again: one relink may have changed several.
            Event::Pressed(Action::Leave) => Opening { takes_up: true }.enter(),
            _ => Step::Stay(Stage::Finished(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;
    use crate::example::Walk;

    #[test]
    fn done_reads_the_accounts_again() {
        let mut walk = Walk::finished(RelinkOutcome::Relinked);
        walk.press(Action::Leave);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
    }

    #[test]
    fn everything_but_success_can_be_tried_again_with_a_new_session() {
        use RelinkOutcome::{Cancelled, Failed, NoAccount, NoAuthorization};
        for outcome in [NoAccount, NoAuthorization, Failed, Cancelled] {
            let mut walk = Walk::finished(outcome);
            walk.press(Action::TryAgain);
            assert!(matches!(walk.request(), Some(Request::LoadStripe { .. })), "{outcome:?}");
        }
        let mut walk = Walk::finished(RelinkOutcome::Relinked);
        walk.press(Action::TryAgain);
        assert_eq!(walk.request(), None);
    }
}
