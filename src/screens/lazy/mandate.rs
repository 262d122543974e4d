//! Mandate that the customer accepts by paying from an account that was added, or by being paid out to it, and their copy.

use leptos::prelude::*;
use relink_protocol::Purpose;

use super::text::{self, Text};
use crate::clock;
use crate::screens::names::{at_time, formatted_date};
use crate::ui::Paragraph;

/// Returns the heading of a mandate.
fn heading(purpose: Purpose) -> Text {
    if purpose == Purpose::Payouts { text::PAYOUT_HEADING } else { text::MANDATE_HEADING }
}

/// Returns the label of the button that accepts the mandate for the account with these digits.
pub(super) fn accept(purpose: Purpose, digits: &str) -> String {
    if purpose == Purpose::Payouts { text::payout_to(digits) } else { text::pay_from(digits) }
}

/// The words that the server stores, under a heading, with a paragraph for each account.
#[component]
pub(super) fn Mandate(purpose: Purpose, words: String) -> impl IntoView {
    let mandates = words
        .split("\n\n")
        .map(|text| view! { <Paragraph class="mandate" text /> }.into_any())
        .collect::<Vec<_>>();
    view! {
        <Paragraph text=heading(purpose) />
        {mandates}
    }
}

/// A link that saves the accepted mandate as a file, which rules for debits give the customer a right to.
#[component]
pub(super) fn MandateCopy(
    purpose: Purpose,
    words: String,
    merchant: String,
    digits: String,
) -> impl IntoView {
    let today = formatted_date(&at_time(clock::now()), true);
    let copy = [heading(purpose).get(), &merchant, &today, "", &words, ""].join("\n");
    let url = format!("data:text/plain;charset=utf-8,{}", String::from(js_sys::encode_uri_component(&copy)));
    view! {
        <a class="quiet" part="quiet" href=url download=format!("{merchant} {digits}.txt")>
            {text::MANDATE_COPY.get()}
        </a>
    }
}
