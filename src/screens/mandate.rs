//! Mandate that the customer accepts by paying from an account that was added, and their copy of it.

use leptos::prelude::*;

use super::names::{at_time, formatted_date};
use crate::ui::Paragraph;
use crate::{clock, text};

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

/// A link that saves the accepted mandate as a file, which rules for debits give the customer a right to.
#[component]
pub(super) fn MandateCopy(words: String, merchant: String, digits: String) -> impl IntoView {
    let today = formatted_date(&at_time(clock::now()), true);
    let copy = [text::MANDATE_HEADING.get(), &merchant, &today, "", &words, ""].join("\n");
    let url = format!("data:text/plain;charset=utf-8,{}", String::from(js_sys::encode_uri_component(&copy)));
    view! {
        <a class="quiet" part="quiet" href=url download=format!("{merchant} {digits}.txt")>
            {text::MANDATE_COPY.get()}
        </a>
    }
}
