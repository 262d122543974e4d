//! Buttons and links of a screen.

use leptos::prelude::*;
use relink_flow::Action;

use super::{AccountText, screen_reader_text};

/// A button. `class` is also its part.
#[component]
pub(crate) fn Button(
    class: &'static str,
    #[prop(into)] label: String,
    /// Account that the accessible name adds to the label, if the label alone is ambiguous. The name begins with the
    /// label, so that who speaks to the device can say what is written on the button.
    #[prop(optional_no_strip)]
    about: Option<String>,
    act: Callback<Action>,
    action: Action,
) -> AnyView {
    // Ignores the second half of a double click, which would hit the next screen.
    let on_click = move |event: web_sys::MouseEvent| {
        if event.detail() < 2 {
            act.run(action.clone());
        }
    };
    let name = about.map(|account| screen_reader_text(&[&label, " ", &account].concat()));
    view! {
        <button class=class part=class type="button" aria-label=name on:click=on_click>
            <AccountText text=label />
        </button>
    }
    .into_any()
}

/// The one button that leads on.
#[component]
pub(crate) fn PrimaryButton(#[prop(into)] label: String, act: Callback<Action>, action: Action) -> AnyView {
    view! { <Button class="primary" label act action /> }.into_any()
}

/// An alternative: usually one, rarely two.
#[component]
pub(crate) fn QuietButton(#[prop(into)] label: String, act: Callback<Action>, action: Action) -> AnyView {
    view! { <Button class="quiet" label act action /> }.into_any()
}

/// A link to another page.
#[component]
pub(crate) fn QuietLink(#[prop(into)] label: String, url: String) -> AnyView {
    view! { <a class="quiet" part="quiet" href=url>{label}</a> }.into_any()
}
