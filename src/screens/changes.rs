//! Texts about changes without the customer's doing.

use relink_flow::{Stage, State};
use relink_protocol::{AccountName, Overview};

use super::{browsing, names};
use crate::text;
use crate::ui::Card;

/// Maximum number of changes that are announced one by one.
const MAX_ANNOUNCED: usize = 3;

/// Adds the changes to announce to a card.
pub(super) fn announce(card: Card, state: &State) -> Card {
    let (overview, superseded) = match &state.stage {
        Stage::Browsing(browsing) => (&browsing.overview, &browsing.superseded),
        Stage::Explaining(explaining) => (&explaining.target.overview, &None),
        Stage::Opening(_)
        | Stage::Preparing(_)
        | Stage::AtBank(_)
        | Stage::Checking(_)
        | Stage::Finished(_)
        | Stage::Paying(_)
        | Stage::Paid(_)
        | Stage::Unrepairable(_)
        | Stage::Failed(_) => return card,
    };
    let announcement = (!state.changes.is_empty()).then(|| changed(&state.changes, overview));
    Card { announcement, notice: superseded.as_ref().map(|name| self::superseded(name, overview)), ..card }
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

fn superseded(name: &AccountName, overview: &Overview) -> String {
    let works = overview.account(&name.id).is_some_and(|account| account.condition.is_connected());
    let text = if works { text::news_reconnected } else { text::news_overtaken };
    text(&names::account(name))
}
