//! An account in a list.

use leptos::prelude::*;
use relink_flow::Action;

use super::{AccountText, Button};

/// Content of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) icon: Icon,
    pub(crate) button: Option<RowButton>,
}

/// Button of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowButton {
    pub(crate) label: String,
    /// Accessible name, if the label alone is ambiguous.
    pub(crate) accessible_name: Option<String>,
}

/// State of an account as a shape, in addition to the words beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Icon {
    #[default]
    Check,
    Clock,
    Triangle,
    Broken,
}

impl Icon {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Clock => "clock",
            Self::Triangle => "triangle",
            Self::Broken => "broken",
        }
    }
}

/// An account. Each part of the row follows `row` by itself, so that a change leaves the others as they are.
#[component]
pub(crate) fn AccountRow(
    /// Account identifier.
    id: String,
    row: Memo<Row>,
    act: Callback<Action>,
    /// Action of the button.
    action: Action,
) -> AnyView {
    let button = move || {
        let RowButton { label, accessible_name } = row.read().button.clone()?;
        let action = action.clone();
        Some(view! { <Button class="small" label accessible_name act action /> })
    };
    view! {
        <li class="row" part="row" data-account=id>
            <span class="icon" part="icon" data-icon=move || Some(row.read().icon.name())></span>
            <p>
                <strong>{move || view! { <AccountText text=row.read().name.clone() /> }}</strong>
                <small>{move || row.read().kind.clone()}</small>
                <span>{move || row.read().state.clone()}</span>
            </p>
            {button}
        </li>
    }
    .into_any()
}
