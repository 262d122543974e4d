//! Texts that announce changes without the customer's doing.

use leptos::prelude::provide_context;
use relink_flow::{Stage, State};
use relink_protocol::{AccountName, Overview};

use super::text::{self, LaterTexts};
use crate::screens::{browsing, names};

/// Maximum number of changes that are announced one by one.
const MAX_ANNOUNCED: usize = 3;

/// Returns the text that announces the changes on the current screen, if there are any.
pub(crate) fn announcement(state: &State, texts: LaterTexts) -> Option<String> {
    provide_context(texts);
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
