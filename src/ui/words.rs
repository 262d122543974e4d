//! Texts as they are drawn: an account's digits are shown one way and read aloud another.

use super::element::{Draft, element};
use crate::text;

/// Two of them stand before an account's last digits.
const DOTS: &str = "••";

/// Writes `text` into an element. `••6789` is read aloud as "account ending in 6789", and keeps its order in a
/// right-to-left line.
pub(super) fn words(mut into: Draft, text: &str) -> Draft {
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

/// The same text as a label that is only ever read aloud.
pub(super) fn spoken(text: &str) -> String {
    match numbered(text) {
        Some(Numbered { before, digits, after }) => {
            [before, &text::account_spoken(digits), &spoken(after)].concat()
        }
        None => text.to_owned(),
    }
}

struct Numbered<'a> {
    before: &'a str,
    digits: &'a str,
    after: &'a str,
}

/// Takes apart a text that names an account by its digits, at the first of them.
fn numbered(text: &str) -> Option<Numbered<'_>> {
    let (before, rest) = text.split_once(DOTS)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    Some(Numbered { before, digits, after })
}
