//! What is true in the sandbox: banks, what people hold there, accounts, authorizations, sessions.
//! Transitions are plain methods: no clock, no network, no chance; ids are counted.

pub(crate) mod account;
pub(crate) mod authorization;
pub(crate) mod bank;
mod connect;
mod create;
pub(crate) mod holder;
mod seed;
pub(crate) mod session;
#[cfg(test)]
mod tests;
pub(crate) mod window;

pub(crate) use self::{
    account::Account,
    authorization::Authorization,
    bank::{Holding, Institution},
    create::Refusal,
    holder::AccountHolder,
    session::Session,
};

/// Everything that `POST /_sandbox/reset` takes back to the seed.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    institutions: Vec<Institution>,
    holdings: Vec<Holding>,
    authorizations: Vec<Authorization>,
    accounts: Vec<Account>,
    sessions: Vec<Session>,
}

impl World {
    pub(crate) fn institutions(&self) -> &[Institution] {
        &self.institutions
    }

    pub(crate) fn institution(&self, id: &str) -> Option<&Institution> {
        self.institutions.iter().find(|institution| institution.id == id)
    }

    pub(crate) fn authorizations(&self) -> &[Authorization] {
        &self.authorizations
    }

    pub(crate) fn authorization(&self, id: &str) -> Option<&Authorization> {
        self.authorizations.iter().find(|authorization| authorization.id == id)
    }

    /// Newest first, as lists are given.
    pub(crate) fn accounts(&self) -> Vec<&Account> {
        let mut accounts: Vec<&Account> = self.accounts.iter().collect();
        accounts.sort_by_key(|account| std::cmp::Reverse(account.created));
        accounts
    }

    pub(crate) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub(crate) fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    pub(crate) fn session_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// The name of an institution that something in this world belongs to.
    pub(crate) fn institution_name(&self, id: &str) -> &str {
        self.institution(id).map_or("", |institution| institution.name.as_str())
    }
}
