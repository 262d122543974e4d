//! What will happen and what will be shared, before any window opens.

use relink_flow::{Action, Explaining};
use relink_protocol::Condition;

use super::names;
use crate::text;
use crate::ui::{Card, List};

pub(super) fn draw(explaining: &Explaining) -> Card {
    let account = &explaining.target.account;
    let bank = &account.institution_name;
    let merchant = &explaining.target.overview.merchant;
    let window = match &account.last4 {
        Some(last4) => text::explaining_window(bank, last4),
        None => text::explaining_window_unnumbered(bank, merchant),
    };
    let mut notes = vec![text::explaining_password(merchant)];
    if matches!(account.condition, Condition::Expiring { .. }) {
        notes.push(text::EXPLAINING_STAYS.to_owned());
    }
    let shares = List {
        intro: text::explaining_shares(merchant),
        items: account.shares.iter().map(names::permission).collect(),
    };
    let card = Card::new("explaining", text::explaining_heading(bank)).says(window);
    Card { list: Some(shares), notes, ..card }
        .primary(text::explaining_continue(bank), Action::Continue)
        .quiet(text::NOT_NOW, Action::Leave)
}
