//! What the customer agrees to by paying from an account that was added.

use leptos::prelude::*;

use crate::text;
use crate::ui::Paragraph;

/// The words that the server stores, under a heading, with a paragraph for each account.
#[component]
pub(super) fn Mandate(words: String) -> impl IntoView {
    let mandates = words
        .split("\n\n")
        .map(|text| view! { <Paragraph class="mandate" text /> }.into_any())
        .collect::<Vec<_>>();
    view! {
        <Paragraph text=text::MANDATE_HEADING />
        {mandates}
    }
}
