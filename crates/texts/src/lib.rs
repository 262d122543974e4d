//! Reads `locales/`: what the element says, a file for each language, and says what is wrong with them.
//!
//! English is the measure: the others say what it says, with the same placeholders. Used at build time only: by the
//! page's build script, which makes typed keys of it, and by `cargo xtask`, which writes what browsers fetch.

mod fault;
mod pseudo;
mod read;

pub use fault::Fault;
pub use pseudo::pseudo;
pub use read::read;

use std::collections::{BTreeMap, BTreeSet};

/// The language that the others are measured by, and that is spoken where a reader's own is not known.
pub const ENGLISH: &str = "en";
const LANGUAGE: &str = "language";
const DIRECTION: &str = "direction";
/// What it is written in, as ISO 15924 names it: a reader's browser asks for its file by that.
const SCRIPT: &str = "script";

/// What the loader says by itself, right after the language's name. A loader of another version than the file may read it:
/// a page that was open while the server was updated has the older one. So these keep their places, and more of them go to
/// the end.
pub const LOADER: [&str; 15] = [
    DIRECTION,
    "loading",
    "shell_close",
    "browsing_heading",
    "shell_failed",
    "shell_old",
    "shell_gone",
    "offline_heading",
    "offline_body",
    "unreachable_body",
    "internal_body",
    "nothing_changed",
    "try_again",
    "own_page",
    "support",
];

/// What the page says in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    code: String,
    texts: BTreeMap<String, String>,
}

impl Language {
    /// Its name after BCP 47, such as `zh-Hans`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What it says under this key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// Every text with its key, in the order of the keys.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }

    /// The keys of what a browser fetches, in the order of [`Language::file`]: first of all the language's own name, by
    /// which the loader knows that it is one, and what [`LOADER`] names.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let first = std::iter::once(LANGUAGE).chain(LOADER).filter(|key| self.texts.contains_key(*key));
        let others = self.texts.keys().map(String::as_str);
        first.chain(others.filter(|key| ![LANGUAGE, SCRIPT].contains(key) && !LOADER.contains(key)))
    }

    /// What a browser fetches: a line for each key, with `{0}` and so on for the placeholders in their own order.
    pub fn file(&self) -> String {
        let lines = self.keys().filter_map(|key| self.text(key)).map(numbered);
        lines.flat_map(|line| [line, "\n".to_owned()]).collect()
    }

    /// What that file is called: language and script, such as `pt-Latn.txt`. So a browser, which knows in which script a
    /// reader's language is written, finds it without a list.
    pub fn file_name(&self) -> String {
        let language = self.code.split('-').next().unwrap_or_default();
        [language, "-", self.text(SCRIPT).unwrap_or_default(), ".txt"].concat()
    }
}

/// The names of a text's placeholders, in their order; `None` where a brace has no pair.
pub fn placeholders(text: &str) -> Option<BTreeSet<&str>> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        if before.contains('}') || name.contains('{') {
            return None;
        }
        found.insert(name);
        rest = tail;
    }
    (!rest.contains('}')).then_some(found)
}

fn numbered(text: &str) -> String {
    let names = placeholders(text).unwrap_or_default();
    names.iter().enumerate().fold(text.to_owned(), |text, (number, name)| {
        text.replace(&format!("{{{name}}}"), &format!("{{{number}}}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(texts: &[(&str, &str)]) -> Language {
        let texts = texts.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        Language { code: "xx".to_owned(), texts: texts.collect() }
    }

    #[test]
    fn what_older_loaders_read_is_where_they_look_for_it() {
        // The loader of 0.1.0, which is in e2e/older: its lines never move.
        let of_0_1_0 = "direction loading shell_close browsing_heading shell_failed shell_old shell_gone offline_heading \
                        offline_body unreachable_body internal_body nothing_changed try_again own_page support";
        assert!(LOADER.join(" ").starts_with(of_0_1_0));
    }

    #[test]
    fn placeholders_are_what_is_in_braces() {
        assert_eq!(placeholders("{b} and {a}, {b}").unwrap().into_iter().collect::<Vec<_>>(), ["a", "b"]);
        for text in ["{a", "a}", "}{", "{a {b}}", "{a} {b"] {
            assert_eq!(placeholders(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_begins_with_its_language_and_has_numbers_in_the_place_of_names() {
        let mut texts = vec![("account", "{bank} has {account}"), ("language", "xx"), ("script", "Latn")];
        texts.extend(LOADER.map(|key| (key, key)));
        let language = language(&texts);
        assert_eq!(language.keys().count(), 2 + LOADER.len());
        assert_eq!(language.keys().last(), Some("account"));
        assert_eq!(language.file(), ["xx", &LOADER.join("\n"), "{1} has {0}\n"].join("\n"));
        assert_eq!(language.file_name(), "xx-Latn.txt");
    }
}
