//! Mandate that a customer agrees to by paying from a new account.

use std::collections::BTreeMap;

use relink_protocol::AccountName;
use relink_protocol::stripe::Subcategory;

use super::language::Language;
use super::texts;

/// Text of the mandate.
///
/// The default one, `mandate` in `locales/`, means the same in each language, in the usual terms of its banks. It has
/// what Nacha asks of a consumer's authorization (Operating Rules, 2.3.2.2): the act of agreement, who may debit which
/// account, that it is a standing authorization, for which amounts and when, and how to revoke it. The date is in the
/// audit trail. It is a starting point for the merchant's counsel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mandate {
    Default,
    /// The merchant's templates by language.
    Merchant(BTreeMap<Language, String>),
}

/// Party that the mandate is given to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Creditor<'a> {
    pub(crate) name: &'a str,
    /// Help address, at which the customer can revoke the mandate.
    pub(crate) help: Option<&'a str>,
}

/// Placeholders of a template: the label of the customer's button, the merchant, the merchant with the help address,
/// the kind of account, and the account.
const PLACEHOLDERS: [&str; 5] = ["{button}", "{merchant}", "{contact}", "{kind}", "{account}"];
/// Separator between the mandates for several accounts, which no single one contains.
const SEPARATOR: &str = "\n\n";

const LONGEST: usize = 2000;
/// Unicode isolates around names whose direction may differ from that of the text.
const ISOLATE: [&str; 2] = ["\u{2068}", "\u{2069}"];

impl Mandate {
    /// Parses the merchant's templates: plain text for every language, or a JSON object with several languages that
    /// includes English. `None` if a pair of braces is not a known placeholder.
    pub(crate) fn new(text: Option<String>) -> Option<Self> {
        let Some(text) = text else { return Some(Self::Default) };
        let words = match serde_json::from_str::<BTreeMap<String, String>>(&text) {
            Ok(several) => {
                let named =
                    several.into_iter().map(|(code, words)| Some((Language::of_locale(&code)?, words)));
                named.collect::<Option<BTreeMap<_, _>>>()?
            }
            Err(_) => BTreeMap::from([(Language::English, text)]),
        };
        let words: BTreeMap<Language, String> =
            words.into_iter().map(|(language, words)| (language, without_empty_lines(&words))).collect();
        let is_whole = words.contains_key(&Language::English) && words.values().all(|words| is_sound(words));
        is_whole.then_some(Self::Merchant(words))
    }

    /// Returns the mandates for paying this merchant from these accounts, one for each, in this language, or in
    /// English if the merchant has no text in it. Each account has a button of its own, and its mandate is agreed to by that one
    /// alone.
    pub(crate) fn of(&self, language: Language, creditor: Creditor<'_>, accounts: &[AccountName]) -> String {
        let mut mandates: Vec<String> =
            accounts.iter().map(|account| self.of_one(language, creditor, account)).collect();
        // A text that names no account is the same for all.
        if mandates.windows(2).all(|two| two.first() == two.last()) {
            mandates.truncate(1);
        }
        mandates.join(SEPARATOR)
    }

