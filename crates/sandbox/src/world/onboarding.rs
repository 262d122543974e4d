//! Accounts of people who have none at a bank yet, so that every bank can be tried with any customer.

use super::{Holding, World, bank::InstitutionKind};

/// Name, subcategory, last four digits.
type NewHolding = (&'static str, &'static str, &'static str);

const TWO_ACCOUNTS: &[NewHolding] = &[("Checking", "checking", "3310"), ("Savings", "savings", "3328")];
/// Enough accounts to choose a different subset on the next login.
const FOUR_ACCOUNTS: &[NewHolding] = &[
    ("Checking", "checking", "6210"),
    ("Savings", "savings", "6228"),
    ("Joint Checking", "checking", "6236"),
    ("Credit Card", "credit_card", "6244"),
];
/// One account with one owner, one with two.
const OWNERSHIP_ACCOUNTS: &[NewHolding] =
    &[("Checking", "checking", "7117"), ("Joint Savings", "savings", "7125")];
/// Accounts that are neither cash nor credit.
const BROKERAGE: &[NewHolding] = &[("Brokerage", "investment", "9007"), ("Rewards", "other", "9015")];
const UNPAYABLE: &[NewHolding] = &[("Checking", "checking", "0002"), ("Savings", "savings", "0028")];
const TOKENIZED: &[NewHolding] = &[
    (EXPIRED, "checking", "8414"),
    (EVENTUALLY_EXPIRING, "checking", "8422"),
    (IMMEDIATELY_EXPIRING, "checking", "8430"),
];

/// Names of accounts in Stripe's testing guide at the bank with tokenized account numbers.
pub(super) const EXPIRED: &str = "Expired Tokenized Account Number";
pub(super) const EVENTUALLY_EXPIRING: &str = "Eventually Expiring Tokenized Account Number";
pub(super) const IMMEDIATELY_EXPIRING: &str = "Immediately Expiring Tokenized Account Number";

/// Id of the bank with investments.
pub(super) const GRANITE_BROKERAGE: &str = "fcinst_GraniteBrokerage";

impl World {
    /// Opens accounts at the bank for the session's person, unless they have some.
    pub(super) fn open_holdings(&mut self, session: &str, institution: &str) {
        let Some(owner) = self.session(session).map(|session| self.signing_in_holder(session)) else {
            return;
        };
        let knows = |holding: &Holding| holding.institution == institution && holding.owner == owner;
        if self.holdings.iter().any(knows) {
            return;
        }
        for (name, subcategory, last4) in self.holdings_offered_by(institution) {
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

    fn holdings_offered_by(&self, institution: &str) -> &'static [NewHolding] {
        let kind = self.institution(institution).map(|bank| bank.kind).unwrap_or_default();
        match (institution, kind) {
            (_, InstitutionKind::Unpayable) => UNPAYABLE,
            (_, InstitutionKind::Tokens) => TOKENIZED,
            (GRANITE_BROKERAGE, _) => BROKERAGE,
            ("fcinst_OwnershipAccounts", _) => OWNERSHIP_ACCOUNTS,
            ("fcinst_TestOAuth" | "fcinst_BankOAuth" | "fcinst_BankNonOAuth", _) => FOUR_ACCOUNTS,
            (
                _,
                InstitutionKind::Ordinary
                | InstitutionKind::Inactive
                | InstitutionKind::ReauthImmediate
                | InstitutionKind::ReauthEventual
                | InstitutionKind::Down(_),
            ) => TWO_ACCOUNTS,
        }
    }
}
