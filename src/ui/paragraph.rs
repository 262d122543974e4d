//! A paragraph.

use leptos::prelude::*;

use super::AccountText;

/// A paragraph of a screen. `class` is also its part.
#[component]
pub(crate) fn Paragraph(
    #[prop(into)] text: String,
    #[prop(default = "text")] class: &'static str,
) -> AnyView {
    view! { <p class=class part=class><AccountText text /></p> }.into_any()
}
