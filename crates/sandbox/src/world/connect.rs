//! What becomes of authorizations and accounts when the customer shares accounts.

use super::{
    Account, AccountHolder, Authorization, Holding, World,
    account::Status,
    session::{Ending, Progress, Session},
};

/// Seeded accounts are older than this; what is linked in the sandbox counts up from it.
const FIRST_CREATED: i64 = 1_790_000_000;

impl World {
    /// Ends the session well: the chosen accounts are linked and active.
    pub(super) fn connect(&mut self, id: &str, institution: &str, chosen: &[String]) {
        let Some(session) = self.session(id).cloned() else { return };
        let authorization = match &session.request.relink_options {
            Some(relink) => relink.authorization.clone(),
            None => self.new_authorization(institution, session.request.account_holder.clone()),
        };
        let holdings: Vec<Holding> =
            self.holdings.iter().filter(|holding| chosen.contains(&holding.id)).cloned().collect();
        let accounts = holdings.iter().map(|holding| self.link(&authorization, holding, &session)).collect();
        if let Some(known) = self.authorizations.iter_mut().find(|known| known.id == authorization) {
            known.inactive = None;
        }
        if session.request.relink_options.is_some_and(|relink| relink.account.is_some()) {
            self.revive_siblings(&authorization);
        }
        if let Some(session) = self.session_mut(id) {
            session.progress = Progress::Ended(Ending::Succeeded { authorization, accounts });
        }
    }

    /// The account of this holding under the authorization: the known one, active again, or a new one.
    fn link(&mut self, authorization: &str, holding: &Holding, session: &Session) -> String {
        let permissions = session.request.permissions.clone();
        let mut known = self.accounts.iter_mut();
        let same = known.find(|one| one.authorization == authorization && one.holding == holding.id);
        if let Some(account) = same {
            account.status = Status::Active;
            account.permissions = permissions;
            return account.id.clone();
        }
        let number = self.accounts.len() + 1;
        let id = format!("fca_Sandbox{number:04}");
        self.accounts.push(Account {
            id: id.clone(),
            authorization: authorization.to_owned(),
            holding: holding.id.clone(),
            holder: holding.owner.clone(),
            institution: holding.institution.clone(),
            name: holding.name.clone(),
            subcategory: holding.subcategory,
            last4: holding.last4.clone(),
            permissions,
            status: Status::Active,
            created: FIRST_CREATED + i64::try_from(number).unwrap_or_default(),
        });
        id
    }

    /// Repairing one account repairs what else broke with the same authorization.
    fn revive_siblings(&mut self, authorization: &str) {
        let siblings = self.accounts.iter_mut().filter(|account| account.authorization == authorization);
        for account in siblings.filter(|account| account.is_relinkable()) {
            account.status = Status::Active;
        }
    }

    fn new_authorization(&mut self, institution: &str, holder: Option<AccountHolder>) -> String {
        let id = format!("fcauth_Sandbox{:04}", self.authorizations.len() + 1);
        let institution = institution.to_owned();
        self.authorizations.push(Authorization { id: id.clone(), holder, institution, inactive: None });
        id
    }

    /// Who signs in: the holder of what is to be relinked, or of the session.
    pub(super) fn person(&self, session: &Session) -> Option<AccountHolder> {
        let relink = session.request.relink_options.as_ref();
        match relink.and_then(|relink| self.authorization(&relink.authorization)) {
            Some(authorization) => authorization.holder.clone(),
            None => session.request.account_holder.clone(),
        }
    }

    /// Whoever has nothing at a bank yet gets two accounts there, so that any customer can try it.
    pub(super) fn welcome(&mut self, id: &str, institution: &str) {
        let Some(owner) = self.session(id).map(|session| self.person(session)) else { return };
        let knows = |holding: &Holding| holding.institution == institution && holding.owner == owner;
        if self.holdings.iter().any(knows) {
            return;
        }
        for (name, subcategory, last4) in [("Checking", "checking", "3310"), ("Savings", "savings", "3328")] {
            self.holdings.push(Holding {
                id: format!("held_{:04}", self.holdings.len() + 1),
                institution: institution.to_owned(),
                owner: owner.clone(),
                name: name.to_owned(),
                subcategory,
                last4: last4.to_owned(),
                closed: false,
            });
        }
    }
}
