//! Texts of the later screens, besides those of the first ones: typed keys, generated from `locales/` at build time. The
//! texts themselves come from a file that is fetched beside the lazily loaded part of the program.
//!
//! This module is private to the later screens, because a first screen would find no text here.

use leptos::prelude::use_context;

pub(super) use crate::text::*;

include!(concat!(env!("OUT_DIR"), "/later_texts.rs"));

/// Texts of the later screens in one language. The views of these screens find them in their context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaterTexts(&'static str);

impl LaterTexts {
    /// Keeps the texts for the lifetime of the page. `None` if this is not the later file of the language.
    pub(crate) fn new(texts: String, language: Language) -> Option<Self> {
        let is_file = texts.lines().next() == Some(language.code());
        is_file.then(|| Self(intern(texts)))
    }
}

/// A text, as the number of its line in the language's later file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text(usize);

impl Text {
    /// Returns the text in the current language.
    pub(super) fn get(self) -> &'static str {
        use_context::<LaterTexts>().map_or("", |texts| nth_line(texts.0, self.0))
    }

    /// Returns the text as an owned string.
    pub(super) fn to_owned(self) -> String {
        self.get().to_owned()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.to_owned()
    }
}
