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

use relink_flow::Stage;

use crate::ui::Card;

/// The screen of a stage.
pub(crate) fn draw(stage: &Stage) -> Card {
    match stage {
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

/// Whether two stages are the same screen, so that nothing has to be drawn again and focus stays where it is.
pub(crate) fn look_alike(one: &Stage, other: &Stage) -> bool {
    match (one, other) {
        (Stage::Preparing(_), Stage::Preparing(_)) => true,
        (Stage::Checking(one), Stage::Checking(other)) => {
            one.takes_long() == other.takes_long() && one.has_stopped() == other.has_stopped()
        }
        (one, other) => one == other,
    }
}
