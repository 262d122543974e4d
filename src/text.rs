//! Texts of the element, by typed keys that are generated from `locales/` at build time. The texts themselves come from
//! the file of one language, which the loader fetches beside the program.

use std::cell::{Cell, RefCell};

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Unicode isolates, put around values in right-to-left text, so that a Latin name stays in order.
const ISOLATE: [&str; 2] = ["\u{2068}", "\u{2069}"];

/// A text, as the number of its line in the language's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text(usize);

/// Language of a conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    /// Texts, one a line, as written by `relink_texts`.
    words: &'static str,
    /// Locale for dates and numbers.
    locale: &'static str,
}

thread_local! {
    static SPOKEN: Cell<Spoken> = const { Cell::new(Spoken::FIRST) };
    /// Leaked strings of all conversations, reused by those that start with the same language.
    static KEPT: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

impl Spoken {
    #[cfg(not(test))]
    const FIRST: Self = Self { words: "", locale: "en" };
    #[cfg(test)]
    const FIRST: Self = Self { words: include_str!(concat!(env!("OUT_DIR"), "/en.txt")), locale: "en" };

    /// Keeps the strings for the lifetime of the page.
    pub(crate) fn new(words: String, locale: String) -> Self {
        Self { words: kept(words), locale: kept(locale) }
    }

    /// Returns the language code of the texts.
    pub(crate) fn language(self) -> &'static str {
        line(self.words, LANGUAGE)
    }

    /// Returns the language with the customer's region.
    pub(crate) fn locale(self) -> &'static str {
        self.locale
    }
}

fn kept(text: String) -> &'static str {
    KEPT.with_borrow_mut(|kept| {
        kept.iter().find(|known| **known == text).copied().unwrap_or_else(|| {
            let text: &'static str = text.leak();
            kept.push(text);
            text
        })
    })
}

fn line(words: &'static str, text: Text) -> &'static str {
    words.split('\n').nth(text.0).unwrap_or_default()
}

/// Sets the current language; each conversation does this before it draws.
pub(crate) fn speak(spoken: Spoken) {
    SPOKEN.set(spoken);
}

/// Returns the current locale: the language of the texts with the customer's region.
pub(crate) fn locale() -> &'static str {
    SPOKEN.get().locale
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
        line(SPOKEN.get().words, self)
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
fn fill(text: Text, values: &[&str]) -> String {
    let [open, close] = isolate();
    let mut parts = text.get().split('{');
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
    use super::*;

    /// Sets the language for the rest of a test, which has its own thread, or in the browser until this value is
    /// dropped.
    pub(crate) struct Speaking;

    impl Speaking {
        pub(crate) fn arabic() -> Self {
            let words = include_str!(concat!(env!("OUT_DIR"), "/ar.txt"));
            SPOKEN.set(Spoken { words, locale: "ar" });
            Self
        }

        pub(crate) fn like(locale: &'static str) -> Self {
            SPOKEN.set(Spoken { locale, ..Spoken::FIRST });
            Self
        }
    }

    impl Drop for Speaking {
        fn drop(&mut self) {
            SPOKEN.set(Spoken::FIRST);
        }
    }

    #[test]
    fn a_key_says_what_english_says_under_it() {
        assert_eq!(LANGUAGE.get(), "en");
        assert_eq!(String::from(DONE), "Done");
        assert_eq!(news_account("A {1}", "Connected"), "A {1}: Connected.");
        assert_eq!(isolated("A".to_owned()), "A");
    }

    #[test]
    fn where_lines_run_from_the_right_what_is_filled_in_stays_whole() {
        let _speaking = Speaking::arabic();
        assert_eq!((LANGUAGE.get(), DIRECTION.get(), locale()), ("ar", "rtl", "ar"));
        let told = preparing_heading("Alder Bank");
        assert!(told.contains("\u{2068}Alder Bank\u{2069}") && told != preparing_heading(""), "{told}");
        assert_eq!(isolated("A".to_owned()), "\u{2068}A\u{2069}");
    }

    #[test]
    fn a_language_that_is_cut_short_says_nothing_and_harms_nobody() {
        let _speaking = Speaking;
        SPOKEN.set(Spoken { words: "en\nltr\n", locale: "en" });
        assert_eq!((LANGUAGE.get(), SUPPORT.get()), ("en", ""));
        assert_eq!(support_request("1"), "");
    }
}
