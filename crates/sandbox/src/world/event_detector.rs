//! Detects events by comparing the world with its last seen state. So no transition can miss an event, whether an API
//! call, the customer at the bank, a test or the clock caused it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Account, World,
    account::Status,
    authorization::AuthorizationStatus,
    bank_account::ExternalAccount,
    customer::Profile,
    event::{Cause, Subject},
    merchant::Merchant,
    payment_block::PaymentBlock,
    payment_intent::PaymentProgress,
    refresh::{Feature, RefreshState},
    session::Progress,
    setup_intent::SetupProgress,
};

/// Last seen state, reduced to the parts that cause events.
#[derive(Debug, Clone, Default)]
pub(super) struct LastSeen {
    accounts: BTreeMap<String, Account>,
    payment_method_types: BTreeMap<String, Vec<&'static str>>,
    /// Profile of each customer; `None` of a deleted one.
    customers: BTreeMap<String, Option<Profile>>,
    /// Customer of each payment method.
    attached: BTreeMap<String, Option<String>>,
    /// Block of each payment method.
    blocks: BTreeMap<String, Option<PaymentBlock>>,
    setup_intents: BTreeMap<String, SetupProgress>,
    payment_intents: BTreeMap<String, PaymentProgress>,
    subscriptions: BTreeMap<String, super::Subscription>,
    external_accounts: BTreeMap<String, ExternalAccount>,
    ended_sessions: BTreeSet<String>,
    merchant: Merchant,
}

impl World {
    /// Takes the current state as seen, without events for it.
    pub(crate) fn mark_all_seen(&mut self) {
        self.mark_due_announcements_sent();
        let (events_made, events) = (self.events_made, self.events.len());
        self.detect_events(&Cause::default());
        self.events_made = events_made;
        self.events.truncate(events);
        self.unqueued_events.clear();
    }

    /// Records events for all changes since the last call, with `cause`.
    pub(crate) fn detect_events(&mut self, cause: &Cause) {
        self.detect_customer_events(cause);
        // Must precede the accounts, because it compares with their last seen state.
        let authorizations = self.changed_authorizations();
        self.detect_account_events(cause);
        for (id, before) in authorizations {
            let kind = "financial_connections.authorization.expected_deactivation_date_updated";
            self.record_event(kind, Subject::Authorization(id), Some(Box::new(before)), cause);
        }
        self.detect_session_events(cause);
        self.detect_payment_method_events(cause);
        self.detect_payment_block_events(cause);
        self.detect_setup_intent_events(cause);
        self.detect_payment_intent_events(cause);
        self.detect_subscription_events(cause);
        self.detect_external_account_events(cause);
        self.detect_merchant_events(cause);
    }

    fn detect_account_events(&mut self, cause: &Cause) {
        let is_new = |account: &&Account| self.seen.accounts.get(&account.id) != Some(*account);
        let changed: Vec<Account> = self.accounts.iter().filter(is_new).cloned().collect();
        for account in changed {
            let before = self.seen.accounts.insert(account.id.clone(), account.clone());
            let subject = Subject::Account(account.id.clone());
            let snapshot = before.clone().map(|before| {
                let snapshot = self.snapshot(&subject);
                Box::new(Self { accounts: vec![before], ..snapshot })
            });
            for kind in event_types_of_change(before.as_ref(), &account) {
                self.record_event(
                    kind,
                    subject.clone(),
                    snapshot.clone().filter(|_| before.is_some()),
                    cause,
                );
            }
            self.detect_payment_method_type_events(&account, snapshot, cause);
        }
    }

    fn detect_payment_method_type_events(
        &mut self,
        account: &Account,
        before: Option<Box<Self>>,
        cause: &Cause,
    ) {
        let types = self.payment_method_types(account);
        let known = self.seen.payment_method_types.insert(account.id.clone(), types.clone());
        if known.is_some_and(|known| known != types) {
            let kind = "financial_connections.account.supported_payment_method_types_updated";
            self.record_event(kind, Subject::Account(account.id.clone()), before, cause);
        }
    }

