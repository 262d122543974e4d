//! Content of the banner: the account that needs attention most, in a page about something else.

use relink_protocol::{Condition, Overview};

use super::text;
use crate::screens::browsing::{attention, icon, state, urgency};
use crate::screens::names;
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
    let is_expiring = matches!(account.condition, Condition::Expiring { .. });
    Some(BannerContent {
        account: account.name.id.clone(),
        heading: text::browsing_reconnect_spoken(&names::account(&account.name)),
        reasons,
        icon: icon(&account.condition),
        dismiss: if is_expiring { text::REMIND_LATER } else { text::NOT_NOW }.to_owned(),
    })
}
