//! Outcome of an attempt, and the next step.

use relink_flow::{Action, Finished};
use relink_protocol::{Choice, RelinkOutcome};

use super::connected;
use crate::text;
use crate::ui::{Card, Tone};

pub(super) fn draw(finished: &Finished) -> Card {
    let bank = &finished.target.account.name.institution_name;
    match &finished.outcome {
        RelinkOutcome::Relinked(accounts) => connected::relinked(finished, accounts),
        RelinkOutcome::NewAccount(accounts) => connected::new_account(finished, accounts),
        RelinkOutcome::NewAuthorization(accounts) => connected::new_authorization(finished, accounts),
        RelinkOutcome::NoAccount => no_account(finished),
        RelinkOutcome::NoAuthorization => again(
            Card::new("no_authorization", text::NO_AUTHORIZATION_HEADING)
                .tone(Tone::Warning)
                .paragraph(text::no_authorization_body(bank)),
        ),
        RelinkOutcome::Cancelled => {
            let card = Card::new("cancelled", text::CANCELLED_HEADING).tone(Tone::Warning);
            let stays = finished.target.account.condition.is_connected();
            card.paragraph(if stays { text::CANCELLED_STAYS } else { text::NOTHING_CHANGED })
                .primary(text::START_AGAIN, Action::TryAgain)
                .secondary(text::NOT_NOW, Action::Leave)
        }
        // `Pending` is never a final outcome; as a fallback, nothing is promised.
        RelinkOutcome::Failed | RelinkOutcome::Pending => {
            let card = Card::new("failed", text::failed_heading(bank)).tone(Tone::Error);
            let help = finished.target.overview.help_url.clone();
            Card { help, ..again(card.paragraph(text::FAILED_BODY)) }
        }
    }
}

fn no_account(finished: &Finished) -> Card {
    let (name, overview) = (&finished.target.account.name, &finished.target.overview);
    let (bank, merchant) = (&name.institution_name, &overview.merchant);
    let was_exact = overview.exact && finished.target.choice == Choice::Repair;
    let body = match &name.last4 {
        _ if !was_exact => text::no_account_body_any(bank, merchant),
        Some(last4) => text::no_account_body(bank, last4),
        None => text::no_account_body_unnumbered(bank, merchant),
    };
    let card = Card::new("no_account", text::NO_ACCOUNT_HEADING).tone(Tone::Warning).paragraph(body);
    if !finished.offers_another() {
        return again(card);
    }
    let card = card.paragraph(text::NOTHING_CHANGED);
    let card = if was_exact {
        card.primary(text::no_account_another(bank), Action::AnotherAccount)
    } else {
        card.primary(text::TRY_AGAIN, Action::TryAgain)
    };
    card.secondary(text::ANOTHER_BANK, Action::AnotherBank).secondary(text::NOT_NOW, Action::Leave)
}

fn again(card: Card) -> Card {
    card.paragraph(text::NOTHING_CHANGED)
        .primary(text::TRY_AGAIN, Action::TryAgain)
        .secondary(text::NOT_NOW, Action::Leave)
}
