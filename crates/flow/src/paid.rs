//! Stage that confirms that payments can come from another account.

use relink_protocol::AccountName;

use crate::step::Step;
use crate::{Action, Event, Opening, Stage, Target};

/// Confirms the account to pay from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Account that it replaces.
    pub target: Target,
    /// Account to pay from.
    pub account: AccountName,
    /// Mandate that the customer accepted, of which they may keep a copy.
    pub mandate: String,
}

impl Paid {
    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Action(Action::Leave) => Opening::reload_accounts(),
            _ => Step::Unchanged(Stage::Paid(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Harness;
    use crate::{Answer, Request};

    #[test]
    fn done_reads_the_accounts_again() {
        let mut harness = Harness::paying();
        harness.answer(Answer::Paid(Ok(())));
        harness.press(Action::TryAgain);
        assert_eq!(harness.request(), None);
        harness.press(Action::Leave);
        assert_eq!(harness.request(), Some(Request::LoadAccounts));
    }
}
