//! The customer's accounts, each with its state in words. Changes elsewhere update their rows in place.

use leptos::prelude::*;
use relink_flow::{self as flow, Action};
use relink_protocol::{AccountId, AccountName, AccountSummary, Condition, Overview, Purpose};

use super::{changes, names, trouble};
use crate::ui::{AccountRow, Card, Icon, Paragraph, QuietLink, Row, RowButton};
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
    // Whom to ask, for a customer who has nothing else to do here.
    let help = move || {
        let overview = &browsing.read().overview;
        let url = overview.help_url.clone().filter(|_| overview.accounts.is_empty());
        url.map(|url| view! { <QuietLink label=text::GET_HELP url /> })
    };
    let accounts = move || by_urgency(&browsing.read().overview.accounts);
    let row = move |id: AccountId| {
        let data_account = id.as_str().to_owned();
        // Without its account, the row is about to be removed.
        let row = Memo::new(move |last: Option<&Row>| {
            let browsing = browsing.read();
            let overview = &browsing.overview;
            let row = overview.account(&id).map(|account| account_row(account, overview));
            row.or_else(|| last.cloned()).unwrap_or_default()
        });
        view! { <AccountRow id=data_account row act /> }
    };
    view! {
        <Card name="browsing" heading=text::BROWSING_HEADING notice>
            {attention}
            <ul class="accounts" part="accounts">
                <For each=accounts key=AccountId::clone children=row />
            </ul>
            {help}
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

/// Returns the accounts, the most urgent first. Equally urgent ones stay in the server's order.
fn by_urgency(accounts: &[AccountSummary]) -> Vec<AccountId> {
    let mut sorted: Vec<&AccountSummary> = accounts.iter().collect();
    sorted.sort_by_key(|account| urgency(account));
    sorted.into_iter().map(|account| account.name.id.clone()).collect()
}

/// Returns the sort key: broken accounts first, then expiring ones by date; last those that no relink repairs.
pub(super) fn urgency(account: &AccountSummary) -> (u8, i64) {
    match account.condition {
        Condition::Broken { .. } => (0, 0),
        Condition::NumberExpired => (1, 0),
        Condition::Expiring { on } => (2, on.unwrap_or(i64::MAX)),
        Condition::Healthy | Condition::NumberPending if trouble::is_stopped(account) => (3, 0),
        Condition::Healthy | Condition::NumberPending => (4, i64::from(!account.updatable)),
        Condition::Unrecognized => (5, 0),
        Condition::Unrepairable { .. } | Condition::Disconnected => (6, 0),
    }
}

fn account_row(account: &AccountSummary, overview: &Overview) -> Row {
    let is_stopped = trouble::is_stopped(account);
    Row {
        name: names::account(&account.name),
        kind: names::subcategory(&account.name.subcategory).to_owned(),
        state: if is_stopped { text::CONDITION_STOPPED.to_owned() } else { state(&account.condition) },
        icon: if is_stopped { Icon::Stopped } else { icon(&account.condition) },
        note: note(account, overview).unwrap_or_default(),
        button: button(account, overview.allows_another),
    }
}

/// Returns the reason for the state, or a warning about what comes next.
fn note(account: &AccountSummary, overview: &Overview) -> Option<String> {
    if let Condition::Unrepairable { cause } = &account.condition {
        let why = trouble::cause(&account.name, cause);
        let merchant = &overview.merchant;
        let next = (!overview.allows_another).then(|| text::unrepairable_next(merchant));
        return Some(next.map_or(why.clone(), |next| text::sentences(&why, &next)));
    }
    let wanted = || account.updatable.then(|| names::wanted(account, &overview.merchant));
    trouble::blocked(account, &overview.merchant).or_else(|| trouble::bank_status(account)).or_else(wanted)
}

pub(super) fn state(condition: &Condition) -> String {
    match condition {
        Condition::Expiring { on: Some(on) } => return names::deadline(*on, clock::now()),
        Condition::Healthy => text::CONDITION_HEALTHY,
        Condition::NumberPending => text::CONDITION_NUMBER_PENDING,
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
        Condition::Healthy => Icon::Check,
        Condition::Expiring { .. } | Condition::NumberExpired | Condition::NumberPending => Icon::Clock,
        Condition::Broken { .. } => Icon::Broken,
        Condition::Unrepairable { .. } | Condition::Disconnected | Condition::Unrecognized => Icon::Triangle,
    }
}

fn button(account: &AccountSummary, allows_another: bool) -> Option<RowButton> {
    match account.condition {
        _ if account.updatable => {
            Some(RowButton { label: text::UPDATE.to_owned(), ..reconnect(&account.name) })
        }
        Condition::Broken { .. } | Condition::Expiring { .. } | Condition::NumberExpired => {
            Some(reconnect(&account.name))
        }
        Condition::Unrepairable { .. } | Condition::Disconnected => allows_another.then(|| RowButton {
            label: text::ANOTHER_BANK.to_owned(),
            about: Some(names::account(&account.name)),
            action: Action::Replace(account.name.id.clone()),
        }),
        Condition::Healthy | Condition::NumberPending | Condition::Unrecognized => None,
    }
}

/// Returns the button that repairs an account of a list.
pub(super) fn reconnect(account: &AccountName) -> RowButton {
    RowButton {
        label: text::BROWSING_RECONNECT.to_owned(),
        about: Some(names::account(account)),
        action: Action::Choose(account.id.clone()),
    }
}
