//! Institutions of Stripe's testing guide, each with all the names that Stripe's pages use for it.

use crate::world::{
    Institution, World,
    bank::{InstitutionKind, Login, Outage},
};

struct Test {
    id: &'static str,
    name: &'static str,
    other_names: &'static [&'static str],
    login: Login,
    kind: InstitutionKind,
}

const TESTS: &[Test] = &[
    form("fcinst_TestNonOAuth", "Test (Non-OAuth)", &["Test Institution"], InstitutionKind::Ordinary),
    Test {
        login: Login::PopUp,
        ..form("fcinst_TestOAuth", "Test (OAuth)", &["Test OAuth Institution"], InstitutionKind::Ordinary)
    },
    form("fcinst_BankNonOAuth", "Bank (Non-OAuth)", &["Sandbox Bank (Non-OAuth)"], InstitutionKind::Ordinary),
    Test {
        login: Login::PopUp,
        ..form("fcinst_BankOAuth", "Bank (OAuth)", &["Sandbox Bank (OAuth)"], InstitutionKind::Ordinary)
    },
    form("fcinst_OwnershipAccounts", "Ownership Accounts", &[], InstitutionKind::Ordinary),
    form("fcinst_InvalidPaymentAccounts", "Invalid Payment Accounts", &[], InstitutionKind::Unpayable),
    form("fcinst_DownScheduled", "Down (Scheduled)", &[], InstitutionKind::Down(Outage::Scheduled)),
    form("fcinst_DownUnscheduled", "Down (Unscheduled)", &[], InstitutionKind::Down(Outage::Unscheduled)),
    form("fcinst_DownError", "Down (Error)", &[], InstitutionKind::Down(Outage::Error)),
    form(
        "fcinst_TokenizedAccountNumbers",
        "Tokenized Account Numbers",
        &["Tokenized Account Number"],
        InstitutionKind::Tokens,
    ),
    form("fcinst_InactiveAccounts", "Inactive Accounts", &[], InstitutionKind::Inactive),
    form(
        "fcinst_ReauthenticationImmediately",
        "Immediately Requires Reauthentication",
        &["Reauthentication Required Immediately"],
        InstitutionKind::ReauthImmediate,
    ),
    form(
        "fcinst_ReauthenticationEventually",
        "Eventually Requires Reauthentication",
        &["Reauthentication Required Eventually"],
        InstitutionKind::ReauthEventual,
    ),
];

const fn form(
    id: &'static str,
    name: &'static str,
    other_names: &'static [&'static str],
    kind: InstitutionKind,
) -> Test {
    Test { id, name, other_names, login: Login::Form, kind }
}

impl World {
    pub(super) fn seed_test_institutions(&mut self) {
        for Test { id, name, other_names, login, kind } in TESTS {
            self.seed_bank(id, name);
            if let Some(bank) = self.institutions.last_mut() {
                let other_names = other_names.iter().map(|name| (*name).to_owned()).collect();
                let tokenizes = *kind == InstitutionKind::Tokens;
                *bank = Institution { other_names, login: *login, kind: *kind, tokenizes, ..bank.clone() };
            }
        }
    }
}
