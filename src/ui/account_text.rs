//! Texts with account numbers, which look different to screen readers.

use super::element::{Draft, element};
use crate::text;

/// Dots before an account's last digits.
const DOTS: &str = "••";

/// Writes `text` into an element. `••6789` is read aloud as "account ending in 6789", and stays in order in a
/// right-to-left line.
pub(super) fn write_text(mut into: Draft, text: &str) -> Draft {
    let mut rest = text;
    while let Some(Numbered { before, digits, after }) = numbered(rest) {
        into = into
            .text(before)
            .child(element("bdi").set("aria-hidden", "true").text(&[DOTS, digits].concat()))
            .child(element("span").class("spoken").text(&text::account_spoken(digits)));
        rest = after;
    }
    into.text(rest)
}

/// Returns the text as a label for screen readers only.
pub(super) fn screen_reader_text(text: &str) -> String {
    match numbered(text) {
        Some(Numbered { before, digits, after }) => {
            [before, &text::account_spoken(digits), &screen_reader_text(after)].concat()
        }
        None => text.to_owned(),
    }
}

struct Numbered<'a> {
    before: &'a str,
    digits: &'a str,
    after: &'a str,
}

/// Splits a text at the first account number.
fn numbered(text: &str) -> Option<Numbered<'_>> {
    let (before, rest) = text.split_once(DOTS)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    Some(Numbered { before, digits, after })
}
