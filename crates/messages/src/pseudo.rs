//! Pseudo-languages for layout tests: text without brackets does not come from a language file, and a layout without
//! room for these has none for German either.

use std::collections::BTreeMap;

use crate::{DIRECTION, LANGUAGE, Language, SCRIPT};

/// Letters that get an accent.
const PLAIN: &str = "aAbBcCdDeEfFgGhHiIjJkKlLnNoOrRsStTuUwWyYzZ";
const ACCENTED: &str = "åÅƀɃçÇðÐéÉƒƑĝĜĥĤîÎĵĴķĶļĻñÑöÖŕŔšŠţŢûÛŵŴýÝžŽ";
/// Padding, repeated until a text is long enough.
const PADDING: &str = " ļöñĝéŕ ţĥåñ ţĥîš";
/// Unicode control characters that begin and end right-to-left text.
const RIGHT_TO_LEFT: [&str; 2] = ["\u{202e}", "\u{202c}"];

/// Returns `en-XA`, accented, bracketed, and longer by two fifths; and `ar-XB`, bracketed and right-to-left. Their
/// script codes are for private use, so no customer gets them; a browser requests them for `en-Qaaa` and `ar-Qaab`.
pub fn pseudo_languages(english: &Language) -> [Language; 2] {
    let long = derived(["en-XA", "ltr", "Qaaa"], english, |text| {
        ["[", &accented(text), &padding(text), "]"].concat()
    });
    let [open, close] = RIGHT_TO_LEFT;
    let mirrored = derived(["ar-XB", "rtl", "Qaab"], english, |text| ["[", open, text, close, "]"].concat());
    [long, mirrored]
}

fn derived(
    [code, direction, script]: [&str; 3],
    english: &Language,
    change: impl Fn(&str) -> String,
) -> Language {
    let texts: BTreeMap<String, String> = english
        .texts()
        .map(|(key, text)| {
            let text = match key {
                LANGUAGE => code.to_owned(),
                DIRECTION => direction.to_owned(),
                SCRIPT => script.to_owned(),
                _ => change(text),
            };
            (key.to_owned(), text)
        })
        .collect();
    Language { code: code.to_owned(), texts, plurals: BTreeMap::new() }
}

/// Adds accents, except to the names of placeholders.
fn accented(text: &str) -> String {
    let mut is_name = false;
    text.chars()
        .map(|letter| {
            is_name = letter == '{' || (is_name && letter != '}');
            let place = PLAIN.chars().position(|plain| plain == letter);
            place.filter(|_| !is_name).and_then(|place| ACCENTED.chars().nth(place)).unwrap_or(letter)
        })
        .collect()
}

fn padding(text: &str) -> String {
    let missing = (text.chars().count() * 2).div_ceil(5);
    PADDING.chars().cycle().take(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placeholders;

    fn english() -> Language {
        let texts = [
            ("language", "en"),
            ("direction", "ltr"),
            ("script", "Latn"),
            ("hello", "Hello from {bank}, {name}"),
        ];
        let texts = texts.map(|(key, text)| (key.to_owned(), text.to_owned()));
        Language { code: "en".to_owned(), texts: texts.into(), plurals: BTreeMap::new() }
    }

    #[test]
    fn a_text_gets_accents_brackets_and_two_fifths_more_and_keeps_its_placeholders() {
        let [long, mirrored] = pseudo_languages(&english());
        assert_eq!(long.text("hello"), Some("[Ĥéļļö ƒŕöm {bank}, {name} ļöñĝéŕ ţĥ]"));
        assert_eq!(long.text("language"), Some("en-XA"));
        assert_eq!(mirrored.text("hello"), Some("[\u{202e}Hello from {bank}, {name}\u{202c}]"));
        assert_eq!((mirrored.code(), mirrored.text("direction")), ("ar-XB", Some("rtl")));
        assert_eq!([long.first_file_name(), mirrored.first_file_name()], ["en-Qaaa.txt", "ar-Qaab.txt"]);
        for language in [long, mirrored] {
            assert_eq!(placeholders(language.text("hello").unwrap()).unwrap().len(), 2);
        }
        assert_eq!(PLAIN.chars().count(), ACCENTED.chars().count());
    }
}
