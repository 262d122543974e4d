//! Accounts of people who have none at a bank yet, so that every bank can be tried with any customer.

use super::{Holding, World, bank::Kind};

/// Name, subcategory, last four digits.
type Kept = (&'static str, &'static str, &'static str);

const USUAL: &[Kept] = &[("Checking", "checking", "3310"), ("Savings", "savings", "3328")];
/// Enough accounts to choose a different subset on the next login.
const SEVERAL: &[Kept] = &[
    ("Checking", "checking", "6210"),
    ("Savings", "savings", "6228"),
    ("Joint Checking", "checking", "6236"),
    ("Credit Card", "credit_card", "6244"),
];
/// One account with one owner, one with two.
const OWNED: &[Kept] = &[("Checking", "checking", "7117"), ("Joint Savings", "savings", "7125")];
const UNPAYABLE: &[Kept] = &[("Checking", "checking", "0002"), ("Savings", "savings", "0028")];
const TOKENIZED: &[Kept] = &[
    (EXPIRED, "checking", "8414"),
    (EVENTUALLY_EXPIRING, "checking", "8422"),
    (IMMEDIATELY_EXPIRING, "checking", "8430"),
];

/// Names of accounts in Stripe's testing guide at the bank with tokenized account numbers.
pub(super) const EXPIRED: &str = "Expired Tokenized Account Number";
pub(super) const EVENTUALLY_EXPIRING: &str = "Eventually Expiring Tokenized Account Number";
pub(super) const IMMEDIATELY_EXPIRING: &str = "Immediately Expiring Tokenized Account Number";

impl World {
    /// Opens accounts at the bank for the session's person, unless they have some.
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
