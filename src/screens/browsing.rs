//! The customer's accounts, each with its state in words. Changes elsewhere update their rows in place.

use leptos::prelude::*;
use relink_flow::{self as flow, Action};
use relink_protocol::{AccountId, AccountName, AccountSummary, Condition, Overview, Purpose};

use super::{changes, names};
use crate::ui::{AccountRow, Card, Icon, Paragraph, Row, RowButton};
use crate::{clock, text};

#[component]
pub(crate) fn Browsing(browsing: Memo<flow::Browsing>, act: Callback<Action>) -> impl IntoView {
    let notice = Memo::new(move |_| changes::notice(&browsing.read()));
    let attention = move || {
        let overview = &browsing.read().overview;
        let text = if overview.accounts.is_empty() {
            Some(text::browsing_empty(&overview.merchant))
        } else {
            attention(overview)
        };
        text.map(|text| view! { <Paragraph text /> })
    };
    let accounts = move || {
        let accounts = &browsing.read().overview.accounts;
        accounts.iter().map(|account| account.name.id.clone()).collect::<Vec<_>>()
    };
    let row = move |id: AccountId| {
        let action = Action::Choose(id.clone());
        let data_account = id.as_str().to_owned();
        // Without its account, the row is about to be removed.
        let row = Memo::new(move |last: Option<&Row>| {
            let browsing = browsing.read();
            browsing.overview.account(&id).map(account_row).or_else(|| last.cloned()).unwrap_or_default()
        });
        view! { <AccountRow id=data_account row act action /> }
    };
    view! {
        <Card name="browsing" heading=text::BROWSING_HEADING notice>
            {attention}
            <ul class="accounts" part="accounts">
                <For each=accounts key=AccountId::clone children=row />
            </ul>
        </Card>
    }
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

fn account_row(account: &AccountSummary) -> Row {
    Row {
        name: names::account(&account.name),
        kind: names::subcategory(&account.name.subcategory).to_owned(),
        state: state(&account.condition),
        icon: icon(&account.condition),
        button: button(account),
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

fn button(account: &AccountSummary) -> Option<RowButton> {
    match account.condition {
        Condition::Broken { .. } | Condition::Expiring { .. } | Condition::NumberExpired => {
            Some(reconnect(&account.name))
        }
        Condition::Unrepairable { .. } => Some(RowButton {
            label: text::BROWSING_SEE_WHY.to_owned(),
            accessible_name: Some(text::browsing_see_why_spoken(&names::account(&account.name))),
        }),
        Condition::Healthy | Condition::NumberPending | Condition::Disconnected | Condition::Unrecognized => {
            None
        }
    }
}

/// Returns the button that repairs an account of a list.
pub(super) fn reconnect(account: &AccountName) -> RowButton {
    RowButton {
        label: text::BROWSING_RECONNECT.to_owned(),
        accessible_name: Some(text::browsing_reconnect_spoken(&names::account(account))),
    }
}
