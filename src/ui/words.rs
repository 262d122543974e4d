//! Texts as they are drawn: an account's digits are shown one way and read aloud another.

use leptos::prelude::*;

use crate::text;

/// Two of them stand before an account's last digits.
const DOT: char = '•';
const DOTS: &str = "••";

/// Draws `text`. `••6789` is read aloud as "account ending in 6789", and keeps its order in a right-to-left line.
pub(super) fn words(text: &str) -> impl IntoView + use<> {
    let numbered = numbered(text);
    let before = numbered.as_ref().map_or(text, |numbered| numbered.before).to_owned();
    let rest = numbered.map(|Numbered { digits, after, .. }| {
        (
            view! { <bdi aria-hidden="true">{[DOTS, digits].concat()}</bdi> },
            view! { <span class="spoken">{text::account_spoken(digits)}</span> },
            after.to_owned(),
        )
    });
    (before, rest)
}

/// The same text as a label that is only ever read aloud.
pub(super) fn spoken(text: &str) -> String {
    match numbered(text) {
        Some(Numbered { before, digits, after }) => [before, &text::account_spoken(digits), after].concat(),
        None => text.to_owned(),
    }
}

struct Numbered<'a> {
    before: &'a str,
    digits: &'a str,
    after: &'a str,
}

/// Takes apart a text that names an account by its digits. A text names one account at most.
fn numbered(text: &str) -> Option<Numbered<'_>> {
    let (before, rest) = text.split_once(DOT)?;
    let rest = rest.strip_prefix(DOT)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    Some(Numbered { before, digits, after })
}
