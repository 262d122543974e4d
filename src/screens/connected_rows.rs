//! Accounts after something was connected: those that work again, new ones, and those that still need the customer.

use leptos::prelude::*;
use relink_flow::Action;
use relink_protocol::{AccountName, Condition, Connected, EndingAccount};

use super::browsing::{reconnect, state};
use super::names;
use crate::text;
use crate::ui::{AccountRow, Icon, Row, RowButton};

#[component]
pub(super) fn ConnectedRows(connected: Connected, act: Callback<Action>) -> impl IntoView {
    let Connected { restored, added, still_broken, still_ending, mandate } = connected;
    let restored =
        restored.into_iter().map(|account| (account, text::CONDITION_HEALTHY.to_owned(), Icon::Check, None));
    let pay = |account: &AccountName| RowButton {
        label: text::pay_from(&names::digits(account)),
        accessible_name: None,
    };
    let added = added.into_iter().map(|account| {
        let next = mandate.as_ref().map(|_| (pay(&account), Action::Pay(account.id.clone())));
        (account, text::CONNECTED_NEW.to_owned(), Icon::Check, next)
    });
    let still_broken = still_broken.into_iter().map(|account| {
        let next = Some((reconnect(&account), Action::Choose(account.id.clone())));
        (account, text::CONNECTED_STILL_BROKEN.to_owned(), Icon::Broken, next)
    });
    let still_ending = still_ending.into_iter().map(|EndingAccount { name, on }| {
        let next = Some((reconnect(&name), Action::Choose(name.id.clone())));
        (name, state(&Condition::Expiring { on }), Icon::Clock, next)
    });
    let row = |(account, state, icon, next): (AccountName, String, Icon, Option<(RowButton, Action)>)| {
        let (button, action) = next.unzip();
        let row = Row {
            name: names::account(&account),
            kind: names::subcategory(&account.subcategory).to_owned(),
            state,
            icon,
            button,
        };
        let on_press = Callback::new(move |()| {
            if let Some(action) = action.clone() {
                act.run(action);
            }
        });
        view! { <AccountRow id=account.id.as_str().to_owned() row=Signal::stored(row) on_press /> }
    };
    let rows = restored.chain(added).chain(still_broken).chain(still_ending).map(row).collect_view();
    view! { <ul class="accounts" part="accounts">{rows}</ul> }
}
