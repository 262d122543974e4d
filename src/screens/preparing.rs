//! The bank window is about to open.

use relink_flow::{Action, Preparing};
use relink_protocol::Choice;

use crate::text;
use crate::ui::Card;

pub(super) fn draw(preparing: &Preparing) -> Card {
    let target = &preparing.target;
    let heading = match target.choice {
        Choice::Repair | Choice::AnotherAccount => {
            text::preparing_heading(&target.account.name.institution_name)
        }
        Choice::AnotherBank => text::PREPARING_ANOTHER_HEADING.to_owned(),
    };
    Card::new("preparing", heading)
        .busy()
        .paragraph(text::PREPARING_BODY)
        .secondary(text::CANCEL, Action::Leave)
}
