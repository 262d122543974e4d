//! Accounts after something was connected: those that work again, new ones, and those that still need the customer.

use leptos::prelude::*;
use relink_flow::Action;
use relink_protocol::{AccountName, Condition, Connected, DatedAccount, Purpose};

use super::mandate::accept;
use super::text;
use crate::screens::browsing::{reconnect, state};
use crate::screens::names;
use crate::ui::{AccountRow, Icon, Row, RowButton};

#[component]
pub(super) fn ConnectedRows(purpose: Purpose, connected: Connected, act: Callback<Action>) -> AnyView {
    let Connected { restored, added, still_broken, still_ending, mandate, .. } = connected;
    let row = move |account: AccountName, state: String, icon, button: Option<RowButton>| {
        let row = Row {
            name: names::account(&account),
            kind: names::subcategory(&account.subcategory).to_owned(),
            state,
            icon,
            note: String::new(),
            button,
        };
        let row = Memo::new(move |_| row.clone());
        view! { <AccountRow id=account.id.as_str().to_owned() row act /> }.into_any()
    };
    let mut rows = Vec::new();
    for account in restored {
        rows.push(row(account, text::CONDITION_HEALTHY.to_owned(), Icon::Check, None));
    }
    for account in added {
        let (label, action) = (accept(purpose, &names::digits(&account)), Action::Pay(account.id.clone()));
        let pay = mandate.as_ref().map(|_| RowButton { label, about: None, action });
        rows.push(row(account, text::CONNECTED_NEW.to_owned(), Icon::New, pay));
    }
    for account in still_broken {
        let button = Some(reconnect(&account));
        rows.push(row(account, text::CONNECTED_STILL_BROKEN.to_owned(), Icon::Broken, button));
    }
    for DatedAccount { name, on } in still_ending {
        let button = Some(reconnect(&name));
        rows.push(row(name, state(&Condition::Expiring { on }), Icon::Clock, button));
    }
    view! { <ul class="accounts" part="accounts">{rows}</ul> }.into_any()
}
