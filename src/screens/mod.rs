//! Screens, one file for each or for a family of them: a stage in, a card out. The match in `draw_stage` is the table of
//! contents.

mod at_bank;
mod banner;
mod browsing;
mod changes;
mod checking;
mod connected;
mod explaining;
mod failed;
mod finished;
mod names;
mod opening;
mod paid;
mod paying;
mod preparing;
#[cfg(test)]
mod tests;
mod unrepairable;

use relink_flow::{Stage, State};

use crate::runtime::Runtime;
use crate::ui::{BannerRegion, Card};

/// Returns the card of a state, including changes to announce.
pub(crate) fn draw(state: &State) -> Card {
    changes::announce(draw_stage(&state.stage), state)
}

/// Updates the banner while the accounts are shown; in other stages it stays unchanged.
pub(crate) fn draw_banner(region: &BannerRegion, runtime: &Runtime) {
    let shown = runtime.with_stage(|stage| {
        if let Stage::Browsing(browsing) = stage { Some(browsing.overview.clone()) } else { None }
    });
    if let Some(overview) = shown {
        region.show(banner::of(&overview).as_ref(), runtime);
    }
}

fn draw_stage(stage: &Stage) -> Card {
    match stage {
        Stage::Opening(_) => opening::draw(),
        Stage::Browsing(browsing) => browsing::draw(browsing),
        Stage::Explaining(explaining) => explaining::draw(explaining),
        Stage::Preparing(preparing) => preparing::draw(preparing),
        Stage::AtBank(_) => at_bank::draw(),
        Stage::Checking(checking) => checking::draw(checking),
        Stage::Finished(finished) => finished::draw(finished),
        Stage::Paying(_) => paying::draw(),
        Stage::Paid(paid) => paid::draw(paid),
        Stage::Unrepairable(unrepairable) => unrepairable::draw(unrepairable),
        Stage::Failed(failed) => failed::draw(failed),
    }
}

/// Like [`draw`], for the stages of [`relink_flow::update_early`]. `None` for the other stages.
pub(crate) fn draw_early(stage: &Stage) -> Option<Card> {
    match stage {
        Stage::Opening(_) => Some(opening::draw()),
        Stage::Browsing(browsing) => Some(browsing::draw(browsing)),
        Stage::Failed(failed) => Some(failed::draw(failed)),
        Stage::Explaining(_)
        | Stage::Preparing(_)
        | Stage::AtBank(_)
        | Stage::Checking(_)
        | Stage::Finished(_)
        | Stage::Paying(_)
        | Stage::Paid(_)
        | Stage::Unrepairable(_) => None,
    }
}
