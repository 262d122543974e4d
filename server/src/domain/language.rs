//! Languages of the page, in which the server also writes mandates and emails.

/// Supported language. Each has a file in `locales/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    English,
    Arabic,
    German,
    Spanish,
    French,
    BrazilianPortuguese,
    SimplifiedChinese,
}

impl Language {
    pub(crate) const ALL: [Self; 7] = [
        Self::English,
        Self::Arabic,
        Self::German,
        Self::Spanish,
        Self::French,
        Self::BrazilianPortuguese,
        Self::SimplifiedChinese,
    ];

    /// Returns the code that the page uses (BCP 47).
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::BrazilianPortuguese => "pt-BR",
            Self::SimplifiedChinese => "zh-Hans",
        }
    }

    /// Parses the code. Also takes `pt`, as Portuguese was called in databases and mandates of older
    /// versions.
    pub(crate) fn named(code: &str) -> Option<Self> {
        let code = if code == "pt" { Self::BrazilianPortuguese.code() } else { code };
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// Returns the first supported language of an `Accept-Language` header, or English. The element sends the one
    /// language it shows, and a browser those of its user.
    pub(crate) fn accepted(header: &str) -> Self {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let wanted = header.split(',').map(|wish| primary(wish.split(';').next().unwrap_or_default().trim()));
        let mut known = wanted.filter_map(|tag| Self::ALL.into_iter().find(|one| primary(one.code()) == tag));
        known.next().unwrap_or(Self::English)
    }

    /// True if the script runs from right to left.
    pub(crate) fn is_right_to_left(self) -> bool {
        self == Self::Arabic
    }

    /// Returns the separator of a list.
    pub(crate) fn comma(self) -> &'static str {
        match self {
            Self::English | Self::German | Self::Spanish | Self::French | Self::BrazilianPortuguese => ", ",
            Self::Arabic => "، ",
            Self::SimplifiedChinese => "、",
        }
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
        let mut ours = Language::ALL.map(|language| format!("{}.json", language.code()));
        files.sort();
        ours.sort();
        assert_eq!(files, ours);
        assert!(Language::ALL.into_iter().all(|language| Language::named(language.code()) == Some(language)));
        assert_eq!(Language::named("pt"), Some(Language::BrazilianPortuguese), "stored by older versions");
    }
}
