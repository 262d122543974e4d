//! What a person finds at a bank where they had nothing yet, so that anybody can try any bank.

use super::{Holding, World, bank::Kind};

/// Name, subcategory, last four digits.
type Kept = (&'static str, &'static str, &'static str);

const USUAL: &[Kept] = &[("Checking", "checking", "3310"), ("Savings", "savings", "3328")];
/// Enough to choose another part of them next time.
const SEVERAL: &[Kept] = &[
    ("Checking", "checking", "6210"),
    ("Savings", "savings", "6228"),
    ("Joint Checking", "checking", "6236"),
    ("Credit Card", "credit_card", "6244"),
];
/// With one owner, and with two.
const OWNED: &[Kept] = &[("Checking", "checking", "7117"), ("Joint Savings", "savings", "7125")];
const UNPAYABLE: &[Kept] = &[("Checking", "checking", "0002"), ("Savings", "savings", "0028")];
const TOKENIZED: &[Kept] = &[
    (EXPIRED, "checking", "8414"),
    (EVENTUALLY_EXPIRING, "checking", "8422"),
    (IMMEDIATELY_EXPIRING, "checking", "8430"),
];

/// As Stripe's testing guide names the accounts at its bank that gives tokens.
pub(super) const EXPIRED: &str = "Expired Tokenized Account Number";
pub(super) const EVENTUALLY_EXPIRING: &str = "Eventually Expiring Tokenized Account Number";
pub(super) const IMMEDIATELY_EXPIRING: &str = "Immediately Expiring Tokenized Account Number";

impl World {
    /// The person of this session signs in at this bank.
    pub(super) fn welcome(&mut self, session: &str, institution: &str) {
        let Some(owner) = self.session(session).map(|session| self.person(session)) else { return };
        let knows = |holding: &Holding| holding.institution == institution && holding.owner == owner;
        if self.holdings.iter().any(knows) {
            return;
        }
        for (name, subcategory, last4) in self.kept_at(institution) {
            self.holdings.push(Holding {
                id: format!("held_{:04}", self.holdings.len() + 1),
                institution: institution.to_owned(),
                owner: owner.clone(),
                name: (*name).to_owned(),
                subcategory,
                last4: (*last4).to_owned(),
                closed: false,
            });
        }
    }

    fn kept_at(&self, institution: &str) -> &'static [Kept] {
        let kind = self.institution(institution).map(|bank| bank.kind).unwrap_or_default();
        match (institution, kind) {
            (_, Kind::Unpayable) => UNPAYABLE,
            (_, Kind::Tokens) => TOKENIZED,
            ("fcinst_OwnershipAccounts", _) => OWNED,
            ("fcinst_TestOAuth" | "fcinst_BankOAuth" | "fcinst_BankNonOAuth", _) => SEVERAL,
            (
                _,
                Kind::Ordinary
                | Kind::Inactive
                | Kind::ReauthenticatesAtOnce
                | Kind::ReauthenticatesLater
                | Kind::Down(_),
            ) => USUAL,
        }
    }
}
