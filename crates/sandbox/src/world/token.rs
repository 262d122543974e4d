//! Tokens for bank accounts. Those of `collectBankAccountToken` are of a session's first account that can be paid
//! from.

use serde::{Deserialize, Serialize};

use super::{World, bank_account::BankDetails, session::SessionResult};

/// A token for a bank account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BankAccountToken {
    pub(crate) id: String,
    /// Id of the linked account; empty if `bank` describes the bank account.
    pub(crate) account: String,
    /// Unix seconds.
    pub(crate) created: i64,
    #[serde(default)]
    pub(crate) bank: Option<BankDetails>,
    /// True once an account has it as an external account.
    #[serde(default)]
    pub(crate) is_used: bool,
}

impl World {
    /// Creates the session's token, once, if the customer shared an account that supports payments, or typed one in.
    pub(crate) fn make_token(&mut self, session: &str) {
        let Some(found) = self.session(session).filter(|found| found.token.is_none()) else { return };
        let bank = match found.result() {
            Some(SessionResult::Typed { account }) => Some(BankDetails::of_typed(account.clone())),
            _ => None,
        };
        let payable = found.collected().iter().find(|id| self.check_payable(id).is_ok()).cloned();
        let account = match (payable, &bank) {
            (Some(account), _) => account,
            (None, Some(_)) => String::new(),
            (None, None) => return,
        };
        let id = session.replacen("fcsess_", "btok_", 1);
        let token = BankAccountToken { id, account, created: self.now, bank, is_used: false };
        if let Some(found) = self.session_mut(session) {
            found.token = Some(token);
        }
    }
}
