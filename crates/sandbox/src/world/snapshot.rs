//! Snapshots: a copy of one object with everything that is needed to render it.

use super::{
    Account, Authorization, World, event::Subject, payment_intent::PaymentProgress,
    setup_intent::SetupProgress,
};

impl World {
    pub(super) fn snapshot(&self, subject: &Subject) -> Self {
        match subject {
            Subject::Account(id) => self.snapshot_of(self.accounts.iter().filter(|one| one.id == *id), None),
            Subject::Authorization(id) => {
                let of_it = self.accounts.iter().filter(|one| one.authorization == *id);
                self.snapshot_of(of_it, self.authorization(id))
            }
            Subject::Session(id) => self.snapshot_of_session(id),
            Subject::Customer(id) => {
                let customers = self.customers.iter().filter(|one| one.id == *id).cloned().collect();
                Self { customers, ..self.snapshot_of([], None) }
            }
            Subject::PaymentMethod(id) => self.snapshot_of_payment_method(id),
            Subject::SetupIntent(id) => self.snapshot_of_setup_intent(id),
            Subject::Subscription(id) => Self {
                now: self.now,
                subscriptions: self.subscription(id).cloned().into_iter().collect(),
                ..Self::default()
            },
            Subject::ExternalAccount(id) => Self {
                external_accounts: self
                    .external_accounts
                    .iter()
                    .filter(|one| one.id == *id)
                    .cloned()
                    .collect(),
                connected_account: self.connected_account.clone(),
                ..Self::default()
            },
            Subject::PaymentIntent(id) => self.snapshot_of_payment_intent(id),
            Subject::EventDestination(_) => Self::default(),
            Subject::Merchant(_) => Self {
                merchant: self.merchant.clone(),
                external_accounts: self.external_accounts.clone(),
                connected_account: self.connected_account.clone(),
                ..Self::default()
            },
        }
    }

    fn snapshot_of<'a>(
        &'a self,
        accounts: impl IntoIterator<Item = &'a Account>,
        authorization: Option<&'a Authorization>,
    ) -> Self {
        let accounts: Vec<Account> = accounts.into_iter().cloned().collect();
        let bank = |id: &str| {
            accounts.iter().any(|one| one.institution == id)
                || authorization.is_some_and(|authorization| authorization.institution == id)
        };
        let holder = |id: &str| {
            let mut holders = accounts.iter().filter_map(|one| one.holder.as_ref());
            holders.any(|holder| holder.id() == id)
        };
        Self {
            now: self.now,
            settings: self.settings.clone(),
            institutions: self.institutions.iter().filter(|one| bank(&one.id)).cloned().collect(),
            holdings: self
                .holdings
                .iter()
                .filter(|holding| accounts.iter().any(|one| one.holding == holding.id))
                .cloned()
                .collect(),
            customers: self.customers.iter().filter(|one| holder(&one.id)).cloned().collect(),
            authorizations: authorization.into_iter().cloned().collect(),
            accounts,
            ..Self::default()
        }
    }

    fn snapshot_of_session(&self, id: &str) -> Self {
        let Some(session) = self.session(id) else { return Self::default() };
        let ids = session.collected();
        let accounts = self.accounts.iter().filter(|account| ids.contains(&account.id));
        Self { sessions: vec![session.clone()], ..self.snapshot_of(accounts, None) }
    }

    fn snapshot_of_payment_method(&self, id: &str) -> Self {
        let Some(method) = self.payment_method(id) else { return Self::default() };
        let account = self.account(&method.account);
        Self { payment_methods: vec![method.clone()], ..self.snapshot_of(account, None) }
    }

    fn snapshot_of_payment_intent(&self, id: &str) -> Self {
        let Some(intent) = self.payment_intent(id) else { return Self::default() };
        let returned = match &intent.progress {
            PaymentProgress::Open { returned } => {
                returned.as_ref().and_then(|returned| returned.payment_method.as_deref())
            }
            PaymentProgress::NeedsAction { .. }
            | PaymentProgress::Processing
            | PaymentProgress::Succeeded
            | PaymentProgress::Canceled { .. } => None,
        };
        let method = returned.or(intent.params.payment_method.as_deref());
        let snapshot = method.map(|method| self.snapshot_of_payment_method(method)).unwrap_or_default();
        Self { now: self.now, payment_intents: vec![intent.clone()], ..snapshot }
    }

    fn snapshot_of_setup_intent(&self, id: &str) -> Self {
        let Some(intent) = self.setup_intent(id) else { return Self::default() };
        let declined = match &intent.progress {
            SetupProgress::Open { declined } => declined.as_deref(),
            SetupProgress::NeedsAction | SetupProgress::Succeeded { .. } | SetupProgress::Canceled { .. } => {
                None
            }
        };
        let method = declined.or(intent.params.payment_method.as_deref());
        let snapshot = method.map(|method| self.snapshot_of_payment_method(method)).unwrap_or_default();
        Self { now: self.now, setup_intents: vec![intent.clone()], ..snapshot }
    }
}
