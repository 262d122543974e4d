//! Texts about why the list of accounts is shown instead of a screen about one account.

use relink_flow::{Browsing, Notice};

use super::names;
use crate::text;

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
