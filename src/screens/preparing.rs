//! The bank window is about to open.

use relink_flow::{Action, Preparing};

use crate::text;
use crate::ui::Card;

pub(super) fn draw(preparing: &Preparing) -> Card {
    Card::new("preparing", text::preparing_heading(&preparing.target.account.institution_name))
        .busy()
        .says(text::PREPARING_BODY)
        .quiet(text::CANCEL, Action::Leave)
}
