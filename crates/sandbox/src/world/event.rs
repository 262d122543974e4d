//! Events: what happened, told later in the words of whoever reads them.

use serde::{Deserialize, Serialize};

use super::World;

/// So many are kept; nobody reads more of a stand-in.
const KEPT: usize = 5_000;

/// Something that happened to one object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    #[serde(with = "super::word")]
    pub(crate) kind: super::word::Word,
    /// Unix seconds.
    pub(crate) created: i64,
    pub(crate) subject: Subject,
    pub(crate) cause: Cause,
    /// As much of the world as it takes to write the object down as it was then, in any version.
    pub(crate) scene: Box<World>,
    /// The same from the moment before, where the object was there already.
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
}

/// The call that brought something about; nothing is in it where a bank, a customer or the clock did.
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
            | Self::SetupIntent(id) => id,
        }
    }
}

impl World {
    /// Newest first, as lists are given.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().rev()
    }

    pub(crate) fn event(&self, id: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.id == id)
    }

    /// The ids of what happened since this was last asked.
    pub(crate) fn take_news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }

    /// Writes down that something happened now.
    pub(super) fn tell(
        &mut self,
        kind: &'static str,
        subject: Subject,
        before: Option<Box<Self>>,
        cause: &Cause,
    ) {
        self.told += 1;
        // With the time in it, no receiver takes the events after a restart for those from before.
        let id = format!("evt_Sandbox{:x}{:05}", self.now, self.told);
        let scene = Box::new(self.scene(&subject));
        self.news.push(id.clone());
        self.events.push(Event { id, kind, created: self.now, subject, cause: cause.clone(), scene, before });
        let too_many = self.events.len().saturating_sub(KEPT);
        self.events.drain(..too_many);
    }

    /// Repeats no id of the world that this one replaces.
    pub(crate) fn count_on_from(&mut self, earlier: &Self) {
        self.told = self.told.max(earlier.told);
        self.ids.count_on_from(&earlier.ids);
    }
}
