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

    /// Returns the language of a locale in any form: `pt-BR`, `pt_BR.UTF-8`, `ZH-hant-TW`, `de_DE@euro`. Region, script,
    /// encoding and variant don't matter.
    pub(crate) fn of_locale(locale: &str) -> Option<Self> {
        let primary =
            |tag: &str| tag.split(['-', '_', '.', '@']).next().unwrap_or_default().to_ascii_lowercase();
        let wanted = primary(locale.trim());
        Self::iter().find(|one| primary(one.code()) == wanted)
    }

    /// Returns the most wanted supported language of an `Accept-Language` header, or English. The element sends the one
    /// language it shows, and a browser those of its user.
    pub(crate) fn accepted(header: &str) -> Self {
        let mut wanted: Vec<(f32, &str)> = header.split(',').map(quality).collect();
        wanted.retain(|(quality, _)| *quality > 0.0);
        // Stable: of equal quality, the first.
        wanted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        wanted.into_iter().find_map(|(_, tag)| Self::of_locale(tag)).unwrap_or(Self::English)
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

/// Splits an element of `Accept-Language` into its quality and its language tag (RFC 9110, 12.4.2).
fn quality(wish: &str) -> (f32, &str) {
    let (tag, parameters) = wish.split_once(';').unwrap_or((wish, ""));
    let quality = parameters.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.trim().strip_prefix('='));
    (quality.and_then(|quality| quality.trim().parse().ok()).unwrap_or(1.0), tag)
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
            ("fr;q=0.1, de;q=0.9", Language::German),
            ("de;q=0, es;q=0.001", Language::Spanish),
            ("ja, *;q=0.5", Language::English),
            ("de ; q=0.2 , ar;q = 0.8", Language::Arabic),
            ("fr;q=nonsense, de", Language::French),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }

    #[test]
    fn a_locale_has_its_language_in_any_form() {
        for (locale, expected) in [
            ("pt_BR.UTF-8", Some(Language::BrazilianPortuguese)),
            ("PT-br", Some(Language::BrazilianPortuguese)),
            ("de_DE@euro", Some(Language::German)),
            ("DE_at", Some(Language::German)),
            ("zh-Hant-TW", Some(Language::SimplifiedChinese)),
            ("zh_CN", Some(Language::SimplifiedChinese)),
            (" es-419 ", Some(Language::Spanish)),
            ("ar-EG-u-nu-latn", Some(Language::Arabic)),
            ("en.utf8", Some(Language::English)),
            ("C", None),
            ("POSIX", None),
            ("est", None),
            ("", None),
        ] {
            assert_eq!(Language::of_locale(locale), expected, "{locale}");
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
