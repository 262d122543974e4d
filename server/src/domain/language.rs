//! Languages of the page, in which the server also writes mandates and emails.

use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use super::texts;

/// Supported language. Each has a file in the page's `locales/` and one in the server's, and the code that the page
/// uses (BCP 47).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, EnumString, IntoStaticStr)]
pub(crate) enum Language {
    #[strum(serialize = "en")]
    English,
    #[strum(serialize = "ar")]
    Arabic,
    #[strum(serialize = "de")]
    German,
    #[strum(serialize = "es")]
    Spanish,
    #[strum(serialize = "fr")]
    French,
    #[strum(serialize = "pt-BR", serialize = "pt")]
    BrazilianPortuguese,
    #[strum(serialize = "zh-Hans")]
    SimplifiedChinese,
}

impl Language {
    /// Returns the code.
    pub(crate) fn code(self) -> &'static str {
        self.into()
    }

    /// Returns the first supported language of an `Accept-Language` header, or English. The element sends the one
    /// language it shows, and a browser those of its user.
    pub(crate) fn accepted(header: &str) -> Self {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let wanted = header.split(',').map(|wish| primary(wish.split(';').next().unwrap_or_default().trim()));
        let mut known = wanted.filter_map(|tag| Self::iter().find(|one| primary(one.code()) == tag));
        known.next().unwrap_or(Self::English)
    }

    /// Returns the codes of all languages, for messages.
    pub(crate) fn codes() -> String {
        let codes: Vec<&str> = Self::iter().map(Self::code).collect();
        codes.join(", ")
    }

    /// True if the script runs from right to left.
    pub(crate) fn is_right_to_left(self) -> bool {
        texts::direction(self) == "rtl"
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_language_is_the_first_that_is_spoken_here() {
        for (header, expected) in [
            ("es", Language::Spanish),
            ("zh-Hans", Language::SimplifiedChinese),
            ("ja, pt-BR;q=0.8, en;q=0.5", Language::BrazilianPortuguese),
            ("pt", Language::BrazilianPortuguese),
            ("pt-PT, en", Language::BrazilianPortuguese),
            ("DE-at", Language::German),
            ("en-XA", Language::English),
            ("*", Language::English),
            ("", Language::English),
            ("esperanto", Language::English),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }

    #[test]
    fn they_are_those_of_the_page() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../locales");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
        let mut files: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
        let ours = Language::iter().map(|language| format!("{}.json", language.code()));
        let mut ours: Vec<String> = ours.collect();
        files.sort();
        ours.sort();
        assert_eq!(files, ours);
        assert_eq!("pt".parse(), Ok(Language::BrazilianPortuguese), "stored by older versions");
    }
}
