//! A customer with one account in each state that Jenny's accounts don't have.

use super::{SeededAccount, inactive};
use crate::world::{
    AccountHolder, World,
    account::{Action, Notice, Status},
    number::{AccountNumber, DAY, NumberKind, NumberStatus},
};

/// Bank, its name, authorization, account, last four digits and cause of accounts that no relink can repair.
const BEYOND_REPAIR: &[[&str; 6]] = &[
    [
        "fcinst_Larkspur",
        "Larkspur Bank",
        "fcauth_LarkspurKai",
        "fca_LarkspurDenied3115",
        "3115",
        "access_denied",
    ],
    [
        "fcinst_QuarrySavings",
        "Quarry Savings Bank",
        "fcauth_QuarryKai",
        "fca_QuarryExpired4460",
        "4460",
        "access_expired",
    ],
    [
        "fcinst_MeridianTrust",
        "Meridian Trust",
        "fcauth_MeridianKai",
        "fca_MeridianUnavailable5527",
        "5527",
        "account_unavailable",
    ],
    [
        "fcinst_SummitCommunity",
        "Summit Community Bank",
        "fcauth_SummitKai",
        "fca_SummitRequirement6034",
        "6034",
        "institution_requirement",
    ],
    [
        "fcinst_Driftwood",
        "Driftwood Credit Union",
        "fcauth_DriftwoodKai",
        "fca_DriftwoodUnspecified7193",
        "7193",
        "unspecified",
    ],
    // A cause that is not in Stripe's list, because that list may grow.
    [
        "fcinst_Beacon",
        "Beacon Bank",
        "fcauth_BeaconKai",
        "fca_BeaconNewCause8246",
        "8246",
        "ownership_changed",
    ],
];

impl World {
    pub(super) fn seed_kai(&mut self) {
        self.seed_bank("fcinst_HarborFederal", "Harbor Federal Bank");
        self.seed_bank("fcinst_Pinecrest", "Pinecrest Bank");
        self.seed_bank("fcinst_Willow", "Willow Bank");
        let kai = self.seed_customer("cus_SandboxKai", "Kai Moreno", "kai.moreno@example.com");

        let harbor = self.seed_authorization("fcauth_HarborKai", Some(&kai), "fcinst_HarborFederal");
        let ending = Status::Active(Some(Notice {
            action: Action::RelinkRequired,
            cause: "access_expired".to_owned(),
            expected_deactivation_date: self.now + 12 * DAY,
        }));
        self.seed_account(&harbor, checking("fca_HarborExpiring2750", "2750", ending));
        self.seed_tokens(&kai);
        for [bank, name, authorization, account, last4, cause] in BEYOND_REPAIR {
            self.seed_bank(bank, name);
            let authorization = self.seed_authorization(authorization, Some(&kai), bank);
            let status = inactive(Action::None, cause);
            self.seed_account(&authorization, checking(account, last4, status));
        }
        let willow = self.seed_authorization("fcauth_WillowKai", Some(&kai), "fcinst_Willow");
        self.seed_account(&willow, checking("fca_WillowDisconnected9371", "9371", Status::Disconnected));
    }

    /// Seeds a bank that issues tokens, with one token about to expire and one expired.
    fn seed_tokens(&mut self, kai: &AccountHolder) {
        for bank in self.institutions.iter_mut().filter(|bank| bank.id == "fcinst_Pinecrest") {
            bank.tokenizes = true;
        }
        let now = self.now;
        let pinecrest = self.seed_authorization("fcauth_PinecrestKai", Some(kai), "fcinst_Pinecrest");
        let expiring = checking("fca_PinecrestNumberExpiring8812", "8812", Status::ACTIVE);
        let account = self.seed_account(&pinecrest, expiring);
        account.numbers = vec![token(now + 20 * DAY, NumberStatus::Transactable)];
        let expired = SeededAccount {
            name: "Savings",
            subcategory: "savings",
            ..checking("fca_PinecrestNumberExpired8820", "8820", Status::ACTIVE)
        };
        let account = self.seed_account(&pinecrest, expired);
        account.numbers = vec![token(now - 3 * DAY, NumberStatus::Expired)];
    }
}

fn token(expires: i64, status: NumberStatus) -> AccountNumber {
    AccountNumber { kind: NumberKind::Tokenized { expires: Some(expires) }, status }
}

fn checking(id: &'static str, last4: &'static str, status: Status) -> SeededAccount {
    SeededAccount { id, name: "Checking", subcategory: "checking", last4, status }
}
