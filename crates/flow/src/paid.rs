//! Stage that confirms that payments can come from another account.

use relink_protocol::{AccountName, Connected};

use crate::step::Step;
use crate::{Action, Event, Finished, Opening, Stage};

/// Confirms the account to pay from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Attempt that added the account, with the mandate that the customer accepted.
    pub finished: Finished,
    /// Account to pay from.
    pub account: AccountName,
}

impl Paid {
    /// Returns the mandate that the customer accepted, of which they may keep a copy. The server writes a paragraph for
    /// each added account, in the same order, or one for all.
    pub fn mandate(&self) -> &str {
        let Some(Connected { added, mandate: Some(words), .. }) = self.finished.outcome.connected() else {
            return "";
        };
        let paragraphs = words.split("\n\n");
        if paragraphs.clone().count() != added.len() {
            return words;
        }
        let own = added.iter().zip(paragraphs).find(|(account, _)| account.id == self.account.id);
        own.map_or(words, |(_, own)| own)
    }

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
