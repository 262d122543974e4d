//! The languages that the page speaks, in which the server has to say what a customer agrees to.

/// One of them. Each has a file in `locales/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    English,
    Arabic,
    German,
    Spanish,
    French,
    Portuguese,
    SimplifiedChinese,
}

impl Language {
    pub(crate) const ALL: [Self; 7] = [
        Self::English,
        Self::Arabic,
        Self::German,
        Self::Spanish,
        Self::French,
        Self::Portuguese,
        Self::SimplifiedChinese,
    ];

    /// As the page calls it, after BCP 47.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Portuguese => "pt",
            Self::SimplifiedChinese => "zh-Hans",
        }
    }

    /// The one that is called so.
    pub(crate) fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// What an `Accept-Language` asks for first that is spoken here, and English where nothing is. Our page names the one
    /// language that it speaks, and a browser that asks by itself those of its reader.
    pub(crate) fn accepted(header: &str) -> Self {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let wanted = header.split(',').map(|wish| primary(wish.split(';').next().unwrap_or_default().trim()));
        let mut known = wanted.filter_map(|tag| Self::ALL.into_iter().find(|one| primary(one.code()) == tag));
        known.next().unwrap_or(Self::English)
    }

    /// Whether its lines run from the right.
    pub(crate) fn runs_from_the_right(self) -> bool {
        self == Self::Arabic
    }

    /// What stands between the things of a list.
    pub(crate) fn comma(self) -> &'static str {
        match self {
            Self::English | Self::German | Self::Spanish | Self::French | Self::Portuguese => ", ",
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
            ("ja, pt-BR;q=0.8, en;q=0.5", Language::Portuguese),
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
    }
}
