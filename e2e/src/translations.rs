//! Translations of the texts of the page and the bank window, found by the English text, so that each journey is
//! written once and runs in any language.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use relink_messages::{ENGLISH, Language};

/// Languages of the sandbox's bank window besides English.
const BANK_WINDOW_LOCALES: [&str; 2] = ["ar", "es"];

/// Keys of templates that match nearly any text, and so would translate names, too.
const MATCHING_ANYTHING: [&str; 2] = ["sentence", "sentences"];

/// The customer's language.
#[derive(Clone, Debug, Default)]
pub(crate) struct Translations {
    /// Locale in the page's address; empty for the browser's own.
    pub(crate) locale: String,
    pub(crate) page: Templates,
    pub(crate) bank: Templates,
}

/// Templates with `{name}` placeholders, in English and in the customer's language.
#[derive(Clone, Debug, Default)]
pub(crate) struct Templates(Vec<(String, String)>);

impl Translations {
    /// Loads a language of the page or a pseudolocale; `""` is the browser's own language, which is English.
    pub(crate) fn load(locale: &str) -> Result<Self> {
        if locale.is_empty() {
            return Ok(Self::default());
        }
        // A browser knows pseudolocales by a private-use script, and the page's files are named after it.
        let named = match locale {
            "en-XA" => "en-Qaaa",
            "ar-XB" => "ar-Qaab",
            spoken => spoken,
        };
        Ok(Self { locale: named.to_owned(), page: page(locale)?, bank: bank(locale)? })
    }
}

fn page(locale: &str) -> Result<Templates> {
    let languages = relink_messages::read(&project().join("locales"));
    let languages = languages.ok().context("locales/ is not in order")?;
    let english =
        languages.iter().find(|language| language.code() == ENGLISH).context("there is no English")?;
    let pseudo = relink_messages::pseudo_languages(english);
    let spoken = languages.iter().chain(&pseudo).find(|language| language.code() == locale);
    let spoken: &Language = spoken.with_context(|| format!("the page does not speak {locale}"))?;
    let pair = |(key, text): (&str, &str)| Some((text.to_owned(), plain(spoken.text(key)?)));
    let texts = english.texts().filter(|(key, _)| !MATCHING_ANYTHING.contains(key));
    Ok(Templates(texts.filter_map(pair).collect()))
}

fn bank(locale: &str) -> Result<Templates> {
    if !BANK_WINDOW_LOCALES.contains(&locale) {
        return Ok(Templates::default());
    }
    let (english, spoken) = (bank_texts(ENGLISH)?, bank_texts(locale)?);
    let pair = |(key, text): &(String, String)| {
        Some((text.clone(), plain(&spoken.iter().find(|(other, _)| other == key)?.1)))
    };
    Ok(Templates(english.iter().filter_map(pair).collect()))
}

/// Parses the sandbox's texts, one `key: 'text',` per line.
fn bank_texts(locale: &str) -> Result<Vec<(String, String)>> {
    let file = project().join("crates/sandbox/src/bank_window/page").join([locale, ".js"].concat());
    let text = read_to_string(&file).with_context(|| format!("{} can't be read", file.display()))?;
    let pair = |line: &str| {
        let (key, text) = line.trim().strip_suffix(',')?.split_once(": ")?;
        Some((key.to_owned(), text.trim_matches(['\'', '"']).to_owned()))
    };
    Ok(text.lines().filter_map(pair).collect())
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Removes formatting: bidirectional control characters, and special spaces.
fn plain(text: &str) -> String {
    let is_mark = |letter: char| {
        ('\u{2066}'..='\u{2069}').contains(&letter) || ('\u{202a}'..='\u{202e}').contains(&letter)
    };
    let space = |letter: char| if letter.is_whitespace() { ' ' } else { letter };
    text.chars().filter(|letter| !is_mark(*letter)).map(space).collect()
}

impl Templates {
    /// Translates a text. One that matches no template, such as a name or digits, stays as it is.
    pub(crate) fn translate(&self, english: &str) -> String {
        let matching = self.0.iter().filter_map(|(template, spoken)| {
            let values = values(template, english)?;
            let filled = values.iter().fold(spoken.clone(), |text, (name, value)| text.replace(name, value));
            let taken: usize = values.iter().map(|(_, value)| value.len()).sum();
            Some((taken, filled))
        });
        // The most specific template: the fewest bytes come from placeholders.
        matching.min_by_key(|(taken, _)| *taken).map_or_else(|| english.to_owned(), |(_, filled)| filled)
    }
}

/// Returns the values of the placeholders, if the template matches the text.
fn values<'a>(template: &str, text: &'a str) -> Option<Vec<(String, &'a str)>> {
    let mut pieces = template.split('{');
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    for piece in pieces {
        let (name, literal) = piece.split_once('}')?;
        let end = if literal.is_empty() { rest.len() } else { rest.find(literal)? };
        let (value, after) = rest.split_at(end);
        if value.is_empty() {
            return None;
        }
        found.push((format!("{{{name}}}"), value));
        rest = after.strip_prefix(literal)?;
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_in_english_is_found_in_the_readers_language() {
        let spanish = Translations::load("es").unwrap();
        for (english, expected) in [
            ("Done", "Listo"),
            ("Continue to Alder Bank", "Continuar a Alder Bank"),
            ("Alder Bank ••6789 is connected", "Alder Bank ••6789 está conectada"),
            ("••6789", "••6789"),
            ("Alder Bank", "Alder Bank"),
        ] {
            assert_eq!(spanish.page.translate(english), expected);
        }
        assert_eq!(spanish.bank.translate("Agree and continue"), "Aceptar y continuar");
        assert_eq!(Translations::default().page.translate("Done"), "Done");
        assert_eq!(Translations::load("en-XA").unwrap().page.translate("Alder Bank"), "Alder Bank");
        assert!(Translations::load("en-XA").unwrap().page.translate("Done").starts_with('['));
        assert!(Translations::load("tlh").is_err());
    }
}
