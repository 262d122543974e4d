//! Stripe's events. An event is only a hint that an object should be read again.

use std::borrow::Cow;

use relink_protocol::{AccountId, AuthorizationId, SessionId};
use serde::Deserialize;

use crate::domain::job_kind::JobKind;

/// Envelope of an event. Only the object's identifier is used; the object itself is read from Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    /// `evt_…`.
    pub(crate) id: Cow<'a, str>,
    /// Type of the event, such as `financial_connections.account.deactivated`.
    pub(crate) kind: Cow<'a, str>,
    /// Creation time by Stripe's clock, in seconds since 1970.
    pub(crate) created: i64,
    /// API version of the payload; `None` if Stripe does not say.
    pub(crate) api_version: Option<Cow<'a, str>>,
    /// Identifier of the object, if it has one.
    pub(crate) subject: Option<Cow<'a, str>>,
}

/// Reason for which a body is not accepted as an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventError {
    /// Not an event, or a required field is missing or malformed.
    Unreadable,
    /// Thin event, which contains no snapshot of the object.
    Thin,
    /// Live event in test mode or the reverse; the modes never mix.
    OtherMode,
}

/// Event types that this version knows. Events of other types are stored and counted, too.
const KNOWN: [&str; 16] = [
    "financial_connections.account.account_numbers_updated",
    "financial_connections.account.created",
    "financial_connections.account.deactivated",
    "financial_connections.account.disconnected",
    "financial_connections.account.expected_deactivation_date_updated",
    "financial_connections.account.reactivated",
    "financial_connections.account.refreshed_balance",
    "financial_connections.account.refreshed_inferred_balances",
    "financial_connections.account.refreshed_ownership",
    "financial_connections.account.refreshed_transactions",
    "financial_connections.account.supported_payment_method_types_updated",
    "financial_connections.account.upcoming_account_number_expiry",
    "financial_connections.account.upcoming_deactivation",
    "financial_connections.authorization.expected_deactivation_date_updated",
    "financial_connections.authorization.upcoming_deactivation",
    "financial_connections.session.updated",
];

/// Returns the types of events that this version knows.
pub(crate) fn known_types() -> impl Iterator<Item = &'static str> {
    KNOWN.into_iter()
}

/// True if this version knows the type of event.
pub(crate) fn is_known(kind: &str) -> bool {
    KNOWN.contains(&kind)
}

/// Maximum length of an identifier, type or version; longer than any of Stripe's, and short enough for an index.
const LONGEST: usize = 128;

impl<'a> Event<'a> {
    /// Parses a snapshot event of this mode. Strict about the fields it uses; ignores all others.
    pub(crate) fn parse(text: &'a str, is_live: bool) -> Result<Self, EventError> {
        let Ok(envelope) = serde_json::from_str::<Envelope<'a>>(text) else {
            let is_thin = serde_json::from_str::<Object<'a>>(text).is_ok_and(|any| any.object == THIN);
            return Err(if is_thin { EventError::Thin } else { EventError::Unreadable });
        };
        let is_event = envelope.object == "event"
            && envelope.id.strip_prefix("evt_").is_some_and(|rest| !rest.is_empty())
            && is_word(&envelope.id)
            && is_word(&envelope.kind)
            && envelope.created > 0;
        if !is_event {
            return Err(if envelope.object == THIN { EventError::Thin } else { EventError::Unreadable });
        }
        if envelope.livemode != is_live {
            return Err(EventError::OtherMode);
        }
        Ok(Self {
            id: envelope.id,
            kind: envelope.kind,
            created: envelope.created,
            api_version: envelope.api_version.filter(|version| is_word(version)),
            subject: envelope.data.object.id.filter(|id| is_word(id)),
        })
    }

    /// Returns the kind of job that the event causes, and its subject. All events about an object cause the same job,
    /// because their content is not used; so do event types that Stripe adds later.
    pub(crate) fn work(&self) -> Option<(JobKind, &str)> {
        let subject = self.subject.as_deref()?;
        let (thing, _) = self.kind.strip_prefix("financial_connections.")?.split_once('.')?;
        let (kind, is_one) = match thing {
            "account" => (JobKind::Account, AccountId::try_from(subject).is_ok()),
            "authorization" => (JobKind::Authorization, AuthorizationId::try_from(subject).is_ok()),
            "session" => (JobKind::Session, SessionId::try_from(subject).is_ok()),
            _ => return None,
        };
        is_one.then_some((kind, subject))
    }
}

const THIN: &str = "v2.core.event";

/// True if the text is non-empty printable ASCII of bounded length, safe for a row, an index and a log line.
fn is_word(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    object: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    created: i64,
    livemode: bool,
    #[serde(borrow, default)]
    api_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: Subject<'a>,
}

/// Object of an event. The identifier is optional because some objects, such as a balance, have none.
#[derive(Deserialize)]
struct Subject<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    object: Cow<'a, str>,
}

#[cfg(test)]
mod tests;
