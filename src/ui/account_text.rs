//! Texts with account numbers, which look different to screen readers.

use leptos::prelude::*;

use crate::text;

/// Dots before an account's last digits.
const DOTS: &str = "••";

/// A text in which `••6789` is read aloud as "account ending in 6789", and stays in order in a right-to-left line.
#[component]
pub(crate) fn AccountText(#[prop(into)] text: String) -> AnyView {
    let mut views = Vec::new();
    for Piece { before, digits } in pieces(&text) {
        views.push(before.to_owned().into_any());
        if let Some(digits) = digits {
            let number = view! {
                <bdi aria-hidden="true">{[DOTS, digits].concat()}</bdi>
                <span class="spoken" part="spoken">{text::account_spoken(digits)}</span>
            };
            views.push(number.into_any());
        }
    }
    views.into_any()
}

/// Returns the text as a label for screen readers only.
pub(crate) fn screen_reader_text(text: &str) -> String {
    let spoken = pieces(text).into_iter().map(|Piece { before, digits }| match digits {
        Some(digits) => [before, &text::account_spoken(digits)].concat(),
        None => before.to_owned(),
    });
    spoken.collect()
}

/// Part of a text up to an account number, and its digits.
struct Piece<'a> {
    before: &'a str,
    /// `None` at the end of the text.
    digits: Option<&'a str>,
}

/// Splits at the first dots, by single characters: the search for a string is a kilobyte of code.
fn split_at_dots(text: &str) -> Option<(&str, &str)> {
    text.match_indices('•').find_map(|(at, _)| Some((text.get(..at)?, text.get(at..)?.strip_prefix(DOTS)?)))
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = split_at_dots(rest) {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let (digits, after) = after.split_at(end);
        pieces.push(Piece { before, digits: Some(digits) });
        rest = after;
    }
    pieces.push(Piece { before: rest, digits: None });
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spoken_as_what_they_are() {
        let spoken = screen_reader_text("Alder Bank ••6789, ••A1: Connected.");
        assert_eq!(spoken, "Alder Bank account ending in 6789, account ending in A1: Connected.");
        assert_eq!(screen_reader_text("Done"), "Done");
    }
}
