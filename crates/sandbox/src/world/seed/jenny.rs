//! The customer that the documentation uses, and two account holders whose accounts she must not reach.

use super::{SeededAccount, expired, inactive};
use crate::world::{
    World,
    account::{Action, Status},
};

impl World {
    /// Seeds Jenny: two broken accounts under one authorization, a healthy one, a closed one, and one that was never
    /// linked; another customer and an account without a holder at the same bank.
    pub(super) fn seed_jenny_and_unrelated_holders(&mut self) {
        self.seed_bank("fcinst_AlderBank", "Alder Bank");
        self.seed_bank("fcinst_Copperfield", "Copperfield Credit Union");
        self.seed_bank("fcinst_TernBank", "Tern Bank");
        let jenny = self.seed_customer("cus_SandboxJenny", "Jenny Rosen", "jenny.rosen@example.com");
        let other = self.seed_customer("cus_SandboxOther", "Sam Okafor", "sam.okafor@example.com");
        let closed = inactive(Action::None, "account_closed");

        let alder = self.seed_authorization("fcauth_AlderJenny", Some(&jenny), "fcinst_AlderBank");
        self.seed_account(&alder, checking("fca_AlderChecking6789", "6789", expired()));
        self.seed_account(&alder, savings("fca_AlderSavings1204", "Everyday Savings", "1204", expired()));
        self.seed_holding(&alder, "Second Checking", "checking", "2231");

        let copper = self.seed_authorization("fcauth_CopperfieldJenny", Some(&jenny), "fcinst_Copperfield");
        self.seed_account(&copper, savings("fca_CopperfieldSavings4421", "Savings", "4421", Status::ACTIVE));

        let tern = self.seed_authorization("fcauth_TernJenny", Some(&jenny), "fcinst_TernBank");
        self.seed_account(&tern, checking("fca_TernChecking0937", "0937", closed));

        let alder = self.seed_authorization("fcauth_AlderOther", Some(&other), "fcinst_AlderBank");
        self.seed_account(&alder, checking("fca_OtherChecking5150", "5150", expired()));

        let alder = self.seed_authorization("fcauth_AlderNoHolder", None, "fcinst_AlderBank");
        self.seed_account(&alder, checking("fca_NoHolderChecking7300", "7300", expired()));
    }
}

fn checking(id: &'static str, last4: &'static str, status: Status) -> SeededAccount {
    SeededAccount { id, name: "Checking", subcategory: "checking", last4, status }
}

fn savings(id: &'static str, name: &'static str, last4: &'static str, status: Status) -> SeededAccount {
    SeededAccount { id, name, subcategory: "savings", last4, status }
}
