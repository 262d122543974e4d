//! A payment method is being made.

use crate::text;
use crate::ui::Card;

pub(super) fn draw() -> Card {
    Card::new("paying", text::PAYING_HEADING).busy().paragraph(text::PAYING_BODY)
}
