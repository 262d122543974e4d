//! The customer's accounts, each with its state in words.

use relink_flow::{Action, Browsing};
use relink_protocol::{AccountSummary, Condition};

use super::names;
use crate::text;
use crate::ui::{Button, Card, Icon, Row};

pub(super) fn draw(browsing: &Browsing) -> Card {
    let overview = &browsing.overview;
    let card = Card::new("browsing", text::BROWSING_HEADING);
    if overview.accounts.is_empty() {
        return card.says(text::browsing_empty(&overview.merchant));
    }
    let any_broken =
        overview.accounts.iter().any(|account| matches!(account.condition, Condition::Broken { .. }));
    let card = if any_broken { card.says(text::BROWSING_ATTENTION) } else { card };
    Card { accounts: overview.accounts.iter().map(row).collect(), ..card }
}

fn row(account: &AccountSummary) -> Row {
    let name = names::account(account);
    Row {
        id: account.id.as_str().to_owned(),
        kind: names::subcategory(&account.subcategory).to_owned(),
        state: state(&account.condition),
        icon: icon(&account.condition),
        button: button(account, &name),
        name,
    }
}

fn state(condition: &Condition) -> String {
    match condition {
        Condition::Expiring { on: Some(on) } => return text::condition_expiring_on(&names::date(*on)),
        Condition::Healthy => text::CONDITION_HEALTHY,
        Condition::Expiring { on: None } => text::CONDITION_EXPIRING,
        Condition::Broken { .. } => text::CONDITION_BROKEN,
        Condition::Unrepairable { .. } => text::CONDITION_UNREPAIRABLE,
        Condition::Disconnected => text::CONDITION_DISCONNECTED,
        Condition::Unrecognized => text::CONDITION_UNRECOGNIZED,
    }
    .to_owned()
}

fn icon(condition: &Condition) -> Icon {
    match condition {
        Condition::Healthy => Icon::Check,
        Condition::Expiring { .. } => Icon::Clock,
        Condition::Broken { .. } => Icon::Broken,
        Condition::Unrepairable { .. } | Condition::Disconnected | Condition::Unrecognized => Icon::Triangle,
    }
}

fn button(account: &AccountSummary, name: &str) -> Option<Button> {
    let (label, spoken) = match account.condition {
        Condition::Broken { .. } | Condition::Expiring { .. } => {
            (text::BROWSING_RECONNECT, text::browsing_reconnect_spoken(name))
        }
        Condition::Unrepairable { .. } => (text::BROWSING_SEE_WHY, text::browsing_see_why_spoken(name)),
        Condition::Healthy | Condition::Disconnected | Condition::Unrecognized => return None,
    };
    let action = Action::Choose(account.id.clone());
    Some(Button { label: label.to_owned(), spoken: Some(spoken), action })
}
