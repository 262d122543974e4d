//! Screens of the lazily loaded part of the program, in the order of the conversation, and their texts.

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

mod failed_attempt;

mod announcement;
mod banner;
mod connected_rows;
mod mandate;
mod text;

pub(crate) use announcement::announcement;
pub(crate) use at_bank::AtBank;
pub(crate) use banner::banner_content;
pub(crate) use cancelled::Cancelled;
pub(crate) use checking::{Checking, Patience};
pub(crate) use explaining::Explaining;
pub(crate) use failed_attempt::FailedAttempt;
pub(crate) use new_account::NewAccount;
pub(crate) use new_authorization::NewAuthorization;
pub(crate) use not_linked::{NoAccount, NoAuthorization};
pub(crate) use other::Other;
pub(crate) use paid::Paid;
pub(crate) use paying::Paying;
pub(crate) use preparing::Preparing;
pub(crate) use relinked::Relinked;
pub(crate) use text::LaterTexts;
pub(crate) use unrepairable::Unrepairable;
pub(crate) use which_account::WhichAccount;
