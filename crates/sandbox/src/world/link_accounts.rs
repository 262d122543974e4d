//! Links and repairs accounts when the customer has shared them.

use super::{
    Account, AccountHolder, Authorization, Holding, World,
    account::Status,
    bank_behavior::LinkKind,
    number::AccountNumber,
    refresh::Refreshes,
    session::{Progress, RelinkOptions, Session, SessionResult},
};

impl World {
    /// Ends the session as succeeded: the chosen accounts are linked and active.
    pub(super) fn complete_session(&mut self, id: &str, institution: &str, chosen: &[String]) {
        let Some(session) = self.session(id).cloned() else { return };
        let relink = session.params.relink_options.as_ref();
        let authorization = self.authorization_for(relink, &session, institution);
        let holdings: Vec<Holding> =
            self.holdings.iter().filter(|holding| chosen.contains(&holding.id)).cloned().collect();
        let accounts: Vec<String> =
            holdings.iter().map(|holding| self.link(&authorization, holding, &session)).collect();
        for account in &accounts {
            self.prefetch(account, &session.params.prefetch);
        }
        if relink.is_some_and(|relink| relink.account.is_some()) {
            self.repair_siblings(&authorization);
        }
        if let Some(session) = self.session_mut(id) {
            session.progress = Progress::Ended(SessionResult::Succeeded { authorization, accounts });
        }
    }

    /// Returns the authorization for the chosen accounts: a relink of an exact account always keeps its own.
    fn authorization_for(
        &mut self,
        relink: Option<&RelinkOptions>,
        session: &Session,
        institution: &str,
    ) -> String {
        match relink {
            Some(relink) if relink.account.is_some() || !self.settings.relink_changes_authorization => {
                relink.authorization.clone()
            }
            _ => self.new_authorization(institution, session.params.account_holder.clone()),
        }
    }

    /// Links a holding under the authorization: repairs the known account, or makes a new one. Returns its id.
    fn link(&mut self, authorization: &str, holding: &Holding, session: &Session) -> String {
        let params = &session.params;
        if let Some(known) = self.account_to_repair(authorization, holding, params.relink_options.as_ref()) {
            let now = self.now;
            if let Some(account) = self.accounts.iter_mut().find(|account| account.id == known) {
                account.relink(&params.permissions, now);
            }
            self.unblock_renewed(&known);
            self.apply_bank_behavior(&known, LinkKind::Repair);
            return known;
        }
        let tokenizes = self.institution(&holding.institution).is_some_and(|bank| bank.tokenizes);
        let number = if tokenizes { AccountNumber::token(self.now) } else { AccountNumber::REAL };
        let id = self.ids.next("fca");
        self.accounts.push(Account {
            id: id.clone(),
            authorization: authorization.to_owned(),
            holding: holding.id.clone(),
            holder: holding.owner.clone(),
            institution: holding.institution.clone(),
            name: holding.name.clone(),
            subcategory: holding.subcategory,
            last4: holding.last4.clone(),
            permissions: params.permissions.clone(),
            numbers: vec![number],
            status: Status::ACTIVE,
            refreshes: Refreshes::default(),
            subscriptions: Vec::new(),
            is_payable: None,
            created: self.now,
        });
        self.apply_bank_behavior(&id, LinkKind::First);
        id
    }

    /// Returns the account to repair for this holding: the requested one, or else the newest.
    fn account_to_repair(
        &self,
        authorization: &str,
        holding: &Holding,
        relink: Option<&RelinkOptions>,
    ) -> Option<String> {
        let exact = relink.and_then(|relink| relink.account.as_deref());
        if exact.is_none() && self.settings.relink_changes_ids {
            return None;
        }
        let same = |account: &&Account| {
            account.authorization == authorization
                && account.holding == holding.id
                && account.status != Status::Disconnected
        };
        let mut known: Vec<&Account> = self.accounts.iter().filter(same).collect();
        known.sort_by_key(|account| Some(account.id.as_str()) == exact);
        known.last().map(|account| account.id.clone())
    }

    /// Repairs all other broken or expiring accounts of the authorization, as one login serves them all.
    fn repair_siblings(&mut self, authorization: &str) {
        let siblings = self.accounts.iter_mut().filter(|account| account.authorization == authorization);
        let mut repaired = Vec::new();
        for account in siblings.filter(|account| account.status.needs_relink()) {
            account.status = Status::ACTIVE;
            repaired.push(account.id.clone());
        }
        for account in repaired {
            self.apply_bank_behavior(&account, LinkKind::Repair);
        }
    }

    fn new_authorization(&mut self, institution: &str, holder: Option<AccountHolder>) -> String {
        let id = self.ids.next("fcauth");
        self.authorizations.push(Authorization {
            id: id.clone(),
            holder,
            institution: institution.to_owned(),
        });
        id
    }

    /// Returns the person who signs in: the holder of the authorization to relink, or of the session.
    pub(super) fn signing_in_holder(&self, session: &Session) -> Option<AccountHolder> {
        let relink = session.params.relink_options.as_ref();
        match relink.and_then(|relink| self.authorization(&relink.authorization)) {
            Some(authorization) => authorization.holder.clone(),
            None => session.params.account_holder.clone(),
        }
    }
}
