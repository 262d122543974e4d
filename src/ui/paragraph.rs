//! A paragraph.

use leptos::prelude::*;

use super::AccountText;

/// A paragraph of a screen.
#[component]
pub(crate) fn Paragraph(#[prop(into)] text: String) -> impl IntoView {
    view! { <p class="text" part="text"><AccountText text /></p> }
}
