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
    /// Reason for the state, or a warning; empty without one.
    pub(crate) note: String,
    pub(crate) button: Option<RowButton>,
}

/// Button of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowButton {
    pub(crate) label: String,
    /// Account that the accessible name adds to the label, if the label alone is ambiguous.
    pub(crate) about: Option<String>,
    pub(crate) action: Action,
}

/// State of an account as a shape, in addition to the words beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Icon {
    #[default]
    Check,
    /// Connected, but not in use yet.
    New,
    Clock,
    /// A date that tells the account apart, and no state.
    Dated,
    Triangle,
    /// Connected, but no money moves.
    Stopped,
    Broken,
}

impl Icon {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::New => "new",
            Self::Clock => "clock",
            Self::Dated => "dated",
            Self::Triangle => "triangle",
            Self::Stopped => "stopped",
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
) -> AnyView {
    let button = move || {
        let RowButton { label, about, action } = row.read().button.clone()?;
        Some(view! { <Button class="small" label about act action /> })
    };
    view! {
        <li class="row" part="row" data-account=id data-icon=move || Some(row.read().icon.name())>
            <span class="icon" part="icon"></span>
            <div>
                <p>
                    <strong>{part(row, |row| row.name.clone())}</strong>
                    " "
                    <small>{part(row, |row| row.kind.clone())}</small>
                    " "
                    <span class="state" part="state">{part(row, |row| row.state.clone())}</span>
                    " "
                    <span class="note" part="note">{part(row, |row| row.note.clone())}</span>
                </p>
                {button}
            </div>
        </li>
    }
    .into_any()
}

/// Follows a part of the row. One function for all of them, because each kind of closure has code of its own.
fn part(row: Memo<Row>, read: fn(&Row) -> String) -> AnyView {
    (move || view! { <AccountText text=read(&row.read()) /> }).into_any()
}
