//! Bank accounts as tokens, and as the accounts that a merchant's account is paid out to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Account, World,
    number::{AccountNumber, NumberKind, NumberStatus},
    payment_intent::PaymentProgress,
    token::BankAccountToken,
    typed_account::{TEST_BANK, TEST_ROUTING_NUMBER, TypedAccount},
};

/// Details of a bank account, without its number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BankDetails {
    pub(crate) holder_name: Option<String>,
    pub(crate) holder_type: Option<String>,
    pub(crate) account_type: Option<String>,
    pub(crate) bank_name: String,
    pub(crate) fingerprint: String,
    pub(crate) last4: String,
    pub(crate) routing_number: String,
}

/// A bank account for payouts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExternalAccount {
    pub(crate) id: String,
    pub(crate) bank: BankDetails,
    /// True of the one that is paid out to.
    pub(crate) is_default: bool,
    pub(crate) metadata: BTreeMap<String, String>,
    /// True once it was deleted; it is kept for its event.
    pub(crate) is_deleted: bool,
    /// True while the linked account that it was made of has no number that works.
    #[serde(default)]
    pub(crate) is_number_deactivated: bool,
}

impl BankDetails {
    /// Returns the details of an account that was typed in.
    pub(crate) fn of_typed(typed: TypedAccount) -> Self {
        Self {
            bank_name: TEST_BANK.to_owned(),
            fingerprint: typed.fingerprint,
            last4: typed.last4,
            routing_number: TEST_ROUTING_NUMBER.to_owned(),
            ..Self::default()
        }
    }
}

impl World {
    /// Returns the details of a linked account.
    pub(crate) fn bank_details(&self, account: &str) -> Option<BankDetails> {
        let account = self.account(account)?;
        let bank = self.institution(&account.institution)?;
        Some(BankDetails {
            bank_name: bank.name.clone(),
            fingerprint: self.fingerprint(account),
            last4: account.last4.clone(),
            routing_number: bank.routing_number.clone(),
            ..BankDetails::default()
        })
    }

    /// Creates a token for a bank account.
    pub(crate) fn create_token(&mut self, bank: BankDetails) -> &BankAccountToken {
        let id = self.ids.next("btok");
        let (created, bank) = (self.now, Some(bank));
        self.tokens.push_mut(BankAccountToken { id, account: String::new(), created, bank, is_used: false })
    }

    /// Finds a token, of a session or not.
    pub(crate) fn token(&self, id: &str) -> Option<&BankAccountToken> {
        let of_sessions = self.sessions.iter().filter_map(|session| session.token.as_ref());
        self.tokens.iter().chain(of_sessions).find(|token| token.id == id)
    }

    pub(crate) fn set_token_used(&mut self, id: &str) {
        let of_sessions = self.sessions.iter_mut().filter_map(|session| session.token.as_mut());
        for token in self.tokens.iter_mut().chain(of_sessions).filter(|token| token.id == id) {
            token.is_used = true;
        }
    }

    /// Returns the external accounts that were not deleted, newest first.
    pub(crate) fn external_accounts(&self) -> Vec<&ExternalAccount> {
        self.external_accounts.iter().rev().filter(|account| !account.is_deleted).collect()
    }

    pub(crate) fn external_account(&self, id: &str) -> Option<&ExternalAccount> {
        self.external_accounts().into_iter().find(|account| account.id == id)
    }

    /// Returns the external account of an event, which may have been deleted since.
    pub(crate) fn snapshot_external_account(&self, id: &str) -> Option<&ExternalAccount> {
        self.external_accounts.iter().find(|account| account.id == id)
    }

    /// Adds an external account. The first is the default, and a new default replaces the old one.
    pub(crate) fn add_external_account(
        &mut self,
        bank: BankDetails,
        is_default: bool,
        metadata: BTreeMap<String, String>,
    ) -> String {
        let added = self.new_external_account(bank, metadata);
        let id = added.id.clone();
        let is_default = is_default || self.external_accounts().is_empty();
        self.external_accounts.push(added);
        if is_default {
            self.set_default_external_account(&id);
        }
        id
    }

    /// Returns an external account with an id of this world, which does not belong to an account yet.
    pub(crate) fn new_external_account(
        &mut self,
        bank: BankDetails,
        metadata: BTreeMap<String, String>,
    ) -> ExternalAccount {
        ExternalAccount {
            id: self.ids.next("ba"),
            bank,
            is_default: false,
            metadata,
            is_deleted: false,
            is_number_deactivated: false,
        }
    }

    /// Makes this the only external account, and so the default.
    pub(crate) fn set_first_external_account(&mut self, first: ExternalAccount) {
        self.external_accounts = vec![ExternalAccount { is_default: true, ..first }];
    }

    /// Replaces an external account that exists.
    pub(crate) fn update_external_account(&mut self, changed: ExternalAccount) {
        let (id, is_default) = (changed.id.clone(), changed.is_default);
        if let Some(known) = self.external_accounts.iter_mut().find(|account| account.id == id) {
            *known = changed;
        }
        if is_default {
            self.set_default_external_account(&id);
        }
    }

    /// Lets the external accounts follow the numbers of the linked accounts that they were made of.
    pub(super) fn follow_linked_numbers(&mut self) {
        if self.external_accounts.is_empty() {
            return;
        }
        let is_over = |number: &AccountNumber| {
            let is_tokenized = matches!(number.kind, NumberKind::Tokenized { .. });
            is_tokenized && matches!(number.status, NumberStatus::Deactivated | NumberStatus::Expired)
        };
        let ended = |account: &Account| !account.numbers.is_empty() && account.numbers.iter().all(is_over);
        let linked: BTreeMap<String, bool> =
            self.accounts.iter().map(|account| (self.fingerprint(account), ended(account))).collect();
        for external in &mut self.external_accounts {
            if let Some(ended) = linked.get(&external.bank.fingerprint) {
                external.is_number_deactivated = *ended;
            }
        }
    }

    fn set_default_external_account(&mut self, id: &str) {
        for account in &mut self.external_accounts {
            account.is_default = account.id == id;
        }
    }

    /// Returns the money that has arrived and the money that is on its way, in cents.
    pub(crate) fn merchant_balance(&self) -> (i64, i64) {
        let sum = |progress: &PaymentProgress| {
            let of_it = self.payment_intents.iter().filter(|intent| intent.progress == *progress);
            of_it.map(|intent| intent.params.amount).sum()
        };
        (sum(&PaymentProgress::Succeeded), sum(&PaymentProgress::Processing))
    }
}
