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
}

impl Paid {
    pub(crate) fn step(self, event: Event) -> Step {
        match event {
            Event::Pressed(Action::Leave) => Opening::again(),
            _ => Step::Stay(Stage::Paid(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::Walk;
    use crate::{Answer, Request};

    #[test]
    fn done_reads_the_accounts_again() {
        let mut walk = Walk::paying();
        walk.answer(Answer::Paid(Ok(())));
        walk.press(Action::TryAgain);
        assert_eq!(walk.request(), None);
        walk.press(Action::Leave);
        assert_eq!(walk.request(), Some(Request::LoadAccounts));
    }
}
