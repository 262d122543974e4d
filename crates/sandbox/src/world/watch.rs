//! Detects events by comparing the world with its last seen state. So no transition can miss an event, whether an API
//! call, the customer at the bank, a test or the clock caused it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Account, World,
    account::Status,
    authorization::Standing,
    customer::Profile,
    event::{Cause, Subject},
    refresh::{Feature, RefreshState},
    session::Progress,
    setup_intent::SetupProgress,
};

/// Last seen state, reduced to the parts that cause events.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    accounts: BTreeMap<String, Account>,
    payment_method_types: BTreeMap<String, Vec<&'static str>>,
    customers: BTreeMap<String, Profile>,
    /// Customer of each payment method.
    attached: BTreeMap<String, Option<String>>,
    setup_intents: BTreeMap<String, SetupProgress>,
    ended_sessions: BTreeSet<String>,
}

impl World {
    /// Takes the current state as seen, without events for it.
    pub(crate) fn take_as_known(&mut self) {
        self.take_announcements_as_made();
        let (told, events) = (self.told, self.events.len());
        self.observe(&Cause::default());
        self.told = told;
        self.events.truncate(events);
        self.news.clear();
    }

    /// Records events for all changes since the last call, with `cause`.
    pub(crate) fn observe(&mut self, cause: &Cause) {
        self.observe_customers(cause);
        // Must precede the accounts, because it compares with their last seen state.
        let authorizations = self.changed_authorizations();
        self.observe_accounts(cause);
        for (id, before) in authorizations {
            let kind = "financial_connections.authorization.expected_deactivation_date_updated";
            self.tell(kind, Subject::Authorization(id), Some(Box::new(before)), cause);
        }
        self.observe_sessions(cause);
        self.observe_payment_methods(cause);
        self.observe_setup_intents(cause);
    }

    fn observe_accounts(&mut self, cause: &Cause) {
        let is_new = |account: &&Account| self.seen.accounts.get(&account.id) != Some(*account);
        let changed: Vec<Account> = self.accounts.iter().filter(is_new).cloned().collect();
        for account in changed {
            let before = self.seen.accounts.insert(account.id.clone(), account.clone());
            let subject = Subject::Account(account.id.clone());
            let scene = before.clone().map(|before| {
                let scene = self.scene(&subject);
                Box::new(Self { accounts: vec![before], ..scene })
            });
            for kind in happenings(before.as_ref(), &account) {
                self.tell(kind, subject.clone(), scene.clone().filter(|_| before.is_some()), cause);
            }
            self.observe_payment_method_types(&account, scene, cause);
        }
    }

    fn observe_payment_method_types(&mut self, account: &Account, before: Option<Box<Self>>, cause: &Cause) {
        let types = self.payment_method_types(account);
        let known = self.seen.payment_method_types.insert(account.id.clone(), types.clone());
        if known.is_some_and(|known| known != types) {
            let kind = "financial_connections.account.supported_payment_method_types_updated";
            self.tell(kind, Subject::Account(account.id.clone()), before, cause);
        }
    }

    /// Returns active authorizations whose expected deactivation changed, each with its state before.
    fn changed_authorizations(&self) -> Vec<(String, Self)> {
        let is_new = |account: &&Account| self.seen.accounts.get(&account.id) != Some(*account);
        let ids: BTreeSet<&str> =
            self.accounts.iter().filter(is_new).map(|account| account.authorization.as_str()).collect();
        let changed = |id: &str| {
            let authorization = self.authorization(id)?;
            let mut before = self.scene(&Subject::Authorization(id.to_owned()));
            before.accounts =
                self.seen.accounts.values().filter(|one| one.authorization == id).cloned().collect();
            let date = |world: &Self| match world.standing(authorization) {
                Standing::Active { notice } => Some(notice.map(|(_, date)| date)),
                Standing::Inactive(_) | Standing::Disconnected => None,
            };
            let (then, now) = (date(&before).flatten(), date(self)?);
            (!before.accounts.is_empty() && then != now).then(|| (id.to_owned(), before))
        };
        ids.into_iter().filter_map(changed).collect()
    }

    fn observe_sessions(&mut self, cause: &Cause) {
        let ended = self.sessions.iter().filter(|session| session.ending().is_some());
        let unseen = ended.filter(|session| !self.seen.ended_sessions.contains(&session.id));
        for session in unseen.cloned().collect::<Vec<_>>() {
            self.seen.ended_sessions.insert(session.id.clone());
            let subject = Subject::Session(session.id.clone());
            let mut before = self.scene(&subject);
            for session in &mut before.sessions {
                session.progress = Progress::Started;
            }
            self.tell("financial_connections.session.updated", subject, Some(Box::new(before)), cause);
        }
    }

