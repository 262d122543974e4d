//! Tokens of `collectBankAccountToken`, made from the first account of a session that supports payments.

use serde::{Deserialize, Serialize};

use super::{Account, World, session::SessionResult};

/// A token for a bank account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BankAccountToken {
    pub(crate) id: String,
    pub(crate) account: String,
    /// Unix seconds.
    pub(crate) created: i64,
}

impl World {
    /// Creates the session's token, once, if the customer shared an account that supports payments.
    pub(crate) fn make_token(&mut self, session: &str) {
        let Some(found) = self.session(session) else { return };
        let Some(SessionResult::Succeeded { accounts, .. }) =
            found.result().filter(|_| found.token.is_none())
        else {
            return;
        };
        let Some(account) = accounts.iter().find(|id| self.check_payable(id).is_ok()).cloned() else {
            return;
        };
        let id = session.replacen("fcsess_", "btok_", 1);
        let token = BankAccountToken { id, account, created: self.now };
        if let Some(found) = self.session_mut(session) {
            found.token = Some(token);
        }
    }

    pub(crate) fn account_of(&self, token: &BankAccountToken) -> Option<&Account> {
        self.account(&token.account)
    }
}