    fn of_one(&self, language: Language, creditor: Creditor<'_>, account: &AccountName) -> String {
        let templates = match self {
            Self::Default => {
                return texts::mandate(
                    language,
                    &described(account),
                    &texts::pay_from(language, &digits(account)),
                    &contact(language, creditor),
                    &kind(language, &account.subcategory),
                    &one_line(creditor.name),
                );
            }
            Self::Merchant(templates) => templates,
        };
        let own = templates.get(&language).map(|words| (language, words));
        let english = || templates.get(&Language::English).map(|words| (Language::English, words));
        let Some((spoken, words)) = own.or_else(english) else { return String::new() };
        let values = [
            ("{button}", isolated(spoken, texts::pay_from(spoken, &digits(account)))),
            ("{merchant}", isolated(spoken, one_line(creditor.name))),
            ("{contact}", isolated(spoken, contact(spoken, creditor))),
            ("{kind}", kind(spoken, &account.subcategory)),
            ("{account}", isolated(spoken, described(account))),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let told = texts::replaced(words, &values);
        if spoken == language { told } else { isolated(language, told) }
    }
}

/// Returns what a connected account agrees to by being paid out to this account, `payout_agreement` in `locales/`: the act of
/// agreement, who pays out to which account, that errors may be corrected, that it replaces the account before, and how to
/// revoke it.
pub(crate) fn for_payouts(language: Language, payer: Creditor<'_>, account: &AccountName) -> String {
    texts::payout_agreement(
        language,
        &described(account),
        &texts::payout_to(language, &digits(account)),
        &contact(language, payer),
        &kind(language, &account.subcategory),
        &one_line(payer.name),
    )
}

/// Returns the mandate for the account at `place` among `count`, from the mandates for all of them. Mandates of older
/// versions name all accounts in one text.
pub(crate) fn of_account(mandates: &str, place: usize, count: usize) -> &str {
    let all: Vec<&str> = mandates.split(SEPARATOR).collect();
    if all.len() == count { all.get(place).copied().unwrap_or(mandates) } else { mandates }
}

fn without_empty_lines(words: &str) -> String {
    words.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

fn contact(language: Language, creditor: Creditor<'_>) -> String {
    match creditor.help {
        Some(help) => {
            texts::contact(language, help.strip_prefix("mailto:").unwrap_or(help), &one_line(creditor.name))
        }
        None => one_line(creditor.name),
    }
}

/// Returns the kind of the account, as it is called within a sentence.
fn kind(language: Language, subcategory: &Subcategory) -> String {
    match subcategory {
        Subcategory::Checking => texts::kind_checking(language),
        Subcategory::Savings => texts::kind_savings(language),
        Subcategory::CreditCard
        | Subcategory::LineOfCredit
        | Subcategory::Mortgage
        | Subcategory::Other(_) => texts::kind_other(language),
    }
}

fn is_sound(words: &str) -> bool {
    let rest = PLACEHOLDERS.iter().fold(words.to_owned(), |rest, place| rest.replace(place, ""));
    words.chars().count() <= LONGEST && !words.trim().is_empty() && !rest.contains(['{', '}'])
}

/// Wraps a name in isolates if the text of this language runs from right to left.
fn isolated(language: Language, text: String) -> String {
    let [open, close] = ISOLATE;
    if language.is_right_to_left() { [open, &text, close].concat() } else { text }
}

fn described(account: &AccountName) -> String {
    one_line(&match &account.last4 {
        Some(last4) => format!("{} ••{last4}", account.institution_name),
        None => account.institution_name.clone(),
    })
}

/// Returns the account as the page's button names it.
fn digits(account: &AccountName) -> String {
    one_line(
        &account
            .last4
            .as_ref()
            .map_or_else(|| account.institution_name.clone(), |last4| format!("••{last4}")),
    )
}

/// Replaces line ends, so that a name can't contain the separator.
fn one_line(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    const ENGLISH: Language = Language::English;
    const ACME: Creditor<'_> = Creditor { name: "Acme", help: None };

    fn name(bank: &str, last4: Option<&str>) -> AccountName {
        AccountName {
            id: "fca_1".parse().unwrap(),
            institution_name: bank.to_owned(),
            last4: last4.map(str::to_owned),
            display_name: None,
            subcategory: Subcategory::Checking,
        }
    }

    #[test]
    fn a_mandate_names_the_merchant_and_the_account() {
        let help = Some("mailto:help@acme.example");
        let creditor = Creditor { help, ..ACME };
        let ours = Mandate::new(None).unwrap().of(ENGLISH, creditor, &[name("Alder Bank", Some("6789"))]);
        assert!(
            ours.starts_with(
                "By choosing “Pay from ••6789”, you authorize Acme to electronically debit your checking account, Alder \
                 Bank ••6789, and, if necessary, to credit it"
            ),
            "{ours}"
        );
        let revoked =
            "until you revoke it by contacting Acme (help@acme.example) at least 3 business days before";
        assert!(ours.contains(revoked), "{ours}");
        let theirs = Mandate::new(Some("{account} for {merchant}.".to_owned())).unwrap();
        let creditor = Creditor { name: "A {account}", help: None };
        assert_eq!(theirs.of(ENGLISH, creditor, &[name("{merchant}", None)]), "{merchant} for A {account}.");
    }

    #[test]
    fn each_of_several_accounts_has_a_mandate_of_its_own() {
        let accounts = [name("B\n\nC", Some("1")), name("D", None)];
        let theirs = Mandate::new(Some("{account}\n\n\nfor {merchant}.".to_owned())).unwrap();
        let both = theirs.of(ENGLISH, ACME, &accounts);
        assert_eq!(both, "B  C ••1\nfor Acme.\n\nD\nfor Acme.");
        assert_eq!(of_account(&both, 0, 2), "B  C ••1\nfor Acme.");
        assert_eq!(of_account(&both, 1, 2), "D\nfor Acme.");
        assert_eq!(
            of_account("You authorize Acme to debit B, D.", 1, 2),
            "You authorize Acme to debit B, D."
        );
        let nameless = Mandate::new(Some("{merchant} may.".to_owned())).unwrap().of(ENGLISH, ACME, &accounts);
        assert_eq!((nameless.as_str(), of_account(&nameless, 1, 2)), ("Acme may.", "Acme may."));
        let alike = theirs.of(ENGLISH, ACME, &[name("B", None), name("B", None), name("D", None)]);
        assert_eq!(of_account(&alike, 2, 3), "D\nfor Acme.");
    }

    #[test]
    fn the_button_is_called_as_on_the_page() {
        for language in Language::iter() {
            let file = format!("{}/../locales/{}.json", env!("CARGO_MANIFEST_DIR"), language.code());
            let page: BTreeMap<String, String> =
                serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            let ours = texts::pay_from(language, "••1").replace(['\u{2068}', '\u{2069}'], "");
            assert_eq!(ours, page["pay_from"].replace("{account}", "••1"));
        }
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
            let told = ours.of(language, ACME, &[name("Alder Bank", Some("6789"))]);
            assert!(told.matches("Acme").count() >= 2 && told.contains("Alder Bank ••6789"), "{told}");
            assert!(!told.contains("  ") && !told.contains('{'), "{told}");
            let is_english = told.contains("authorize");
            assert_eq!(is_english, language == ENGLISH, "{told}");
        }
        let told = ours.of(Language::Arabic, ACME, &[name("A", None)]);
        assert!(told.contains("\u{2068}حسابك الجاري\u{2069} \u{2068}A\u{2069}،"), "{told}");
    }

    #[test]
    fn a_merchant_may_have_words_for_one_language_or_for_several() {
        let plain = Mandate::new(Some("{merchant} may.".to_owned())).unwrap();
        let account = [name("A", None)];
        assert_eq!(plain.of(Language::German, ACME, &account), "Acme may.");
        assert_eq!(plain.of(Language::Arabic, ACME, &account), "\u{2068}Acme may.\u{2069}");
        let several = Mandate::new(Some(r#"{"en": "{merchant} may.", "de": "{merchant} darf."}"#.to_owned()));
        let several = several.unwrap();
        assert_eq!(several.of(Language::German, ACME, &account), "Acme darf.");
        assert_eq!(several.of(Language::French, ACME, &account), "Acme may.");
        for text in
            [r#"{"de": "Ja."}"#, r#"{"en": "Yes.", "xx": "Y."}"#, r#"{"en": "{amount}"}"#, r#"{"en": ""}"#]
        {
            assert_eq!(Mandate::new(Some(text.to_owned())), None, "{text}");
        }
    }
}
