//! What an attempt achieved, and the next step.

use relink_flow::{Action, Finished};
use relink_protocol::{Condition, RelinkOutcome};

use super::names;
use crate::text;
use crate::ui::{Card, Tone};

pub(super) fn draw(finished: &Finished) -> Card {
    let account = &finished.target.account;
    let bank = &account.institution_name;
    match finished.outcome {
        RelinkOutcome::Relinked => Card::new("relinked", text::relinked_heading(&names::account(account)))
            .tone(Tone::Good)
            .says(text::RELINKED_BODY)
            .primary(text::DONE, Action::Leave),
        RelinkOutcome::NoAccount => {
            let body = match &account.last4 {
                Some(last4) => text::no_account_body(bank, last4),
                None => text::no_account_body_unnumbered(bank, &finished.target.overview.merchant),
            };
            again(Card::new("no_account", text::NO_ACCOUNT_HEADING).tone(Tone::Warning).says(body))
        }
        RelinkOutcome::NoAuthorization => again(
            Card::new("no_authorization", text::NO_AUTHORIZATION_HEADING)
                .tone(Tone::Warning)
                .says(text::no_authorization_body(bank)),
        ),
        RelinkOutcome::Cancelled => {
            let card = Card::new("cancelled", text::CANCELLED_HEADING).tone(Tone::Warning);
            let was_healthy = matches!(account.condition, Condition::Expiring { .. });
            card.says(if was_healthy { text::CANCELLED_STAYS } else { text::NOTHING_CHANGED })
                .primary(text::START_AGAIN, Action::TryAgain)
                .quiet(text::NOT_NOW, Action::Leave)
        }
        // `Pending` is never finished; whatever it is, nothing is promised.
        RelinkOutcome::Failed | RelinkOutcome::Pending => {
            let card = Card::new("failed", text::failed_heading(bank)).tone(Tone::Bad);
            again(card.says(text::FAILED_BODY))
        }
    }
}

fn again(card: Card) -> Card {
    card.says(text::NOTHING_CHANGED)
        .primary(text::TRY_AGAIN, Action::TryAgain)
        .quiet(text::NOT_NOW, Action::Leave)
}
