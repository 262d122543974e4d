//! Something was connected: accounts that work again, new ones, and those that still need the customer.

use relink_flow::{Action, Finished};
use relink_protocol::{AccountName, Choice, Connected, Purpose};

use super::browsing::reconnect;
use super::names;
use crate::text::{self, Text};
use crate::ui::{Button, Card, Icon, Row, Tone};

/// The requested account works again.
pub(super) fn relinked(finished: &Finished, connected: &Connected) -> Card {
    let target = &finished.target;
    let is_restored = connected.restored.iter().any(|account| account.id == target.account.name.id);
    let heading = match connected.restored.first() {
        _ if is_restored => text::relinked_heading(&names::account(&target.account.name)),
        Some(other) => text::relinked_heading(&names::account(other)),
        None => text::CONNECTED_NONE_HEADING.to_owned(),
    };
    let tone = if connected.restored.is_empty() { Tone::Warning } else { Tone::Success };
    let card = Card::new("relinked", heading).tone(tone);
    let card = match target.overview.purpose {
        _ if !is_restored => card,
        _ if target.account.condition.is_connected() => card.paragraph(text::RELINKED_STAYS),
        Purpose::Payments => card.paragraph(text::RELINKED_PAYMENTS),
        Purpose::Payouts => card.paragraph(text::RELINKED_PAYOUTS),
        Purpose::Data => card.paragraph(text::relinked_data(&target.overview.merchant)),
    };
    let says_it_all = is_restored && connected.restored.len() == 1;
    let says_it_all = says_it_all && connected.added.is_empty() && connected.still_broken.is_empty();
    let accounts = if says_it_all { Vec::new() } else { rows(connected) };
    Card { accounts, ..card }.primary(text::DONE, Action::Leave)
}

/// One new account, which payments don't use yet.
pub(super) fn new_account(finished: &Finished, connected: &Connected) -> Card {
    let (old, overview) = (&finished.target.account.name, &finished.target.overview);
    let Some(new) = connected.added.first() else { return relinked(finished, connected) };
    let name = names::account(new);
    let is_renewed = new.looks_like(old);
    let card = if is_renewed {
        Card::new("new_account", text::relinked_heading(&name))
            .paragraph(text::new_account_renewed(&old.institution_name))
    } else if finished.target.choice == Choice::Repair {
        let heading = match connected.mandate {
            Some(_) => text::new_account_pay_heading(&names::digits(new)),
            None => text::NEW_ACCOUNT_HEADING.to_owned(),
        };
        Card::new("new_account", heading).paragraph(text::new_account_body(&name))
    } else {
        Card::new("new_account", text::relinked_heading(&name))
    };
    let card = match overview.purpose {
        Purpose::Payouts => {
            card.paragraph(text::new_account_payouts(&names::account(old), &overview.merchant))
        }
        _ if is_renewed => card.paragraph(text::NEW_ACCOUNT_CONFIRM),
        Purpose::Payments | Purpose::Data => card.paragraph(text::new_account_payments(&names::account(old))),
    };
    let card = Card { closing_paragraphs: mandate(connected), ..card }.tone(Tone::Success);
    if connected.mandate.is_none() {
        return card.primary(text::DONE, Action::Leave);
    }
    let keep = if finished.target.choice == Choice::AnotherBank || is_renewed {
        text::NOT_NOW.to_owned()
    } else {
        text::keep(&names::digits(old))
    };
    card.primary(text::pay_from(&names::digits(new)), Action::Pay(new.id.clone()))
        .secondary(keep, Action::Leave)
}

/// A new bank login, shown account by account.
pub(super) fn new_authorization(finished: &Finished, connected: &Connected) -> Card {
    let bank = &finished.target.account.name.institution_name;
    let is_same_bank = finished.target.choice != Choice::AnotherBank;
    let heading = if connected.restored.is_empty() || !is_same_bank {
        text::CONNECTED_HEADING.to_owned()
    } else {
        text::connected_again_heading(bank)
    };
    let card = Card::new("new_authorization", heading).tone(Tone::Success).primary(text::DONE, Action::Leave);
    Card { closing_paragraphs: mandate(connected), accounts: rows(connected), ..card }
}

/// Returns the mandates under a heading, a paragraph for each account.
fn mandate(connected: &Connected) -> Vec<String> {
    let Some(words) = &connected.mandate else { return Vec::new() };
    let mandates = words.split("\n\n").map(str::to_owned);
    [text::MANDATE_HEADING.to_owned()].into_iter().chain(mandates).collect()
}

fn rows(connected: &Connected) -> Vec<Row> {
    let row = |account: &AccountName, state: Text, icon, button| Row {
        id: account.id.as_str().to_owned(),
        name: names::account(account),
        kind: names::subcategory(&account.subcategory).to_owned(),
        state: state.to_owned(),
        icon,
        button,
    };
    let pay = |account: &AccountName| {
        connected.mandate.as_ref().map(|_| Button {
            label: text::pay_from(&names::digits(account)),
            accessible_name: None,
            action: Action::Pay(account.id.clone()),
        })
    };
    let restored = connected.restored.iter();
    let restored = restored.map(|account| row(account, text::CONDITION_HEALTHY, Icon::Check, None));
    let added = connected.added.iter();
    let added = added.map(|account| row(account, text::CONNECTED_NEW, Icon::Check, pay(account)));
    let broken = connected.still_broken.iter();
    let broken = broken
        .map(|account| row(account, text::CONNECTED_STILL_BROKEN, Icon::Broken, Some(reconnect(account))));
    restored.chain(added).chain(broken).collect()
}
