//! Reads `locales/`, which has a file of the element's texts for each language, and reports errors in them.
//!
//! Every language must have the same keys and placeholders as English, and its own punctuation and plural forms. Used at
//! build time only: by build scripts, which generate typed keys, and by `cargo xtask`, which writes the files for browsers.

mod error;
mod pseudo;
mod read;
mod typography;

pub use error::MessageError;
pub use pseudo::pseudo_languages;
pub use read::read;
pub use typography::{TypographyError, typography_error};

use std::collections::{BTreeMap, BTreeSet};

/// The reference language, and the fallback for languages that are not supported.
pub const ENGLISH: &str = "en";
const LANGUAGE: &str = "language";
const DIRECTION: &str = "direction";
/// Placeholder of the number in a plural.
pub const COUNT: &str = "count";
/// Script code (ISO 15924), by which browsers request the file.
const SCRIPT: &str = "script";

/// Keys of the loader's texts, which directly follow the language code in the file. A loader may read a file of a newer
/// version, because pages that were open during an update keep the old loader. So these keys keep their positions, and
/// new ones are appended.
pub const LOADER_KEYS: [&str; 15] = [
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

/// Texts of the page in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    code: String,
    texts: BTreeMap<String, String>,
    plurals: BTreeMap<String, BTreeMap<String, String>>,
}

impl Language {
    /// Returns the language code (BCP 47), such as `zh-Hans`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the text of this key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// Returns every text with its key, in the order of the keys.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }

    /// Returns every plural with its key: a text for each plural category, in which `{count}` is the number.
    pub fn plurals(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, String>)> {
        self.plurals.iter().map(|(key, forms)| (key.as_str(), forms))
    }

    /// Returns the keys of the file for browsers, in the order of [`Language::browser_file`]: first the language code, by which
    /// the loader recognizes a valid file, and the keys in [`LOADER_KEYS`].
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let first = std::iter::once(LANGUAGE).chain(LOADER_KEYS).filter(|key| self.texts.contains_key(*key));
        let others = self.texts.keys().map(String::as_str);
        first.chain(others.filter(|key| ![LANGUAGE, SCRIPT].contains(key) && !LOADER_KEYS.contains(key)))
    }

    /// Returns the file for browsers: a line for each key, with placeholders as `{0}`, `{1}` …, numbered in the order
    /// of their names.
    pub fn browser_file(&self) -> String {
        let lines = self.keys().filter_map(|key| self.text(key)).map(with_numbered_placeholders);
        lines.flat_map(|line| [line, "\n".to_owned()]).collect()
    }

    /// Returns the name of the file for browsers: language and script, such as `pt-Latn.txt`. Browsers know the likely
    /// script of a language, so the loader needs no list of files.
    pub fn browser_file_name(&self) -> String {
        let language = self.code.split('-').next().unwrap_or_default();
        [language, "-", self.text(SCRIPT).unwrap_or_default(), ".txt"].concat()
    }
}

/// Returns the plural categories that whole numbers have in a language, as in Unicode's CLDR. The category `many` that
/// Spanish, French and Portuguese have for millions is left out, because a number in digits needs no other form.
pub fn plural_categories(code: &str) -> &'static [&'static str] {
    match code.split('-').next().unwrap_or_default() {
        "ar" => &["zero", "one", "two", "few", "many", "other"],
        "zh" => &["other"],
        _ => &["one", "other"],
    }
}

/// Returns the names of a text's placeholders, sorted; `None` if a brace is unpaired.
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

fn with_numbered_placeholders(text: &str) -> String {
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
        Language { code: "xx".to_owned(), texts: texts.collect(), plurals: BTreeMap::new() }
    }

    #[test]
    fn loader_keys_keep_their_lines() {
        // Keys of the loader of 0.1.0, which is in e2e/fixtures: their lines must never move.
        let of_0_1_0 = "direction loading shell_close browsing_heading shell_failed shell_old shell_gone offline_heading \
                        offline_body unreachable_body internal_body nothing_changed try_again own_page support";
        assert!(LOADER_KEYS.join(" ").starts_with(of_0_1_0));
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
        texts.extend(LOADER_KEYS.map(|key| (key, key)));
        let language = language(&texts);
        assert_eq!(language.keys().count(), 2 + LOADER_KEYS.len());
        assert_eq!(language.keys().last(), Some("account"));
        assert_eq!(language.browser_file(), ["xx", &LOADER_KEYS.join("\n"), "{1} has {0}\n"].join("\n"));
        assert_eq!(language.browser_file_name(), "xx-Latn.txt");
    }
}
