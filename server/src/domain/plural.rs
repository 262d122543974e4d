//! Plural categories of whole numbers, by the rules of Unicode's CLDR.

use super::language::Language;

/// Returns the category of a number, by its name in CLDR. Which categories a language has is checked by the build.
pub(crate) fn plural_category(language: Language, count: i64) -> &'static str {
    let count = count.unsigned_abs();
    match (language, count) {
        (Language::SimplifiedChinese, _) => "other",
        (Language::Arabic, _) => arabic(count),
        (Language::French | Language::BrazilianPortuguese, 0) | (_, 1) => "one",
        _ => "other",
    }
}

fn arabic(count: u64) -> &'static str {
    match (count, count % 100) {
        (0, _) => "zero",
        (1, _) => "one",
        (2, _) => "two",
        (_, 3..=10) => "few",
        (_, 11..=99) => "many",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_language_uses_the_categories_that_the_build_asks_for() {
        for language in Language::iter() {
            let used: BTreeSet<&str> = (0..1000).map(|count| plural_category(language, count)).collect();
            let needed = relink_messages::plural_categories(language.code());
            assert_eq!(used, needed.iter().copied().collect(), "{}", language.code());
        }
    }

    #[test]
    fn numbers_have_the_category_that_unicode_gives_them() {
        for (language, count, expected) in [
            (Language::English, 0, "other"),
            (Language::English, 1, "one"),
            (Language::German, 2, "other"),
            (Language::Spanish, 0, "other"),
            (Language::French, 0, "one"),
            (Language::BrazilianPortuguese, 0, "one"),
            (Language::French, 2, "other"),
            (Language::SimplifiedChinese, 1, "other"),
            (Language::Arabic, 2, "two"),
            (Language::Arabic, 103, "few"),
            (Language::Arabic, 111, "many"),
            (Language::Arabic, 100, "other"),
            (Language::Arabic, 102, "other"),
        ] {
            assert_eq!(plural_category(language, count), expected, "{} {count}", language.code());
        }
    }
}
