//! The customer's accounts, each with its state in words.

use relink_flow::{Action, Browsing};
use relink_protocol::{AccountName, AccountSummary, Condition, Overview, Purpose};

use super::names;
use crate::ui::{Button, Card, Icon, Row};
use crate::{clock, text};

pub(super) fn draw(browsing: &Browsing) -> Card {
    let overview = &browsing.overview;
    let card = Card::new("browsing", text::BROWSING_HEADING);
    if overview.accounts.is_empty() {
        return card.paragraph(text::browsing_empty(&overview.merchant));
    }
    let paragraphs = attention(overview).into_iter().collect();
    Card { paragraphs, accounts: overview.accounts.iter().map(row).collect(), ..card }
}

/// Returns the consequence of the worst condition.
pub(super) fn attention(overview: &Overview) -> Option<String> {
    let any = |test: fn(&Condition) -> bool| overview.accounts.iter().any(|account| test(&account.condition));
    let purpose = overview.purpose;
    Some(if any(|condition| matches!(condition, Condition::Broken { .. })) {
        match purpose {
            Purpose::Payments => text::BROWSING_ATTENTION_PAYMENTS.to_owned(),
            Purpose::Payouts => text::BROWSING_ATTENTION_PAYOUTS.to_owned(),
            Purpose::Data => text::browsing_attention_data(&overview.merchant),
        }
    } else if purpose != Purpose::Data && any(|condition| *condition == Condition::NumberExpired) {
        text::BROWSING_ATTENTION_NUMBER.to_owned()
    } else if any(|condition| matches!(condition, Condition::Expiring { .. })) {
        text::BROWSING_ATTENTION_SOON.to_owned()
    } else {
        return None;
    })
}

fn row(account: &AccountSummary) -> Row {
    let name = names::account(&account.name);
    Row {
        id: account.name.id.as_str().to_owned(),
        kind: names::subcategory(&account.name.subcategory).to_owned(),
        state: state(&account.condition),
        icon: icon(&account.condition),
        button: button(account, &name),
        name,
    }
}

pub(super) fn state(condition: &Condition) -> String {
    match condition {
        Condition::Expiring { on: Some(on) } => return names::deadline(*on, clock::now()),
        Condition::Healthy | Condition::NumberPending => text::CONDITION_HEALTHY,
        Condition::Expiring { on: None } => text::CONDITION_EXPIRING,
        Condition::NumberExpired => text::CONDITION_NUMBER_EXPIRED,
        Condition::Broken { .. } => text::CONDITION_BROKEN,
        Condition::Unrepairable { .. } => text::CONDITION_UNREPAIRABLE,
        Condition::Disconnected => text::CONDITION_DISCONNECTED,
        Condition::Unrecognized => text::CONDITION_UNRECOGNIZED,
    }
    .to_owned()
}

pub(super) fn icon(condition: &Condition) -> Icon {
    match condition {
        Condition::Healthy | Condition::NumberPending => Icon::Check,
        Condition::Expiring { .. } | Condition::NumberExpired => Icon::Clock,
        Condition::Broken { .. } => Icon::Broken,
        Condition::Unrepairable { .. } | Condition::Disconnected | Condition::Unrecognized => Icon::Triangle,
    }
}

fn button(account: &AccountSummary, name: &str) -> Option<Button> {
    match account.condition {
        Condition::Broken { .. } | Condition::Expiring { .. } | Condition::NumberExpired => {
            Some(reconnect(&account.name))
        }
        Condition::Unrepairable { .. } => Some(Button {
            label: text::BROWSING_SEE_WHY.to_owned(),
            accessible_name: Some(text::browsing_see_why_spoken(name)),
            action: Action::Choose(account.name.id.clone()),
        }),
        Condition::Healthy | Condition::NumberPending | Condition::Disconnected | Condition::Unrecognized => {
            None
        }
    }
}

/// Returns the button that repairs an account of a list.
pub(super) fn reconnect(account: &AccountName) -> Button {
    Button {
        label: text::BROWSING_RECONNECT.to_owned(),
        accessible_name: Some(text::browsing_reconnect_spoken(&names::account(account))),
        action: Action::Choose(account.id.clone()),
    }
}