    fn observe_customers(&mut self, cause: &Cause) {
        let is_new = |one: &&super::Customer| self.seen.customers.get(&one.id) != Some(&one.profile);
        for customer in self.customers.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let subject = Subject::Customer(customer.id.clone());
            let before = self.seen.customers.insert(customer.id.clone(), customer.profile.clone());
            let kind = if before.is_some() { "customer.updated" } else { "customer.created" };
            let before = before.map(|profile| {
                let customers = vec![super::Customer { profile, ..customer }];
                Box::new(Self { customers, ..Self::default() })
            });
            self.tell(kind, subject, before, cause);
        }
    }

    fn observe_payment_methods(&mut self, cause: &Cause) {
        let is_new = |one: &&super::PaymentMethod| self.seen.attached.get(&one.id) != Some(&one.customer);
        for method in self.payment_methods.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let before = self.seen.attached.insert(method.id.clone(), method.customer.clone()).flatten();
            let kind = match (before, method.customer) {
                (_, Some(_)) => "payment_method.attached",
                (Some(_), None) => "payment_method.detached",
                // Stripe sends no event when a payment method is created.
                (None, None) => continue,
            };
            self.tell(kind, Subject::PaymentMethod(method.id), None, cause);
        }
    }

    fn observe_setup_intents(&mut self, cause: &Cause) {
        let is_new = |one: &&super::SetupIntent| self.seen.setup_intents.get(&one.id) != Some(&one.progress);
        for intent in self.setup_intents.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let before = self.seen.setup_intents.insert(intent.id.clone(), intent.progress.clone());
            let subject = Subject::SetupIntent(intent.id);
            if before.is_none() {
                self.tell("setup_intent.created", subject.clone(), None, cause);
            }
            let kind = match intent.progress {
                SetupProgress::Open { declined: None } => continue,
                SetupProgress::Open { declined: Some(_) } => "setup_intent.setup_failed",
                SetupProgress::NeedsAction => "setup_intent.requires_action",
                SetupProgress::Succeeded { .. } => "setup_intent.succeeded",
                SetupProgress::Canceled { .. } => "setup_intent.canceled",
            };
            self.tell(kind, subject, None, cause);
        }
    }
}

/// Returns the types of the events for a change of an account.
fn happenings(before: Option<&Account>, after: &Account) -> Vec<&'static str> {
    let Some(before) = before else {
        let mut kinds = vec!["financial_connections.account.created"];
        kinds.extend(Feature::ALL.into_iter().filter(|one| was_refreshed(None, after, *one)).map(refreshed));
        return kinds;
    };
    let mut kinds = Vec::new();
    match (&before.status, &after.status) {
        (Status::Active(_), Status::Inactive { .. }) => {
            kinds.push("financial_connections.account.deactivated");
        }
        (Status::Inactive { .. } | Status::Disconnected, Status::Active(_)) => {
            kinds.push("financial_connections.account.reactivated");
        }
        (Status::Active(_) | Status::Inactive { .. }, Status::Disconnected) => {
            kinds.push("financial_connections.account.disconnected");
        }
        _ => {}
    }
    if matches!(after.status, Status::Active(_)) && expected_end(before) != expected_end(after) {
        kinds.push("financial_connections.account.expected_deactivation_date_updated");
    }
    if before.numbers != after.numbers {
        kinds.push("financial_connections.account.account_numbers_updated");
    }
    let fresh = Feature::ALL.into_iter().filter(|one| was_refreshed(Some(before), after, *one));
    kinds.extend(fresh.map(refreshed));
    kinds
}

fn expected_end(account: &Account) -> Option<i64> {
    match &account.status {
        Status::Active(Some(notice)) => Some(notice.expected_deactivation_date),
        Status::Active(None) | Status::Inactive { .. } | Status::Disconnected => None,
    }
}

/// True if a refresh of the feature ended between the two states.
fn was_refreshed(before: Option<&Account>, after: &Account, feature: Feature) -> bool {
    let then = before.and_then(|before| before.refreshes.of(feature));
    let now = after.refreshes.of(feature);
    let is_over = now.is_some_and(|now| matches!(now.state, RefreshState::Succeeded | RefreshState::Failed));
    is_over && then != now
}

fn refreshed(feature: Feature) -> &'static str {
    match feature {
        Feature::Balance => "financial_connections.account.refreshed_balance",
        Feature::InferredBalances => "financial_connections.account.refreshed_inferred_balances",
        Feature::Ownership => "financial_connections.account.refreshed_ownership",
        Feature::Transactions => "financial_connections.account.refreshed_transactions",
    }
}
