//! What the element says, by typed keys made from `locales/` at build time. The words themselves come from a file of one
//! language, which the loader has fetched beside the program.

use std::cell::{Cell, RefCell};

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Around what is filled in where lines run from the right, so that a Latin name stays whole.
const ISOLATE: [&str; 2] = ["\u{2068}", "\u{2069}"];

/// A text of ours: which line of the language's file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text(usize);

/// What is spoken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    /// Lines, as `relink_texts` writes them.
    words: &'static str,
    /// Whose dates and numbers.
    locale: &'static str,
}

thread_local! {
    static SPOKEN: Cell<Spoken> = const { Cell::new(Spoken::FIRST) };
    /// What any conversation has spoken: one that begins anew speaks the same again.
    static KEPT: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

impl Spoken {
    #[cfg(not(test))]
    const FIRST: Self = Self { words: "", locale: "en" };
    #[cfg(test)]
    const FIRST: Self = Self { words: include_str!(concat!(env!("OUT_DIR"), "/en.txt")), locale: "en" };

    /// For as long as the page lives.
    pub(crate) fn new(words: String, locale: String) -> Self {
        Self { words: kept(words), locale: kept(locale) }
    }

    /// The language of the words.
    pub(crate) fn language(self) -> &'static str {
        line(self.words, LANGUAGE)
    }

    /// The same, as the reader's part of the world writes it.
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

/// From now on; each conversation says what it speaks before it is drawn.
pub(crate) fn speak(spoken: Spoken) {
    SPOKEN.set(spoken);
}

/// The language of our words, as the reader's part of the world writes it.
pub(crate) fn locale() -> &'static str {
    SPOKEN.get().locale
}

/// What is said as it is, not in our words: kept whole where lines run from the right.
pub(crate) fn isolated(name: String) -> String {
    let [open, close] = isolate();
    if open.is_empty() { name } else { [open, &name, close].concat() }
}

fn isolate() -> [&'static str; 2] {
    if DIRECTION.get() == "rtl" { ISOLATE } else { [""; 2] }
}

impl Text {
    /// What it says.
    pub(crate) fn get(self) -> &'static str {
        line(SPOKEN.get().words, self)
    }

    /// What it says, to keep.
    pub(crate) fn to_owned(self) -> String {
        self.get().to_owned()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.to_owned()
    }
}

/// Puts the values into the places that a text has for them, `{0}` and so on.
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

    /// Speaks the language of a file's words for the rest of this test, which has a thread of its own, or in the
    /// browser until the value goes.
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
