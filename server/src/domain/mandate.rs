//! Mandate that a customer agrees to by paying from a new account.

mod default_text;

use std::collections::BTreeMap;

use relink_protocol::AccountName;
use strum::IntoEnumIterator;

use super::language::Language;

/// Mandate templates by language: the merchant's, or the default ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mandate(BTreeMap<Language, String>);

const LONGEST: usize = 2000;
/// Unicode isolates around names whose direction may differ from that of the text.
const ISOLATE: [&str; 2] = ["\u{2068}", "\u{2069}"];

impl Mandate {
    /// Parses the merchant's templates: plain text for every language, or a JSON object with several languages that
    /// includes English. `None` if a pair of braces is not a known placeholder.
    pub(crate) fn new(text: Option<String>) -> Option<Self> {
        let Some(text) = text else {
            let texts = Language::iter().map(|language| (language, default_text::words(language).to_owned()));
            return Some(Self(texts.collect()));
        };
        let words = match serde_json::from_str::<BTreeMap<String, String>>(&text) {
            Ok(several) => {
                let named = several.into_iter().map(|(code, words)| Some((code.parse().ok()?, words)));
                named.collect::<Option<BTreeMap<_, _>>>()?
            }
            Err(_) => BTreeMap::from([(Language::English, text)]),
        };
        let is_whole = words.contains_key(&Language::English) && words.values().all(|words| is_sound(words));
        is_whole.then_some(Self(words))
    }

    /// Returns the mandate for paying this merchant from one of these accounts, in this language, or in English if
    /// the merchant has no text in it.
    pub(crate) fn of(&self, language: Language, merchant: &str, accounts: &[AccountName]) -> String {
        let own = self.0.get(&language).map(|words| (language, words));
        let english = || self.0.get(&Language::English).map(|words| (Language::English, words));
        let Some((spoken, words)) = own.or_else(english) else { return String::new() };
        let accounts: Vec<String> =
            accounts.iter().map(|account| isolated(spoken, described(account))).collect();
        let (merchant, accounts) = (isolated(spoken, merchant.to_owned()), accounts.join(spoken.comma()));
        let mut pieces = words.split("{account}").map(|piece| piece.replace("{merchant}", &merchant));
        // Split first and join then, so that braces in a bank's name are not replaced.
        let first = pieces.next().unwrap_or_default();
        let told = pieces.fold(first, |text, piece| text + &accounts + &piece);
        if spoken == language { told } else { isolated(language, told) }
    }
}

fn is_sound(words: &str) -> bool {
    let rest = words.replace("{merchant}", "").replace("{account}", "");
    words.chars().count() <= LONGEST && !words.trim().is_empty() && !rest.contains(['{', '}'])
}

/// Wraps a name in isolates if the text of this language runs from right to left.
fn isolated(language: Language, text: String) -> String {
    let [open, close] = ISOLATE;
    if language.is_right_to_left() { [open, &text, close].concat() } else { text }
}

fn described(account: &AccountName) -> String {
    match &account.last4 {
        Some(last4) => format!("{} ••{last4}", account.institution_name),
        None => account.institution_name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: Language = Language::English;

    fn name(bank: &str, last4: Option<&str>) -> AccountName {
        AccountName {
            id: "fca_1".parse().unwrap(),
            institution_name: bank.to_owned(),
            last4: last4.map(str::to_owned),
            display_name: None,
            subcategory: relink_protocol::stripe::Subcategory::Checking,
        }
    }

    #[test]
    fn a_mandate_names_the_merchant_and_the_account() {
        let ours = Mandate::new(None).unwrap().of(ENGLISH, "Acme", &[name("Alder Bank", Some("6789"))]);
        assert!(
            ours.starts_with("You authorize Acme to debit your bank account Alder Bank ••6789 "),
            "{ours}"
        );
        assert!(ours.ends_with("until you tell Acme that you revoke it."), "{ours}");
        let theirs = Mandate::new(Some("{account} for {merchant}.".to_owned())).unwrap();
        assert_eq!(
            theirs.of(ENGLISH, "A {account}", &[name("{merchant}", None)]),
            "{merchant} for A {account}."
        );
        assert_eq!(theirs.of(ENGLISH, "A", &[name("B", Some("1")), name("C", None)]), "B ••1, C for A.");
    }

    #[test]
    fn braces_without_a_meaning_and_novels_are_refused() {
        for text in ["{Merchant}", "{amount}", "a { b", "}", &"x".repeat(2001)] {
            assert_eq!(Mandate::new(Some(text.to_owned())), None, "{text}");
        }
        assert!(Mandate::new(Some("No names.".to_owned())).is_some());
    }

    #[test]
    fn our_words_are_there_in_every_language_and_name_who_and_from_where() {
        let ours = Mandate::new(None).unwrap();
        for language in Language::iter() {
            let told = ours.of(language, "Acme", &[name("Alder Bank", Some("6789")), name("B", None)]);
            assert!(told.matches("Acme").count() >= 2 && told.contains("Alder Bank ••6789"), "{told}");
            assert!(!told.contains("  ") && !told.contains('{'), "{told}");
            let is_english = told.contains("authorize");
            assert_eq!(is_english, language == ENGLISH, "{told}");
        }
        let told = ours.of(Language::Arabic, "Acme", &[name("A", None), name("B", None)]);
        assert!(told.contains("\u{2068}A\u{2069}، \u{2068}B\u{2069}"), "{told}");
    }

    #[test]
    fn a_merchant_may_have_words_for_one_language_or_for_several() {
        let plain = Mandate::new(Some("{merchant} may.".to_owned())).unwrap();
        assert_eq!(plain.of(Language::German, "Acme", &[]), "Acme may.");
        assert_eq!(plain.of(Language::Arabic, "Acme", &[]), "\u{2068}Acme may.\u{2069}");
        let several = Mandate::new(Some(r#"{"en": "{merchant} may.", "de": "{merchant} darf."}"#.to_owned()));
        let several = several.unwrap();
        assert_eq!(several.of(Language::German, "Acme", &[]), "Acme darf.");
        assert_eq!(several.of(Language::French, "Acme", &[]), "Acme may.");
        for text in
            [r#"{"de": "Ja."}"#, r#"{"en": "Yes.", "xx": "Y."}"#, r#"{"en": "{amount}"}"#, r#"{"en": ""}"#]
        {
            assert_eq!(Mandate::new(Some(text.to_owned())), None, "{text}");
        }
    }
}
