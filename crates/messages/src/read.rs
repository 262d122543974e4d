//! Reads the files of a folder and checks them.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::fs;
use std::marker::PhantomData;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use crate::typography::typography_error;
use crate::{
    COUNT, DIRECTION, ENGLISH, LANGUAGE, Language, MessageError, SCRIPT, placeholders, plural_categories,
};

/// Returns every language of the folder, English first and the others sorted by code, or all errors.
pub fn read(folder: &Path) -> Result<Vec<Language>, Vec<MessageError>> {
    let mut errors = Vec::new();
    let mut languages = Vec::new();
    for code in codes(folder).map_err(|error| vec![error])? {
        match language(folder, code) {
            Ok(language) => languages.push(language),
            Err(error) => errors.push(error),
        }
    }
    languages
        .sort_by(|one, other| (one.code != ENGLISH, &one.code).cmp(&(other.code != ENGLISH, &other.code)));
    match languages.split_first() {
        Some((english, others)) if english.code == ENGLISH => {
            check_language(english, &mut errors);
            compare_with_english(english, english, &mut errors);
            for other in others {
                check_language(other, &mut errors);
                compare_with_english(english, other, &mut errors);
            }
        }
        Some(_) | None if errors.is_empty() => {
            errors.push(MessageError::NoEnglish(folder.display().to_string()));
        }
        Some(_) | None => {}
    }
    if errors.is_empty() { Ok(languages) } else { Err(errors) }
}

fn codes(folder: &Path) -> Result<Vec<String>, MessageError> {
    let unreadable =
        |error: std::io::Error| MessageError::Unreadable(folder.display().to_string(), error.to_string());
    let mut codes = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        codes.extend(name.strip_suffix(".json").map(str::to_owned));
    }
    codes.sort();
    Ok(codes)
}

fn language(folder: &Path, code: String) -> Result<Language, MessageError> {
    let file = file(&code);
    let json = fs::read_to_string(folder.join(&file));
    let json = json.map_err(|error| MessageError::Unreadable(file.clone(), error.to_string()))?;
    let Unique(entries) = serde_json::from_str::<Unique<Entry>>(&json)
        .map_err(|error| MessageError::NotMessages(file, error.to_string()))?;
    let (mut texts, mut plurals) = (BTreeMap::new(), BTreeMap::new());
    for (key, entry) in entries {
        match entry {
            Entry::Text(text) => drop(texts.insert(key, text)),
            Entry::Plural(Unique(forms)) => drop(plurals.insert(key, forms)),
        }
    }
    Ok(Language { code, texts, plurals })
}

fn file(code: &str) -> String {
    [code, ".json"].concat()
}

fn check_language(language: &Language, errors: &mut Vec<MessageError>) {
    let file = || file(&language.code);
    let forms =
        language.plurals().flat_map(|(key, forms)| forms.values().map(move |text| (key, text.as_str())));
    for (key, text) in language.texts().chain(forms) {
        match placeholders(text) {
            None => errors.push(MessageError::UnpairedBrace(file(), key.to_owned())),
            Some(names) if names.len() > 10 => errors.push(MessageError::TooMany(file(), key.to_owned())),
            Some(_) => {}
        }
        if text.is_empty() || text.contains(['\n', '\r']) {
            errors.push(MessageError::NotOneLine(file(), key.to_owned()));
        }
        if let Some(error) = typography_error(&language.code, text) {
            errors.push(MessageError::Typography(file(), key.to_owned(), error));
        }
    }
    check_plurals(language, errors);
    match language.text(LANGUAGE) {
        Some(code) if code != language.code => errors.push(MessageError::Language(file(), code.to_owned())),
        Some(_) | None => {}
    }
    match language.text(DIRECTION) {
        Some("ltr" | "rtl") | None => {}
        Some(other) => errors.push(MessageError::Direction(file(), other.to_owned())),
    }
    match language.text(SCRIPT) {
        Some(script) if !is_script(script) => errors.push(MessageError::Script(file(), script.to_owned())),
        Some(_) | None => {}
    }
}

