//! Screens: one component a file, in the order of the conversation. Data in, callbacks out.
//!
//! [`crate::app`] draws the screen of a stage, and [`crate::outcome`] that of an outcome.

#![expect(clippy::needless_pass_by_value, reason = "components own their props")]

mod opening;

mod browsing;
mod failed;
pub(crate) mod lazy;

mod changes;
mod names;
mod trouble;

use relink_flow::{Checking as CheckingStage, Failure, Stage, State, UncertainEffect};
use relink_protocol::{AccountId, Choice};

pub(crate) use browsing::Browsing;
pub(crate) use failed::FailedScreen;
pub(crate) use opening::Opening;

use self::lazy::Patience;

/// Identity of a screen: one that differs is drawn anew. Screens that are updated in place follow the stage for the
/// rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    Opening,
    Browsing,
    /// The accounts could not be read.
    Failed(Failure),
    /// The lazily loaded part of the program did not load.
    NotLoaded(Failure, UncertainEffect),
    /// A screen of the lazily loaded part.
    Later(LaterScreen),
}

/// Identity of a screen of the lazily loaded part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LaterScreen {
    Explaining(AccountId, Choice),
    Preparing,
    AtBank,
    Checking(Patience),
    Finished,
    Paying,
    Paid,
    Unrepairable(AccountId),
    FailedAttempt(Failure, UncertainEffect),
}

impl Screen {
    /// Returns the screen of a stage.
    pub(crate) fn of(stage: &Stage) -> Self {
        Self::Later(match stage {
            Stage::Opening(_) => return Self::Opening,
            Stage::Browsing(_) => return Self::Browsing,
            Stage::Failed(failed) if !failed::is_of_attempt(failed) => {
                return Self::Failed(failed.failure.clone());
            }
            Stage::Failed(failed) => {
                LaterScreen::FailedAttempt(failed.failure.clone(), failed.uncertain_effect)
            }
            Stage::Explaining(stage) => {
                LaterScreen::Explaining(stage.target.account.name.id.clone(), stage.target.choice)
            }
            Stage::Preparing(_) => LaterScreen::Preparing,
            Stage::AtBank(_) => LaterScreen::AtBank,
            Stage::Checking(stage) => LaterScreen::Checking(patience(stage)),
            Stage::Finished(_) => LaterScreen::Finished,
            Stage::Paying(_) => LaterScreen::Paying,
            Stage::Paid(_) => LaterScreen::Paid,
            Stage::Unrepairable(stage) => LaterScreen::Unrepairable(stage.target.account.name.id.clone()),
        })
    }

    /// True if the conversation is at a screen of the lazily loaded part.
    pub(crate) fn is_later(state: &State) -> bool {
        matches!(Self::of(&state.stage), Self::Later(_))
    }
}

impl LaterScreen {
    /// True if nothing has been done about the account yet.
    pub(crate) fn is_before_the_bank(&self) -> bool {
        match self {
            Self::Explaining(..) | Self::Preparing | Self::Unrepairable(_) => true,
            Self::FailedAttempt(_, effect) => *effect == UncertainEffect::None,
            Self::AtBank | Self::Checking(_) | Self::Finished | Self::Paying | Self::Paid => false,
        }
    }
}

pub(crate) fn patience(checking: &CheckingStage) -> Patience {
    match (checking.takes_long(), checking.has_stopped()) {
        (_, true) => Patience::Ended,
        (true, false) => Patience::Long,
        (false, false) => Patience::Short,
    }
}
