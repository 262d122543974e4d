//! A customer of data products: one bank login with several kinds of accounts.

use super::{SeededAccount, expired};
use crate::world::World;

const PERMISSIONS: &[&str] = &["balances", "transactions", "ownership"];

impl World {
    /// Seeds four broken accounts under one authorization, and two more at the bank that were never linked.
    pub(super) fn seed_noor(&mut self) {
        self.seed_bank("fcinst_FoundryNational", "Foundry National Bank");
        let noor = self.seed_customer("cus_SandboxData", "Noor Haddad", "noor.haddad@example.com");
        let foundry = self.seed_authorization("fcauth_FoundryNoor", Some(&noor), "fcinst_FoundryNational");
        for (id, name, subcategory, last4) in [
            ("fca_FoundryChecking3001", "Checking", "checking", "3001"),
            ("fca_FoundrySavings3002", "Savings", "savings", "3002"),
            ("fca_FoundryCreditCard3003", "Credit Card", "credit_card", "3003"),
            ("fca_FoundryMortgage3004", "Mortgage", "mortgage", "3004"),
        ] {
            let linked = SeededAccount { id, name, subcategory, last4, status: expired() };
            self.seed_account(&foundry, linked).permissions = PERMISSIONS.to_vec();
        }
        self.seed_holding(&foundry, "Joint Checking", "checking", "3005");
        self.seed_holding(&foundry, "Holiday Savings", "savings", "3006");
    }
}
