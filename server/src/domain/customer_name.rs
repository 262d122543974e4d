//! Name and email address of a customer, and the words by which operators find them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Words of a name that are searched for; more of them find nobody better.
const MAX_WORDS: usize = 10;
/// Longest word, so that it fits into an index.
const LONGEST: usize = 200;

/// Name and email address of a customer, as Stripe has them. Each may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CustomerName {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
}

impl CustomerName {
    /// True if Stripe has neither.
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_none() && self.email.is_none()
    }

    /// Returns what is shown first: the name, or else the email address.
    pub(crate) fn title(&self) -> Option<&str> {
        self.name.as_deref().or(self.email.as_deref())
    }

    /// Returns the words by which the customer is found.
    pub(crate) fn words(&self) -> BTreeSet<String> {
        let of_name = self.name.as_deref().map(words).unwrap_or_default();
        let email = self.email.as_deref().and_then(address);
        of_name.into_iter().chain(email).collect()
    }
}

/// Returns the words that a customer must have to be found by this text: an email address as a whole, or all words of a
/// name.
pub(crate) fn searched(text: &str) -> BTreeSet<String> {
    address(text).map_or_else(|| words(text), |address| BTreeSet::from([address]))
}

fn address(text: &str) -> Option<String> {
    let text = text.trim();
    (text.contains('@') && text.len() <= LONGEST).then(|| text.to_lowercase())
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| !word.is_empty() && word.len() <= LONGEST).take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jenny() -> CustomerName {
        let text = |text: &str| Some(text.to_owned());
        CustomerName { name: text("Jenny  O'Rosen-Müller"), email: text("Jenny@Mail.example") }
    }

    #[test]
    fn a_customer_is_found_by_the_words_of_their_name_and_by_their_whole_address() {
        let words = jenny().words();
        for text in ["jenny", "MÜLLER jenny", "rosen-müller", " jenny@mail.example "] {
            assert!(searched(text).is_subset(&words), "{text}");
        }
        for text in ["jen", "jenny smith", "mail.example", "jenny@mail"] {
            assert!(!searched(text).is_subset(&words), "{text}");
        }
        assert!(searched(" -- ").is_empty());
    }

    #[test]
    fn the_title_is_the_name_or_else_the_address() {
        let nameless = CustomerName { name: None, ..jenny() };
        assert_eq!(
            (jenny().title(), nameless.title()),
            (Some("Jenny  O'Rosen-Müller"), Some("Jenny@Mail.example"))
        );
        assert!(CustomerName::default().is_empty() && CustomerName::default().title().is_none());
    }
}
