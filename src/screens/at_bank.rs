//! The bank window is open in front of the page.

use relink_flow::Action;

use crate::text;
use crate::ui::{Attention, Card};

pub(super) fn draw() -> Card {
    let card = Card::new("at_bank", text::AT_BANK_HEADING)
        .busy()
        .paragraph(text::AT_BANK_BODY)
        .secondary(text::CANCEL, Action::Leave);
    Card { attention: Attention::Announce, ..card }
}
