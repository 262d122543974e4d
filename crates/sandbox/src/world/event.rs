//! Events. Each keeps a snapshot, so that it can be rendered later in the API version of its reader.

use serde::{Deserialize, Serialize};

use super::World;

/// Maximum number of events kept.
const MAX_EVENTS: usize = 5_000;

/// An event about one object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    #[serde(with = "super::enum_text")]
    pub(crate) kind: super::enum_text::EnumText,
    /// Unix seconds.
    pub(crate) created: i64,
    pub(crate) subject: Subject,
    pub(crate) cause: Cause,
    /// Connected account in which the event happened.
    #[serde(default)]
    pub(crate) account: Option<String>,
    /// Snapshot of the world, reduced to what is needed to render the object in any version.
    #[serde(rename = "scene")]
    pub(crate) snapshot: Box<World>,
    /// Snapshot from before the event, if the object existed already.
    pub(crate) before: Option<Box<World>>,
}

/// The object that an event is about, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Subject {
    /// A Financial Connections account.
    Account(String),
    /// A Financial Connections authorization.
    Authorization(String),
    /// A Financial Connections session.
    Session(String),
    /// A customer.
    Customer(String),
    /// A payment method.
    PaymentMethod(String),
    /// A setup intent.
    SetupIntent(String),
    /// A payment intent.
    PaymentIntent(String),
    /// A subscription.
    Subscription(String),
    /// An external account.
    ExternalAccount(String),
    /// An event destination.
    EventDestination(String),
    /// The merchant's own account, or a connected one.
    Merchant(String),
}

/// API call that caused an event; empty if a bank, a customer or the clock caused it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cause {
    pub(crate) request: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

impl Subject {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Account(id)
            | Self::Authorization(id)
            | Self::Session(id)
            | Self::Customer(id)
            | Self::PaymentMethod(id)
            | Self::SetupIntent(id)
            | Self::PaymentIntent(id)
            | Self::Subscription(id)
            | Self::ExternalAccount(id)
            | Self::EventDestination(id)
            | Self::Merchant(id) => id,
        }
    }
}

impl World {
    /// Returns all events, newest first, as in a list.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().rev()
    }

    pub(crate) fn event(&self, id: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.id == id)
    }

    /// Returns the ids of the events since the last call.
    pub(crate) fn take_unqueued_events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unqueued_events)
    }

    /// Records an event at the current time.
    pub(super) fn record_event(
        &mut self,
        kind: &'static str,
        subject: Subject,
        before: Option<Box<Self>>,
        cause: &Cause,
    ) {
        self.events_made += 1;
        // The id contains the time, so that receivers don't take events after a restart for repetitions, and the run,
        // because one receiver may get the events of several worlds and accounts.
        let id = format!("evt_Sandbox{}{:x}{:05}", self.ids.run(), self.now, self.events_made);
        let snapshot = Box::new(self.snapshot(&subject));
        self.unqueued_events.push(id.clone());
        self.events.push(Event {
            id,
            kind,
            created: self.now,
            subject,
            cause: cause.clone(),
            account: self.connected_account.clone(),
            snapshot,
            before,
        });
        let too_many = self.events.len().saturating_sub(MAX_EVENTS);
        self.events.drain(..too_many);
    }

    /// Continues the counters of the world that this one replaces, so that no id repeats.
    pub(crate) fn continue_ids_of(&mut self, earlier: &Self) {
        self.events_made = self.events_made.max(earlier.events_made);
        self.ids.continue_ids_of(&earlier.ids);
    }
}
