//! Texts of the first screens, by typed keys that are generated from `locales/` at build time. The texts themselves come
//! from a file of one language, which the loader fetches beside the program. Those of the later screens are in
//! `screens::lazy`, which only later screens can name.

use std::cell::RefCell;

use leptos::prelude::use_context;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Unicode isolates, put around values in right-to-left text, so that a Latin name stays in order.
const ISOLATE: [&str; 2] = ["\u{2068}", "\u{2069}"];

/// A text, as the number of its line in the language's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text(usize);

/// Language of a conversation. The views of the conversation find it in their context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Language {
    /// Texts, one a line, as written by `relink_messages`.
    texts: &'static str,
    /// Locale for dates and numbers.
    locale: &'static str,
}

thread_local! {
    /// Leaked strings of all conversations, reused by those that start with the same language.
    static INTERNED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

impl Language {
    /// Language of a view without a conversation, which only tests have.
    #[cfg(not(test))]
    const NONE: Self = Self { texts: "", locale: "en" };
    #[cfg(test)]
    const NONE: Self = Self { texts: include_str!(concat!(env!("OUT_DIR"), "/en.txt")), locale: "en" };

    fn current() -> Self {
        use_context().unwrap_or(Self::NONE)
    }

    /// Keeps the strings for the lifetime of the page.
    pub(crate) fn new(texts: String, locale: String) -> Self {
        Self { texts: intern(texts), locale: intern(locale) }
    }

    /// Returns the language code of the texts.
    pub(crate) fn code(self) -> &'static str {
        line(self.texts, LANGUAGE)
    }

    /// Returns the language with the customer's region.
    pub(crate) fn locale(self) -> &'static str {
        self.locale
    }

    /// Returns the address of the file with the later texts, relative to the program.
    pub(crate) fn later_file(self) -> &'static str {
        line(self.texts, LATER_FILE)
    }
}

/// Keeps a string for the lifetime of the page.
pub(crate) fn intern(text: String) -> &'static str {
    INTERNED.with_borrow_mut(|interned| {
        interned.iter().find(|known| **known == text).copied().unwrap_or_else(|| {
            let text: &'static str = text.leak();
            interned.push(text);
            text
        })
    })
}

fn line(texts: &'static str, text: Text) -> &'static str {
    nth_line(texts, text.0)
}

/// Returns the text with this number; empty if there is none.
pub(crate) fn nth_line(texts: &'static str, place: usize) -> &'static str {
    texts.split('\n').nth(place).unwrap_or_default()
}

/// Returns the current locale: the language of the texts with the customer's region.
pub(crate) fn locale() -> &'static str {
    Language::current().locale
}

/// Isolates a name that is not part of the texts, so that it stays in order in right-to-left text.
pub(crate) fn isolated(name: String) -> String {
    let [open, close] = isolate();
    if open.is_empty() { name } else { [open, &name, close].concat() }
}

fn isolate() -> [&'static str; 2] {
    if DIRECTION.get() == "rtl" { ISOLATE } else { [""; 2] }
}

impl Text {
    /// Returns the text in the current language.
    pub(crate) fn get(self) -> &'static str {
        line(Language::current().texts, self)
    }

    /// Returns the text as an owned string.
    pub(crate) fn to_owned(self) -> String {
        self.get().to_owned()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.to_owned()
    }
}

/// Replaces the placeholders `{0}`, `{1}` … of a text.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let [open, close] = isolate();
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, after) = part.split_once('}').unwrap_or(("", part));
        let value = place.bytes().next().and_then(|digit| values.get(usize::from(digit.wrapping_sub(b'0'))));
        for piece in [open, value.copied().unwrap_or_default(), close, after] {
            filled.push_str(piece);
        }
    }
    filled
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use leptos::prelude::{Owner, provide_context};

    use super::*;

    /// Runs `test` in the context of a conversation in this language.
    fn speaking(texts: &'static str, locale: &'static str, test: impl FnOnce()) {
        Owner::new().with(|| {
            provide_context(Language { texts, locale });
            test();
        });
    }

    /// Runs `test` in English, in another part of the world.
    pub(crate) fn in_locale(locale: &'static str, test: impl FnOnce()) {
        speaking(Language::NONE.texts, locale, test);
    }

    /// Runs `test` in French.
    pub(crate) fn in_french(test: impl FnOnce()) {
        speaking(include_str!(concat!(env!("OUT_DIR"), "/fr.txt")), "fr", test);
    }

    fn in_arabic(test: impl FnOnce()) {
        speaking(include_str!(concat!(env!("OUT_DIR"), "/ar.txt")), "ar", test);
    }

    #[test]
    fn a_key_says_what_english_says_under_it() {
        assert_eq!(LANGUAGE.get(), "en");
        assert_eq!(String::from(TRY_AGAIN), "Try again");
        assert_eq!(sentences("A {1}.", "Connected."), "A {1}. Connected.");
        assert_eq!(isolated("A".to_owned()), "A");
    }

    #[test]
    fn values_are_isolated_in_right_to_left_text() {
        in_arabic(|| {
            assert_eq!((LANGUAGE.get(), DIRECTION.get(), locale()), ("ar", "rtl", "ar"));
            let status = bank_degraded("Alder Bank");
            assert!(status.contains("\u{2068}Alder Bank\u{2069}") && status != bank_degraded(""), "{status}");
            assert_eq!(isolated("A".to_owned()), "\u{2068}A\u{2069}");
        });
    }

    #[test]
    fn each_conversation_has_its_own_language() {
        in_arabic(|| {
            speaking("fr\nltr\n", "fr", || assert_eq!(LANGUAGE.get(), "fr"));
            assert_eq!(LANGUAGE.get(), "ar");
        });
    }

    #[test]
    fn truncated_language_file_yields_empty_texts() {
        speaking("en\nltr\n", "en", || {
            assert_eq!((LANGUAGE.get(), SUPPORT.get()), ("en", ""));
            assert_eq!(support_request("1"), "");
        });
    }

    /// A text that only later screens use would make the first file longer for nothing.
    #[test]
    fn each_text_of_the_first_file_is_used_by_a_first_screen_or_by_the_loader() {
        let first = first_sources(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        for key in relink_messages::FIRST_KEYS {
            let is_used = [key.to_uppercase(), key.to_owned()].iter().any(|name| {
                let path = format!("text::{name}");
                let mut uses = first.split(&path).skip(1);
                uses.any(|rest| !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_'))
            });
            assert!(is_used, "{key} belongs to the later texts");
        }
    }

    /// Returns the code of the modules that are not part of the later screens.
    fn first_sources(folder: PathBuf) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| !path.ends_with("screens/lazy") && !path.ends_with("outcome.rs"))
            .map(|path| if path.is_dir() { first_sources(path) } else { fs::read_to_string(path).unwrap() })
            .collect()
    }
}
