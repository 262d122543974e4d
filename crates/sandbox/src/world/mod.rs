//! The sandbox's domain model: banks, accounts held at them, linked accounts, authorizations, sessions.
//!
//! Transitions are plain methods without network or randomness: ids are counted, and the caller sets the time.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub(crate) mod account;
mod account_change;
pub(crate) mod account_data;
pub(crate) mod authorization;
pub(crate) mod bank;
pub(crate) mod bank_account;
mod bank_behavior;
pub(crate) mod bank_options;
pub(crate) mod bank_window;
mod collect;
pub(crate) mod complete_window;
mod create_session;
pub(crate) mod customer;
pub(crate) mod enum_text;
pub(crate) mod event;
mod event_detector;
pub(crate) mod holder;
pub(crate) mod ids;
mod link_accounts;
pub(crate) mod manual_entry;
pub(crate) mod merchant;
pub(crate) mod number;
mod onboarding;
pub(crate) mod payment_block;
pub(crate) mod payment_intent;
pub(crate) mod payment_method;
pub(crate) mod planned;
pub(crate) mod refresh;
mod scheduler;
mod seed;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod setup_intent;
mod snapshot;
pub(crate) mod subscription;
#[cfg(test)]
mod tests;
pub(crate) mod thin_event;
pub(crate) mod token;
pub(crate) mod typed_account;

pub(crate) use self::{
    account::Account,
    account_change::{AccountChange, DateChange},
    account_data::Transaction,
    authorization::Authorization,
    bank::{Holding, Institution},
    create_session::SessionRefused,
    customer::Customer,
    event::Event,
    holder::AccountHolder,
    payment_intent::PaymentIntent,
    payment_method::PaymentMethod,
    seed::{PAYEE, SELLERS, Scene},
    session::Session,
    settings::Settings,
    setup_intent::{Mandate, SetupIntent},
    subscription::Subscription,
};
use self::{
    bank_account::ExternalAccount, event_detector::LastSeen, ids::Ids, merchant::Merchant,
    planned::PlannedChange, token::BankAccountToken,
};

/// State that `POST /_sandbox/reset` restores to the seed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct World {
    /// Current time on the sandbox's clock in Unix seconds; set each time the state is locked.
    pub(crate) now: i64,
    pub(crate) settings: Settings,
    /// Id of the connected account whose world this is; `None` of a platform.
    #[serde(skip)]
    pub(crate) connected_account: Option<String>,
    /// Creation time of the account whose world this is, in Unix seconds. One that is connected is created then.
    pub(crate) account_created: i64,
    merchant: Merchant,
    /// Default payment method of the account whose world this is, as a customer of its platform.
    #[serde(default)]
    pub(crate) default_payment_method: Option<String>,
    institutions: Vec<Institution>,
    holdings: Vec<Holding>,
    authorizations: Vec<Authorization>,
    accounts: Vec<Account>,
    sessions: Vec<Session>,
    customers: Vec<Customer>,
    payment_methods: Vec<PaymentMethod>,
    setup_intents: Vec<SetupIntent>,
    payment_intents: Vec<PaymentIntent>,
    subscriptions: Vec<Subscription>,
    mandates: Vec<Mandate>,
    tokens: Vec<BankAccountToken>,
    external_accounts: Vec<ExternalAccount>,
    transactions: Vec<Transaction>,
    events: Vec<Event>,
    /// Ids of events that are not queued for webhook endpoints yet.
    #[serde(rename = "news")]
    unqueued_events: Vec<String>,
    plans: Vec<PlannedChange>,
    /// Dates that were announced by an event, as (event type, object id, date).
    #[serde(rename = "announced")]
    sent_announcements: BTreeSet<(String, String, i64)>,
    #[serde(skip)]
    seen: LastSeen,
    pub(crate) ids: Ids,
    /// Number of refreshes since the last reset.
    #[serde(rename = "refreshed")]
    refreshes_made: usize,
    /// Ids of the refreshes of transactions, by number.
    transaction_refresh_ids: BTreeMap<usize, String>,
    /// Number of events so far.
    #[serde(rename = "told")]
    events_made: usize,
}

impl World {
    pub(crate) fn institutions(&self) -> &[Institution] {
        &self.institutions
    }

    pub(crate) fn institution(&self, id: &str) -> Option<&Institution> {
        self.institutions.iter().find(|institution| institution.id == id)
    }

    pub(crate) fn institution_mut(&mut self, id: &str) -> Option<&mut Institution> {
        self.institutions.iter_mut().find(|institution| institution.id == id)
    }

    pub(crate) fn authorizations(&self) -> &[Authorization] {
        &self.authorizations
    }

    pub(crate) fn authorization(&self, id: &str) -> Option<&Authorization> {
        self.authorizations.iter().find(|authorization| authorization.id == id)
    }

    /// Returns all accounts, newest first, as in a list.
    pub(crate) fn accounts(&self) -> Vec<&Account> {
        // The sort is stable, so of two accounts linked in the same second, the later one comes first.
        let mut accounts: Vec<&Account> = self.accounts.iter().rev().collect();
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

    /// True if a session has the hosted page whose URL ends with `token`.
    pub(crate) fn has_hosted_page(&self, token: &str) -> bool {
        let end = format!("/hosted/{token}");
        self.sessions.iter().any(|session| session.url.as_ref().is_some_and(|url| url.ends_with(&end)))
    }

    /// Visits the page of a hosted session, whose URL ends with `token`, if its link still works.
    pub(crate) fn visit_hosted_page(&mut self, token: &str) -> Option<&Session> {
        let (now, end) = (self.now, format!("/hosted/{token}"));
        let has_it = |session: &&mut Session| session.live_url(now).is_some_and(|url| url.ends_with(&end));
        let session = self.sessions.iter_mut().find(has_it)?;
        session.visited = now;
        Some(session)
    }

    /// True if any object has this id.
    pub(crate) fn has_object(&self, id: &str) -> bool {
        self.account(id).is_some()
            || self.authorization(id).is_some()
            || self.session(id).is_some()
            || self.customer(id).is_some()
            || self.payment_method(id).is_some()
            || self.setup_intent(id).is_some()
            || self.payment_intent(id).is_some()
            || self.subscription(id).is_some()
            || self.event(id).is_some()
    }

    /// Returns the currency of an account.
    pub(crate) fn currency(&self, account: &Account) -> &'static str {
        self.institution(&account.institution).map_or("usd", Institution::currency)
    }

    /// Returns the institution's name, or an empty string if there is none with this id.
    pub(crate) fn institution_name(&self, id: &str) -> &str {
        self.institution(id).map_or("", |institution| institution.name.as_str())
    }
}
