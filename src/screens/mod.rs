//! Screens: one component a file, in the order of the conversation. Data in, callbacks out.
//!
//! [`crate::app`] draws the screen of a stage, and [`crate::outcome`] that of an outcome.

#![expect(clippy::needless_pass_by_value, reason = "components own their props")]

mod opening;

mod browsing;
mod explaining;
mod unrepairable;

mod preparing;

mod at_bank;

mod checking;

mod cancelled;
mod not_linked;
mod other;
mod relinked;

mod new_account;
mod new_authorization;
mod which_account;

mod paid;
mod paying;

mod failed;

mod banner;
pub(crate) mod changes;
mod connected_rows;
mod mandate;
mod names;
mod trouble;

use relink_flow::{Checking as CheckingStage, Failed, Stage};
use relink_protocol::{AccountId, Choice};

pub(crate) use at_bank::AtBank;
pub(crate) use banner::banner_content;
pub(crate) use browsing::Browsing;
pub(crate) use cancelled::Cancelled;
pub(crate) use checking::{Checking, Patience};
pub(crate) use explaining::Explaining;
pub(crate) use failed::FailedScreen;
pub(crate) use new_account::NewAccount;
pub(crate) use new_authorization::NewAuthorization;
pub(crate) use not_linked::{NoAccount, NoAuthorization};
pub(crate) use opening::Opening;
pub(crate) use other::Other;
pub(crate) use paid::Paid;
pub(crate) use paying::Paying;
pub(crate) use preparing::Preparing;
pub(crate) use relinked::Relinked;
pub(crate) use unrepairable::Unrepairable;
pub(crate) use which_account::WhichAccount;

/// Identity of a screen: one that differs is drawn anew. Screens that are updated in place follow the stage for the
/// rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    Opening,
    Browsing,
    Failed(Failed),
    /// The lazily loaded part of the program did not load.
    NotLoaded(Failed),
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
}

impl Screen {
    /// Returns the screen of a stage.
    pub(crate) fn of(stage: &Stage) -> Self {
        Self::Later(match stage {
            Stage::Opening(_) => return Self::Opening,
            Stage::Browsing(_) => return Self::Browsing,
            Stage::Failed(failed) => return Self::Failed(failed.clone()),
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
}

impl LaterScreen {
    /// True if nothing has been done about the account yet.
    pub(crate) fn is_before_the_bank(&self) -> bool {
        match self {
            Self::Explaining(..) | Self::Preparing | Self::Unrepairable(_) => true,
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
