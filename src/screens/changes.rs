//! Texts about changes without the customer's doing.

use relink_flow::{Browsing, Notice, Stage, State};
use relink_protocol::{AccountName, Overview};

use super::{browsing, names};
use crate::text;

/// Maximum number of changes that are announced one by one.
const MAX_ANNOUNCED: usize = 3;

/// Returns the text that announces the changes on the current screen, if there are any.
pub(crate) fn announcement(state: &State) -> Option<String> {
    let overview = match &state.stage {
        Stage::Browsing(browsing) => &browsing.overview,
        Stage::Explaining(explaining) => &explaining.target.overview,
        Stage::Opening(_)
        | Stage::Preparing(_)
        | Stage::AtBank(_)
        | Stage::Checking(_)
        | Stage::Finished(_)
        | Stage::Paying(_)
        | Stage::Paid(_)
        | Stage::Unrepairable(_)
        | Stage::Failed(_) => return None,
    };
    (!state.changes.is_empty()).then(|| changed(&state.changes, overview))
}

fn changed(accounts: &[AccountName], overview: &Overview) -> String {
    if accounts.len() > MAX_ANNOUNCED {
        return text::NEWS_MANY.to_owned();
    }
    let one = |name: &AccountName| match overview.account(&name.id) {
        Some(account) => text::news_account(&names::account(name), &browsing::state(&account.condition)),
        None => text::news_gone(&names::account(name)),
    };
    accounts.iter().map(one).reduce(|said, next| text::sentences(&said, &next)).unwrap_or_default()
}

/// Returns why the list is shown instead of a screen about one account, if it is.
pub(super) fn notice(browsing: &Browsing) -> Option<String> {
    Some(match browsing.notice.as_ref()? {
        Notice::Superseded(name) => {
            let account = browsing.overview.account(&name.id);
            let works = account.is_some_and(|account| account.condition.is_connected());
            let text = if works { text::news_reconnected } else { text::news_overtaken };
            text(&names::account(name))
        }
        Notice::Connected(name) => text::news_connected(&names::account(name)),
        Notice::NotFound => text::NEWS_NOT_FOUND.to_owned(),
    })
}
