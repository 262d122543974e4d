//! The server is request Stripe for the outcome, which takes a moment or longer.

use relink_flow::{Action, Checking};

use crate::text;
use crate::ui::Card;

pub(super) fn draw(checking: &Checking) -> Card {
    if checking.has_stopped() {
        return Card::new("pending", text::PENDING_HEADING)
            .paragraph(text::PENDING_STOPPED)
            .primary(text::PENDING_CHECK_AGAIN, Action::TryAgain)
            .secondary(text::SEE_ACCOUNTS, Action::Leave);
    }
    if checking.takes_long() {
        return Card::new("pending", text::PENDING_HEADING)
            .busy()
            .paragraph(text::PENDING_BODY)
            .primary(text::SEE_ACCOUNTS, Action::Leave);
    }
    Card::new("checking", text::CHECKING_HEADING).busy().paragraph(text::CHECKING_BODY)
}