    /// Returns active authorizations whose expected deactivation changed, each with its state before.
    fn changed_authorizations(&self) -> Vec<(String, Self)> {
        let is_new = |account: &&Account| self.seen.accounts.get(&account.id) != Some(*account);
        let ids: BTreeSet<&str> =
            self.accounts.iter().filter(is_new).map(|account| account.authorization.as_str()).collect();
        let changed = |id: &str| {
            let authorization = self.authorization(id)?;
            let mut before = self.snapshot(&Subject::Authorization(id.to_owned()));
            before.accounts =
                self.seen.accounts.values().filter(|one| one.authorization == id).cloned().collect();
            let date = |world: &Self| match world.authorization_status(authorization) {
                AuthorizationStatus::Active { notice } => Some(notice.map(|(_, date)| date)),
                AuthorizationStatus::Inactive(_) | AuthorizationStatus::Disconnected => None,
            };
            let (then, now) = (date(&before).flatten(), date(self)?);
            (!before.accounts.is_empty() && then != now).then(|| (id.to_owned(), before))
        };
        ids.into_iter().filter_map(changed).collect()
    }

    fn detect_session_events(&mut self, cause: &Cause) {
        let ended = self.sessions.iter().filter(|session| session.result().is_some());
        let unseen = ended.filter(|session| !self.seen.ended_sessions.contains(&session.id));
        for session in unseen.cloned().collect::<Vec<_>>() {
            self.seen.ended_sessions.insert(session.id.clone());
            let subject = Subject::Session(session.id.clone());
            let mut before = self.snapshot(&subject);
            for session in &mut before.sessions {
                session.progress = Progress::Started;
            }
            self.record_event(
                "financial_connections.session.updated",
                subject,
                Some(Box::new(before)),
                cause,
            );
        }
    }

