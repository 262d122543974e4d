//! Reads `locales/`, which has a file of the element's texts for each language, and reports errors in them.
//!
//! Every language must have the same keys and placeholders as English, and its own punctuation and plural forms. Used at
//! build time only: by build scripts, which generate typed keys, and by `cargo xtask`, which writes the files for browsers.

mod error;
mod pseudo;
mod read;
mod typography;

pub use error::MessageError;
pub use pseudo::pseudo_languages;
pub use read::read;
pub use typography::{TypographyError, typography_error};

use std::collections::{BTreeMap, BTreeSet};

/// The reference language, and the fallback for languages that are not supported.
pub const ENGLISH: &str = "en";
const LANGUAGE: &str = "language";
const DIRECTION: &str = "direction";
/// Placeholder of the number in a plural.
pub const COUNT: &str = "count";
/// Script code (ISO 15924), by which browsers request the file.
const SCRIPT: &str = "script";

/// Keys of the loader's texts, which directly follow the language code in the file. A loader may read a file of a newer
/// version, because pages that were open during an update keep the old loader. So these keys keep their positions, and
/// new ones are appended.
pub const LOADER_KEYS: [&str; 15] = [
    DIRECTION,
    "loading",
    "shell_close",
    "browsing_heading",
    "shell_failed",
    "shell_old",
    "shell_gone",
    "offline_heading",
    "offline_body",
    "unreachable_body",
    "internal_body",
    "nothing_changed",
    "try_again",
    "own_page",
    "support",
];

/// Keys of the other texts that the first part of the program shows: the list of accounts, and why it can't be shown.
/// All keys that are neither here nor in [`LOADER_KEYS`] are for the part that is loaded later, and so are their texts.
pub const FIRST_KEYS: [&str; 76] = [
    "account_spoken",
    "another_bank",
    "bank_degraded",
    "bank_unavailable",
    "blocked_another",
    "blocked_ask",
    "blocked_closed",
    "blocked_frozen",
    "blocked_number",
    "blocked_refused",
    "blocked_relink",
    "blocked_unauthorized",
    "browsing_attention_data",
    "browsing_attention_number",
    "browsing_attention_payments",
    "browsing_attention_payouts",
    "browsing_attention_soon",
    "browsing_empty",
    "browsing_reconnect",
    "busy_body",
    "busy_heading",
    "condition_broken",
    "condition_disconnected",
    "condition_expiring",
    "condition_expiring_on",
    "condition_expiring_past",
    "condition_expiring_today",
    "condition_expiring_tomorrow",
    "condition_healthy",
    "condition_number_expired",
    "condition_number_pending",
    "condition_stopped",
    "condition_unrecognized",
    "condition_unrepairable",
    "explaining_new",
    "first_day",
    "get_help",
    "internal_heading",
    "link_unusable_body",
    "link_unusable_heading",
    "list",
    "news_connected",
    "news_not_found",
    "news_overtaken",
    "news_reconnected",
    "outcome_unknown",
    "permission_balances",
    "permission_other",
    "permission_ownership",
    "permission_payment_method",
    "permission_transactions",
    "sentence",
    "sentences",
    "signed_out_action",
    "signed_out_body",
    "signed_out_heading",
    "stripe_down_body",
    "stripe_down_heading",
    "subcategory_checking",
    "subcategory_credit_card",
    "subcategory_line_of_credit",
    "subcategory_mortgage",
    "subcategory_other",
    "subcategory_savings",
    "support_request",
    "unreachable_heading_unnamed",
    "unrepairable_closed",
    "unrepairable_denied",
    "unrepairable_expired",
    "unrepairable_next",
    "unrepairable_requirement",
    "unrepairable_unavailable",
    "unrepairable_unknown",
    "unrepairable_unspecified",
    "update",
    "waiting",
];

/// Texts of the page in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    code: String,
    texts: BTreeMap<String, String>,
    plurals: BTreeMap<String, BTreeMap<String, String>>,
}

impl Language {
    /// Returns the language code (BCP 47), such as `zh-Hans`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the text of this key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// Returns every text with its key, in the order of the keys.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }

    /// Returns every plural with its key: a text for each plural category, in which `{count}` is the number.
    pub fn plurals(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, String>)> {
        self.plurals.iter().map(|(key, forms)| (key.as_str(), forms))
    }

    /// Returns the keys of the first file for browsers, in the order of its lines: the language code, by which the loader
    /// recognizes a valid file, then those in [`LOADER_KEYS`] and [`FIRST_KEYS`].
    pub fn first_keys(&self) -> impl Iterator<Item = &str> {
        let keys = std::iter::once(LANGUAGE).chain(LOADER_KEYS).chain(FIRST_KEYS);
        keys.filter(|key| self.texts.contains_key(*key))
    }

    /// Returns the keys of the later file for browsers, in the order of its lines: the language code, then those that are
    /// not in the first file.
    pub fn later_keys(&self) -> impl Iterator<Item = &str> {
        let is_later = |key: &&str| {
            ![LANGUAGE, SCRIPT].contains(key) && !LOADER_KEYS.contains(key) && !FIRST_KEYS.contains(key)
        };
        std::iter::once(LANGUAGE).chain(self.texts.keys().map(String::as_str).filter(is_later))
    }

