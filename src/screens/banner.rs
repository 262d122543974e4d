//! Content of the banner: the account that needs attention most, in a page about something else.

use relink_protocol::{AccountSummary, Condition, Overview};

use super::browsing::{attention, icon, state};
use super::names;
use crate::text;
use crate::ui::BannerContent;

/// Returns the banner's content, or `None` if no account can be repaired.
pub(crate) fn banner_content(overview: &Overview) -> Option<BannerContent> {
    let repairable = overview.accounts.iter().filter(|account| account.condition.is_repairable());
    let account = repairable.min_by_key(|account| urgency(account))?;
    let alone = Overview { accounts: vec![account.clone()], ..overview.clone() };
    let mut reasons: Vec<String> = attention(&alone).into_iter().collect();
    if let Condition::Expiring { on: Some(_) } = account.condition {
        reasons.insert(0, text::sentence(&state(&account.condition)));
    }
    Some(BannerContent {
        account: account.name.id.clone(),
        heading: text::browsing_reconnect_spoken(&names::account(&account.name)),
        reasons,
        icon: icon(&account.condition),
        can_wait: matches!(account.condition, Condition::Expiring { .. }),
    })
}

/// Returns the sort key: broken accounts first, then expiring ones by date.
fn urgency(account: &AccountSummary) -> (u8, i64) {
    match account.condition {
        Condition::Broken { .. } => (0, 0),
        Condition::NumberExpired => (1, 0),
        Condition::Expiring { on } => (2, on.unwrap_or(i64::MAX)),
        Condition::Healthy
        | Condition::NumberPending
        | Condition::Unrepairable { .. }
        | Condition::Disconnected
        | Condition::Unrecognized => (3, 0),
    }
}