    fn detect_customer_events(&mut self, cause: &Cause) {
        let state = |one: &super::Customer| Some(one.profile.clone()).filter(|_| !one.is_deleted);
        let is_new = |one: &&super::Customer| self.seen.customers.get(&one.id) != Some(&state(one));
        for customer in self.customers.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let subject = Subject::Customer(customer.id.clone());
            let before = self.seen.customers.insert(customer.id.clone(), state(&customer));
            let kind = match (&before, customer.is_deleted) {
                (_, true) => "customer.deleted",
                (Some(_), false) => "customer.updated",
                (None, false) => "customer.created",
            };
            let before = before.flatten().filter(|_| !customer.is_deleted).map(|profile| {
                let customers = vec![super::Customer { profile, ..customer }];
                Box::new(Self { customers, ..Self::default() })
            });
            self.record_event(kind, subject, before, cause);
        }
    }

    fn detect_payment_method_events(&mut self, cause: &Cause) {
        let is_new = |one: &&super::PaymentMethod| self.seen.attached.get(&one.id) != Some(&one.customer);
        for method in self.payment_methods.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let before = self.seen.attached.insert(method.id.clone(), method.customer.clone()).flatten();
            let kind = match (before, method.customer) {
                (_, Some(_)) => "payment_method.attached",
                (Some(_), None) => "payment_method.detached",
                // Stripe sends no event when a payment method is created.
                (None, None) => continue,
            };
            self.record_event(kind, Subject::PaymentMethod(method.id), None, cause);
        }
    }

    /// Blocked and unblocked payment methods. A new one has no event.
    fn detect_payment_block_events(&mut self, cause: &Cause) {
        for method in self.payment_methods.clone() {
            let before = self.seen.blocks.insert(method.id.clone(), method.block.clone());
            let Some(block) = before.filter(|before| *before != method.block) else { continue };
            let subject = Subject::PaymentMethod(method.id.clone());
            let snapshot = self.snapshot(&subject);
            let before = Self { payment_methods: vec![super::PaymentMethod { block, ..method }], ..snapshot };
            self.record_event("payment_method.automatically_updated", subject, Some(Box::new(before)), cause);
        }
    }

    fn detect_payment_intent_events(&mut self, cause: &Cause) {
        let is_new =
            |one: &&super::PaymentIntent| self.seen.payment_intents.get(&one.id) != Some(&one.progress);
        for intent in self.payment_intents.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let before = self.seen.payment_intents.insert(intent.id.clone(), intent.progress.clone());
            let subject = Subject::PaymentIntent(intent.id);
            if before.is_none() {
                self.record_event("payment_intent.created", subject.clone(), None, cause);
            }
            let kind = match intent.progress {
                PaymentProgress::Open { returned: None } => continue,
                PaymentProgress::Open { returned: Some(_) } => "payment_intent.payment_failed",
                PaymentProgress::NeedsAction { .. } => "payment_intent.requires_action",
                PaymentProgress::Processing => "payment_intent.processing",
                PaymentProgress::Succeeded => "payment_intent.succeeded",
                PaymentProgress::Canceled { .. } => "payment_intent.canceled",
            };
            self.record_event(kind, subject, None, cause);
        }
    }

    fn detect_subscription_events(&mut self, cause: &Cause) {
        let is_new = |one: &&super::Subscription| self.seen.subscriptions.get(&one.id) != Some(*one);
        for subscription in self.subscriptions.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let subject = Subject::Subscription(subscription.id.clone());
            let before = self.seen.subscriptions.insert(subscription.id.clone(), subscription.clone());
            let kind = match (&before, subscription.canceled_at) {
                (_, Some(_)) => "customer.subscription.deleted",
                (Some(_), None) => "customer.subscription.updated",
                (None, None) => "customer.subscription.created",
            };
            let before = before.filter(|_| subscription.canceled_at.is_none());
            let before =
                before.map(|before| Box::new(Self { subscriptions: vec![before], ..Self::default() }));
            self.record_event(kind, subject, before, cause);
        }
    }

    fn detect_external_account_events(&mut self, cause: &Cause) {
        self.follow_linked_numbers();
        let is_new = |one: &&ExternalAccount| self.seen.external_accounts.get(&one.id) != Some(*one);
        for account in self.external_accounts.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let subject = Subject::ExternalAccount(account.id.clone());
            let before = self.seen.external_accounts.insert(account.id.clone(), account.clone());
            let kind = match (&before, account.is_deleted) {
                (_, true) => "account.external_account.deleted",
                (Some(_), false) => "account.external_account.updated",
                (None, false) => "account.external_account.created",
            };
            let snapshot = self.snapshot(&subject);
            let before = before.filter(|_| !account.is_deleted);
            let before = before.map(|before| Box::new(Self { external_accounts: vec![before], ..snapshot }));
            self.record_event(kind, subject, before, cause);
        }
    }

    fn detect_merchant_events(&mut self, cause: &Cause) {
        let before = std::mem::replace(&mut self.seen.merchant, self.merchant.clone());
        if before != self.merchant {
            let subject = Subject::Merchant(self.merchant_id().to_owned());
            let before = Self { merchant: before, ..self.snapshot(&subject) };
            self.record_event("account.updated", subject, Some(Box::new(before)), cause);
        }
    }

    fn detect_setup_intent_events(&mut self, cause: &Cause) {
        let is_new = |one: &&super::SetupIntent| self.seen.setup_intents.get(&one.id) != Some(&one.progress);
        for intent in self.setup_intents.iter().filter(is_new).cloned().collect::<Vec<_>>() {
            let before = self.seen.setup_intents.insert(intent.id.clone(), intent.progress.clone());
            let subject = Subject::SetupIntent(intent.id);
            if before.is_none() {
                self.record_event("setup_intent.created", subject.clone(), None, cause);
            }
            let kind = match intent.progress {
                SetupProgress::Open { declined: None } => continue,
                SetupProgress::Open { declined: Some(_) } => "setup_intent.setup_failed",
                SetupProgress::NeedsAction => "setup_intent.requires_action",
                SetupProgress::Succeeded { .. } => "setup_intent.succeeded",
                SetupProgress::Canceled { .. } => "setup_intent.canceled",
            };
            self.record_event(kind, subject, None, cause);
        }
    }
}

/// Returns the types of the events for a change of an account.
fn event_types_of_change(before: Option<&Account>, after: &Account) -> Vec<&'static str> {
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
