//! Accounts after something was connected: those that work again, new ones, and those that still need the customer.

use leptos::prelude::*;
use relink_flow::Action;
use relink_protocol::{AccountName, Connected};

use super::browsing::reconnect;
use super::names;
use crate::text::{self, Text};
use crate::ui::{AccountRow, Icon, Row, RowButton};

#[component]
pub(super) fn ConnectedRows(connected: Connected, act: Callback<Action>) -> impl IntoView {
    let Connected { restored, added, still_broken, mandate } = connected;
    let restored = restored.into_iter().map(|account| (account, text::CONDITION_HEALTHY, Icon::Check, None));
    let pay = |account: &AccountName| RowButton {
        label: text::pay_from(&names::digits(account)),
        accessible_name: None,
    };
    let added = added.into_iter().map(|account| {
        let next = mandate.as_ref().map(|_| (pay(&account), Action::Pay(account.id.clone())));
        (account, text::CONNECTED_NEW, Icon::Check, next)
    });
    let still_broken = still_broken.into_iter().map(|account| {
        let next = Some((reconnect(&account), Action::Choose(account.id.clone())));
        (account, text::CONNECTED_STILL_BROKEN, Icon::Broken, next)
    });
    let row = |(account, state, icon, next): (AccountName, Text, Icon, Option<(RowButton, Action)>)| {
        let (button, action) = next.unzip();
        let row = Row {
            name: names::account(&account),
            kind: names::subcategory(&account.subcategory).to_owned(),
            state: state.to_owned(),
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
    let rows = restored.chain(added).chain(still_broken).map(row).collect_view();
    view! { <ul class="accounts" part="accounts">{rows}</ul> }
}
