//! One file per screen or family of screens: a stage in, a card out. This match is the table of contents.

mod at_bank;
mod banner;
mod browsing;
mod checking;
mod connected;
mod explaining;
mod failed;
mod finished;
mod names;
mod news;
mod opening;
mod paid;
mod paying;
mod preparing;
#[cfg(test)]
mod tests;
mod unrepairable;

use relink_flow::{Stage, State};

use crate::runtime::Runtime;
use crate::ui::{Card, Notice};

/// The screen of a state, with what has led to it.
pub(crate) fn draw(state: &State) -> Card {
    news::tell(draw_stage(&state.stage), state)
}

/// Says in a banner what needs the reader most. While they are at something else it stays as it is.
pub(crate) fn draw_banner(notice: &Notice, runtime: &Runtime) {
    let shown = runtime.with_stage(|stage| {
        if let Stage::Browsing(browsing) = stage { Some(browsing.overview.clone()) } else { None }
    });
    if let Some(overview) = shown {
        notice.show(banner::of(&overview).as_ref(), runtime);
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

/// [`draw`] for what [`relink_flow::update_early`] leads to. The other stages have no screen yet, as they have none.
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
