//! One file per screen or family of screens: a stage in, a card out. This match is the table of contents.

mod at_bank;
mod browsing;
mod checking;
mod explaining;
mod failed;
mod finished;
mod names;
mod opening;
mod preparing;
mod unrepairable;

use relink_flow::{Opening, Stage};

use crate::ui::Card;

/// The screen of a stage; without one, the first.
pub(crate) fn draw(stage: Option<&Stage>) -> Card {
    match stage.unwrap_or(&Stage::Opening(Opening)) {
        Stage::Opening(_) => opening::draw(),
        Stage::Browsing(browsing) => browsing::draw(browsing),
        Stage::Explaining(explaining) => explaining::draw(explaining),
        Stage::Preparing(preparing) => preparing::draw(preparing),
        Stage::AtBank(_) => at_bank::draw(),
        Stage::Checking(checking) => checking::draw(checking),
        Stage::Finished(finished) => finished::draw(finished),
        Stage::Unrepairable(unrepairable) => unrepairable::draw(unrepairable),
        Stage::Failed(failed) => failed::draw(failed),
    }
}