/// True if this is a script code as browsers write it, which the name of the file for browsers must match.
fn is_script(text: &str) -> bool {
    let capital = |(place, letter): (usize, char)| {
        letter.is_ascii_alphabetic() && letter.is_ascii_uppercase() == (place == 0)
    };
    text.len() == 4 && text.chars().enumerate().all(capital)
}

fn compare_with_english(english: &Language, other: &Language, errors: &mut Vec<MessageError>) {
    let file = || file(&other.code);
    for (key, text) in english.texts() {
        let Some(translated) = other.text(key) else {
            errors.push(MessageError::Missing { file: file(), key: key.to_owned() });
            continue;
        };
        compare_placeholders(&file(), key, [text, translated], errors);
    }
    for (key, _) in other.texts().filter(|(key, _)| english.text(key).is_none()) {
        errors.push(MessageError::Extra { file: file(), key: key.to_owned() });
    }
    for (key, _) in english.plurals().filter(|(key, _)| !other.plurals.contains_key(*key)) {
        errors.push(MessageError::Missing { file: file(), key: key.to_owned() });
    }
    for (key, forms) in other.plurals() {
        let Some(english) = english.plurals.get(key).and_then(|forms| forms.get("other")) else {
            errors.push(MessageError::Extra { file: file(), key: key.to_owned() });
            continue;
        };
        for (category, text) in forms {
            // A form for one number may have the number as a word: Arabic has a dual.
            let with_count = format!("{text} {{{COUNT}}}");
            let is_single = ["zero", "one", "two"].contains(&category.as_str());
            let form = if is_single { &with_count } else { text };
            compare_placeholders(&file(), key, [english, form], errors);
        }
    }
}

/// Checks that a plural has the forms that its language needs, and no other.
fn check_plurals(language: &Language, errors: &mut Vec<MessageError>) {
    let needed = plural_categories(&language.code);
    for (key, forms) in language.plurals() {
        let given: Vec<&str> = forms.keys().map(String::as_str).collect();
        let is_complete = needed.len() == given.len() && needed.iter().all(|one| given.contains(one));
        if !is_complete {
            let (file, needed) = (file(&language.code), needed.join(", "));
            errors.push(MessageError::PluralForms { file, key: key.to_owned(), needed });
        }
    }
}

/// Compares the placeholders of a text, which is the second, with those in English.
fn compare_placeholders(
    file: &str,
    key: &str,
    [english, translated]: [&str; 2],
    errors: &mut Vec<MessageError>,
) {
    // An unpaired brace is reported by `check_language`.
    let (Some(needed), Some(given)) = (placeholders(english), placeholders(translated)) else { return };
    for name in needed.difference(&given) {
        let (file, key, name) = (file.to_owned(), key.to_owned(), (*name).to_owned());
        errors.push(MessageError::PlaceholderMissing { file, key, name });
    }
    for name in given.difference(&needed) {
        let (file, key, name) = (file.to_owned(), key.to_owned(), (*name).to_owned());
        errors.push(MessageError::PlaceholderExtra { file, key, name });
    }
}

/// Value of a key.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text, or an object with a text for each plural category")]
enum Entry {
    Text(String),
    /// A text for each plural category.
    Plural(Unique<String>),
}

/// An object without duplicate keys; a plain map would silently take the last of two.
struct Unique<T>(BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unique<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
            type Value = Unique<T>;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique<T>, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((key, text)) = map.next_entry::<String, T>()? {
                    if texts.contains_key(&key) {
                        return Err(A::Error::custom(format!("duplicate key `{key}`")));
                    }
                    texts.insert(key, text);
                }
                Ok(Unique(texts))
            }
        }
        deserializer.deserialize_map(Object(PhantomData))
    }
}

#[cfg(test)]
mod tests;
