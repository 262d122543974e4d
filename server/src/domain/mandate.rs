//! What a customer agrees to by paying from a new account.

use relink_protocol::AccountName;

/// The merchant's words, with places for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mandate(String);

const OURS: &str = "You authorize {merchant} to debit your bank account {account} electronically for the amounts that \
                    you owe {merchant}, whenever they fall due. This holds until you tell {merchant} that you revoke it.";
const LONGEST: usize = 2000;

impl Mandate {
    /// Takes the merchant's words, if every pair of braces in them has a meaning.
    pub(crate) fn new(text: Option<String>) -> Option<Self> {
        let text = text.unwrap_or_else(|| OURS.to_owned());
        let rest = text.replace("{merchant}", "").replace("{account}", "");
        (text.chars().count() <= LONGEST && !rest.contains(['{', '}'])).then_some(Self(text))
    }

    /// The words for paying that merchant from one of these accounts.
    pub(crate) fn of(&self, merchant: &str, accounts: &[AccountName]) -> String {
        let accounts: Vec<String> = accounts.iter().map(described).collect();
        let mut pieces = self.0.split("{account}").map(|piece| piece.replace("{merchant}", merchant));
        // Piece by piece, so that braces in a bank's name stay what they are.
        let first = pieces.next().unwrap_or_default();
        pieces.fold(first, |text, piece| text + &accounts.join(", ") + &piece)
    }
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
        let ours = Mandate::new(None).unwrap().of("Acme", &[name("Alder Bank", Some("6789"))]);
        assert!(
            ours.starts_with("You authorize Acme to debit your bank account Alder Bank ••6789 "),
            "{ours}"
        );
        assert!(ours.ends_with("until you tell Acme that you revoke it."), "{ours}");
        let theirs = Mandate::new(Some("{account} for {merchant}.".to_owned())).unwrap();
        assert_eq!(theirs.of("A {account}", &[name("{merchant}", None)]), "{merchant} for A {account}.");
        assert_eq!(theirs.of("A", &[name("B", Some("1")), name("C", None)]), "B ••1, C for A.");
    }

    #[test]
    fn braces_without_a_meaning_and_novels_are_refused() {
        for text in ["{Merchant}", "{amount}", "a { b", "}", &"x".repeat(2001)] {
            assert_eq!(Mandate::new(Some(text.to_owned())), None, "{text}");
        }
        assert!(Mandate::new(Some("No names.".to_owned())).is_some());
    }
}
