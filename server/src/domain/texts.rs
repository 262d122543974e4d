//! What mails and the pages around links say, from `locales/`: a function for each text, made by `build.rs`.

use jiff::civil::Date;

use super::language::Language;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// English is the first, and what is said where a language has no file.
fn pick(language: Language, texts: &[(&str, &'static str)]) -> &'static str {
    let found = texts.iter().find(|(code, _)| *code == language.code()).or(texts.first());
    found.map_or("", |(_, text)| text)
}

/// Puts the values into their places, in one go: a value that looks like a place is left as it is. In a language that
/// runs from the right each is kept apart, so that a name in Latin letters does not turn its neighbours around.
fn fill(text: &str, language: Language, values: &[(&str, &str)]) -> String {
    let (open, close) = if language.runs_from_the_right() { ("\u{2068}", "\u{2069}") } else { ("", "") };
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, place) = rest.split_at(at);
        filled.push_str(before);
        if let Some((name, value)) = values.iter().find(|(name, _)| place.starts_with(name)) {
            filled.extend([open, value, close]);
            rest = place.get(name.len()..).unwrap_or_default();
        } else {
            filled.push('{');
            rest = place.get(1..).unwrap_or_default();
        }
    }
    filled + rest
}

/// A day as its readers write it; without the year, which is this one or the next.
pub(crate) fn day(language: Language, on: Date) -> String {
    let months = [
        month_01, month_02, month_03, month_04, month_05, month_06, month_07, month_08, month_09, month_10,
        month_11, month_12,
    ];
    let place = usize::try_from(on.month() - 1).unwrap_or_default();
    let month = months.get(place).map(|month| month(language)).unwrap_or_default();
    let number = if on.day() == 1 { first_day(language) } else { on.day().to_string() };
    // The parts of a date belong together; nothing is to be kept apart.
    date(language, &number, &month).replace(['\u{2068}', '\u{2069}'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_their_readers_do() {
        let date = |day| Date::constant(2026, 12, day);
        for (language, expected) in [
            (Language::English, "3 December"),
            (Language::German, "3. Dezember"),
            (Language::French, "3 décembre"),
            (Language::Spanish, "3 de diciembre"),
            (Language::Portuguese, "3 de dezembro"),
            (Language::Arabic, "3 ديسمبر"),
            (Language::SimplifiedChinese, "12月3日"),
        ] {
            assert_eq!(day(language, date(3)), expected);
        }
        assert_eq!(day(Language::French, date(1)), "1er décembre");
    }

    #[test]
    fn every_language_has_words_of_its_own() {
        for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
            assert_ne!(over_heading(language), over_heading(Language::English), "{}", language.code());
        }
    }

    #[test]
    fn a_value_that_looks_like_a_place_stays_what_it_is() {
        let english = Language::English;
        assert_eq!(subject(english, "{merchant} {account}"), "Reconnect {merchant} {account}");
        assert_eq!(fill("{a} {", english, &[("{a}", "b")]), "b {");
        assert!(subject(Language::Arabic, "Chase").ends_with("\u{2068}Chase\u{2069}"));
    }
}
