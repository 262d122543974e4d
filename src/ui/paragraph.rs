//! A paragraph.

use leptos::prelude::*;

use super::AccountText;

/// A paragraph of a screen.
#[component]
pub(crate) fn Paragraph(#[prop(into)] text: String) -> AnyView {
    view! { <p class="text" part="text"><AccountText text /></p> }.into_any()
}
