//! Explains what will happen and what will be shared, before any window opens.

use relink_flow::{Action, Explaining};
use relink_protocol::stripe::Permission;
use relink_protocol::{Choice, PermissionChange};

use super::names;
use crate::text;
use crate::ui::{Card, List, Mark};

pub(super) fn draw(explaining: &Explaining) -> Card {
    let account = &explaining.target.account;
    let (name, overview) = (&account.name, &explaining.target.overview);
    let (bank, merchant) = (&name.institution_name, &overview.merchant);
    let is_another_bank = explaining.target.choice == Choice::AnotherBank;
    let (heading, window, next) = if is_another_bank {
        let window = text::EXPLAINING_ANOTHER_WINDOW.to_owned();
        (text::EXPLAINING_ANOTHER_HEADING.to_owned(), window, text::EXPLAINING_ANOTHER_CONTINUE.to_owned())
    } else {
        let window = match &name.last4 {
            _ if !overview.exact => text::explaining_window_any(bank),
            Some(last4) => text::explaining_window(bank, last4),
            None => text::explaining_window_unnumbered(bank, merchant),
        };
        (text::explaining_heading(bank), window, text::explaining_continue(bank))
    };
    let mut lists = shares(merchant, &account.permissions, is_another_bank);
    let also = account.also_repairs.iter().filter_map(|id| overview.account(id));
    let also: Vec<String> = also.map(|account| names::account(&account.name)).collect();
    if !also.is_empty() && !is_another_bank {
        lists.push(List { intro: text::EXPLAINING_ALSO.to_owned(), items: also, mark: Mark::Broken });
    }
    let mut closing_paragraphs = vec![text::explaining_password(merchant)];
    if account.condition.is_connected() {
        closing_paragraphs.push(text::EXPLAINING_STAYS.to_owned());
    }
    let card = Card::new("explaining", heading).paragraph(window);
    Card { lists, closing_paragraphs, ..card }
        .primary(next, Action::Continue)
        .secondary(text::NOT_NOW, Action::Leave)
}

/// Returns the lists of permissions: one if nothing changes, otherwise what is added, kept and removed. At another
/// bank, nothing is shared yet.
fn shares(merchant: &str, change: &PermissionChange<Permission>, is_another_bank: bool) -> Vec<List> {
    let list = |intro, permissions: &[Permission], mark| {
        let items: Vec<String> = permissions.iter().map(names::permission).collect();
        (!items.is_empty()).then_some(List { intro, items, mark })
    };
    if is_another_bank || !change.changes_anything() {
        let all = [change.kept.as_slice(), &change.added].concat();
        return list(text::explaining_shares(merchant), &all, Mark::Check).into_iter().collect();
    }
    let added = list(text::explaining_new(merchant), &change.added, Mark::Check);
    let kept = list(text::explaining_stays_shared(merchant), &change.kept, Mark::Check);
    let removed = list(text::explaining_goes(merchant), &change.removed, Mark::Minus);
    [added, kept, removed].into_iter().flatten().collect()
}
