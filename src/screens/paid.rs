//! Payments can come from another account.

use relink_flow::{Action, Paid};

use super::names;
use crate::text;
use crate::ui::{Card, Tone};

pub(super) fn draw(paid: &Paid) -> Card {
    Card::new("paid", text::paid_heading(&names::account(&paid.account)))
        .tone(Tone::Success)
        .paragraph(text::paid_body(&paid.target.overview.merchant))
        .primary(text::DONE, Action::Leave)
}
