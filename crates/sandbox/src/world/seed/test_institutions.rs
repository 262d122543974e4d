//! Institutions of Stripe's testing guide, each with all the names that Stripe's pages use for it.

use super::super::{
    Institution, World,
    bank::{Kind, Login, Outage},
};

struct Test {
    id: &'static str,
    name: &'static str,
    other_names: &'static [&'static str],
    login: Login,
    kind: Kind,
}

const TESTS: &[Test] = &[
    form("fcinst_TestNonOAuth", "Test (Non-OAuth)", &["Test Institution"], Kind::Ordinary),
    Test {
        login: Login::PopUp,
        ..form("fcinst_TestOAuth", "Test (OAuth)", &["Test OAuth Institution"], Kind::Ordinary)
    },
    form("fcinst_BankNonOAuth", "Bank (Non-OAuth)", &["Sandbox Bank (Non-OAuth)"], Kind::Ordinary),
    Test {
        login: Login::PopUp,
        ..form("fcinst_BankOAuth", "Bank (OAuth)", &["Sandbox Bank (OAuth)"], Kind::Ordinary)
    },
    form("fcinst_OwnershipAccounts", "Ownership Accounts", &[], Kind::Ordinary),
    form("fcinst_InvalidPaymentAccounts", "Invalid Payment Accounts", &[], Kind::Unpayable),
    form("fcinst_DownScheduled", "Down (Scheduled)", &[], Kind::Down(Outage::Scheduled)),
    form("fcinst_DownUnscheduled", "Down (Unscheduled)", &[], Kind::Down(Outage::Unscheduled)),
    form("fcinst_DownError", "Down (Error)", &[], Kind::Down(Outage::Error)),
    form(
        "fcinst_TokenizedAccountNumbers",
        "Tokenized Account Numbers",
        &["Tokenized Account Number"],
        Kind::Tokens,
    ),
    form("fcinst_InactiveAccounts", "Inactive Accounts", &[], Kind::Inactive),
    form(
        "fcinst_ReauthenticationImmediately",
        "Immediately Requires Reauthentication",
        &["Reauthentication Required Immediately"],
        Kind::ReauthenticatesAtOnce,
    ),
    form(
        "fcinst_ReauthenticationEventually",
        "Eventually Requires Reauthentication",
        &["Reauthentication Required Eventually"],
        Kind::ReauthenticatesLater,
    ),
];

const fn form(
    id: &'static str,
    name: &'static str,
    other_names: &'static [&'static str],
    kind: Kind,
) -> Test {
    Test { id, name, other_names, login: Login::Form, kind }
}

impl World {
    pub(super) fn seed_test_institutions(&mut self) {
        for Test { id, name, other_names, login, kind } in TESTS {
            self.seed_bank(id, name);
            if let Some(bank) = self.institutions.last_mut() {
                let other_names = other_names.iter().map(|name| (*name).to_owned()).collect();
                let tokenizes = *kind == Kind::Tokens;
                *bank = Institution { other_names, login: *login, kind: *kind, tokenizes, ..bank.clone() };
            }
        }
    }
}