    /// Returns the first file for browsers: a line for each of [`Language::first_keys`], with placeholders as `{0}`, `{1}`
    /// …, numbered in the order of their names. The last line is the address of the later file.
    pub fn first_file(&self, later_address: &str) -> String {
        self.lines(self.first_keys()) + later_address + "\n"
    }

    /// Returns the later file for browsers: a line for each of [`Language::later_keys`].
    pub fn later_file(&self) -> String {
        self.lines(self.later_keys())
    }

    fn lines<'a>(&self, keys: impl Iterator<Item = &'a str>) -> String {
        let lines = keys.filter_map(|key| self.text(key)).map(with_numbered_placeholders);
        lines.flat_map(|line| [line, "\n".to_owned()]).collect()
    }

    /// Returns the name of the first file for browsers: language and script, such as `pt-Latn.txt`. Browsers know the
    /// likely script of a language, so the loader needs no list of files.
    pub fn first_file_name(&self) -> String {
        [&self.language_and_script(), ".txt"].concat()
    }

    /// Returns the name of the later file for browsers, such as `pt-Latn-later.txt`.
    pub fn later_file_name(&self) -> String {
        [&self.language_and_script(), LATER_FILE_ENDING].concat()
    }

    fn language_and_script(&self) -> String {
        let language = self.code.split('-').next().unwrap_or_default();
        [language, "-", self.text(SCRIPT).unwrap_or_default()].concat()
    }
}

/// Ending of the name of a file with later texts.
pub const LATER_FILE_ENDING: &str = "-later.txt";

/// Returns the plural categories that whole numbers have in a language, as in Unicode's CLDR. The category `many` that
/// Spanish, French and Portuguese have for millions is left out, because a number in digits needs no other form.
pub fn plural_categories(code: &str) -> &'static [&'static str] {
    match code.split('-').next().unwrap_or_default() {
        "ar" => &["zero", "one", "two", "few", "many", "other"],
        "zh" => &["other"],
        _ => &["one", "other"],
    }
}

/// Returns the names of a text's placeholders, sorted; `None` if a brace is unpaired.
pub fn placeholders(text: &str) -> Option<BTreeSet<&str>> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        if before.contains('}') || name.contains('{') {
            return None;
        }
        found.insert(name);
        rest = tail;
    }
    (!rest.contains('}')).then_some(found)
}

fn with_numbered_placeholders(text: &str) -> String {
    let names = placeholders(text).unwrap_or_default();
    names.iter().enumerate().fold(text.to_owned(), |text, (number, name)| {
        text.replace(&format!("{{{name}}}"), &format!("{{{number}}}"))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn language(texts: &[(&str, &str)]) -> Language {
        let texts = texts.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        Language { code: "xx".to_owned(), texts: texts.collect(), plurals: BTreeMap::new() }
    }

    #[test]
    fn loader_keys_keep_their_lines() {
        // Keys of the loader of 0.1.0, which is in e2e/fixtures: their lines must never move.
        let of_0_1_0 = "direction loading shell_close browsing_heading shell_failed shell_old shell_gone offline_heading \
                        offline_body unreachable_body internal_body nothing_changed try_again own_page support";
        assert!(LOADER_KEYS.join(" ").starts_with(of_0_1_0));
    }

    #[test]
    fn placeholders_are_what_is_in_braces() {
        assert_eq!(placeholders("{b} and {a}, {b}").unwrap().into_iter().collect::<Vec<_>>(), ["a", "b"]);
        for text in ["{a", "a}", "}{", "{a {b}}", "{a} {b"] {
            assert_eq!(placeholders(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_begins_with_its_language_and_has_numbers_in_the_place_of_names() {
        let mut texts = vec![("zoo", "{bank} has {account}"), ("language", "xx"), ("script", "Latn")];
        texts.extend(LOADER_KEYS.map(|key| (key, key)));
        texts.push(("update", "Update"));
        let language = language(&texts);
        let first = ["xx", &LOADER_KEYS.join("\n"), "Update", "later.txt\n"].join("\n");
        assert_eq!(language.first_file("later.txt"), first);
        assert_eq!(language.first_keys().last(), Some("update"));
        assert_eq!(language.later_file(), "xx\n{1} has {0}\n");
        assert_eq!(language.first_file_name(), "xx-Latn.txt");
        assert_eq!(language.later_file_name(), "xx-Latn-later.txt");
    }

    #[test]
    fn each_text_is_in_one_of_the_two_files() {
        let languages = read(Path::new("../../locales")).unwrap();
        let english = &languages[0];
        let mut keys: Vec<&str> = english.first_keys().chain(english.later_keys().skip(1)).collect();
        assert_eq!(english.first_keys().count(), 1 + LOADER_KEYS.len() + FIRST_KEYS.len());
        keys.sort_unstable();
        let all: Vec<&str> = english.texts().map(|(key, _)| key).filter(|key| *key != SCRIPT).collect();
        assert_eq!(keys, all);
    }
}
