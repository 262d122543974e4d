//! Thin events, which name an object and what has happened to it, but not its state. Each is another telling of an event
//! that was recorded, so nothing else is kept of it.

use super::{
    Event, World,
    event::{Cause, Subject},
    refresh::{Feature, RefreshState},
};
use crate::event_types;

/// Event type that tests an event destination. It has no snapshot.
pub(crate) const PING: &str = "v2.core.event_destination.ping";

const REFRESHED: &str = "financial_connections.account.refreshed_";

/// A thin event.
#[derive(Debug, Clone)]
pub(crate) struct ThinEvent<'a> {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// Event that it tells of.
    pub(crate) event: &'a Event,
}

impl Event {
    /// Returns the thin events that tell of this event: the one of the same name, if Stripe has it, and that of the
    /// result of a refresh.
    pub(crate) fn thin(&self) -> Vec<ThinEvent<'_>> {
        let same = match self.kind {
            PING => Some(PING.to_owned()),
            kind => event_types::has_thin(kind).then(|| format!("v1.{kind}")),
        };
        let kinds = same.into_iter().chain(self.end_of_refresh());
        // Receivers of both kinds of events must not take one for a repetition of the other.
        let id = |at: usize| format!("{}_thin{at}", self.id);
        kinds.enumerate().map(|(at, kind)| ThinEvent { id: id(at), kind, event: self }).collect()
    }

    /// Returns the type that tells the result of a refresh, which snapshot events leave to the account.
    fn end_of_refresh(&self) -> Option<String> {
        let name = self.kind.strip_prefix(REFRESHED)?;
        let feature = Feature::ALL.into_iter().find(|feature| feature.as_str() == name)?;
        let account = self.snapshot.account(self.subject.id())?;
        let end = match account.refreshes.of(feature)?.state {
            RefreshState::Succeeded => "succeeded",
            RefreshState::Failed => "failed",
            RefreshState::Pending { .. } => return None,
        };
        Some(format!("v1.financial_connections.account.{name}_refresh_{end}"))
    }

    /// True if the event tests a destination, and has no snapshot.
    pub(crate) fn is_ping(&self) -> bool {
        self.kind == PING
    }
}

impl World {
    /// Returns all thin events, newest first, as in a list.
    pub(crate) fn thin_events(&self) -> impl Iterator<Item = ThinEvent<'_>> {
        self.events().flat_map(|event| event.thin().into_iter().rev())
    }

    pub(crate) fn thin_event(&self, id: &str) -> Option<ThinEvent<'_>> {
        let (of, _) = id.rsplit_once("_thin")?;
        self.event(of)?.thin().into_iter().find(|thin| thin.id == id)
    }

    /// Records an event that tests a destination, and returns its id.
    pub(crate) fn record_ping(&mut self, destination: &str, cause: &Cause) -> Option<String> {
        self.record_event(PING, Subject::EventDestination(destination.to_owned()), None, cause);
        self.events().next().map(|event| event.id.clone())
    }
}
