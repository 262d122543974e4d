//! Accounts after something was connected: those that work again, new ones, and those that still need the customer.

use leptos::prelude::*;
use relink_flow::Action;
use relink_protocol::{AccountName, Condition, Connected, EndingAccount};

use super::browsing::{reconnect, state};
use super::names;
use crate::text;
use crate::ui::{AccountRow, Icon, Row, RowButton};

#[component]
pub(super) fn ConnectedRows(connected: Connected, act: Callback<Action>) -> AnyView {
    let Connected { restored, added, still_broken, still_ending, mandate } = connected;
    let row = move |account: AccountName, state: String, icon, button: Option<RowButton>, action: Action| {
        let row = Row {
            name: names::account(&account),
            kind: names::subcategory(&account.subcategory).to_owned(),
            state,
            icon,
            button,
        };
        let row = Memo::new(move |_| row.clone());
        view! { <AccountRow id=account.id.as_str().to_owned() row act action /> }.into_any()
    };
    let choose = |account: &AccountName| (Some(reconnect(account)), Action::Choose(account.id.clone()));
    let mut rows = Vec::new();
    for account in restored {
        let (_, action) = choose(&account);
        rows.push(row(account, text::CONDITION_HEALTHY.to_owned(), Icon::Check, None, action));
    }
    for account in added {
        let label = text::pay_from(&names::digits(&account));
        let pay = mandate.as_ref().map(|_| RowButton { label, accessible_name: None });
        let action = Action::Pay(account.id.clone());
        rows.push(row(account, text::CONNECTED_NEW.to_owned(), Icon::Check, pay, action));
    }
    for account in still_broken {
        let (button, action) = choose(&account);
        rows.push(row(account, text::CONNECTED_STILL_BROKEN.to_owned(), Icon::Broken, button, action));
    }
    for EndingAccount { name, on } in still_ending {
        let (button, action) = choose(&name);
        rows.push(row(name, state(&Condition::Expiring { on }), Icon::Clock, button, action));
    }
    view! { <ul class="accounts" part="accounts">{rows}</ul> }.into_any()
}
