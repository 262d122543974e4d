//! What Stripe tells, as far as it matters: an event is a hint that something is to be read again.

use std::borrow::Cow;

use relink_protocol::{AccountId, AuthorizationId, SessionId};
use serde::Deserialize;

use crate::store::work::Kind;

/// Stripe's envelope. What is inside is only named: it is read from Stripe anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    /// `evt_…`.
    pub(crate) id: Cow<'a, str>,
    /// Such as `financial_connections.account.deactivated`.
    pub(crate) kind: Cow<'a, str>,
    /// By Stripe's clock, in seconds since 1970.
    pub(crate) created: i64,
    /// The version that the payload was written in; `None` where Stripe does not say.
    pub(crate) api_version: Option<Cow<'a, str>>,
    /// The identifier of what it is about, if that has one.
    pub(crate) subject: Option<Cow<'a, str>>,
}

/// Why something is not an event that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoEvent {
    /// Something else, or a part of it is missing.
    Unreadable,
    /// An event that only says where to ask.
    Thin,
    /// Live here, and test there, or the other way round: these never mix.
    OtherMode,
}

/// What relink knows of. Others are kept and counted, too.
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

/// Whether relink knows of this type of event.
pub(crate) fn is_known(kind: &str) -> bool {
    KNOWN.contains(&kind)
}

/// Longer than any identifier, type or version of Stripe's, and short enough for an index.
const LONGEST: usize = 128;

impl<'a> Event<'a> {
    /// Reads a snapshot event of our mode. Strict in what is used, and blind to everything else.
    pub(crate) fn parse(text: &'a str, is_live: bool) -> Result<Self, NoEvent> {
        let Ok(envelope) = serde_json::from_str::<Envelope<'a>>(text) else {
            let is_thin = serde_json::from_str::<Object<'a>>(text).is_ok_and(|any| any.object == THIN);
            return Err(if is_thin { NoEvent::Thin } else { NoEvent::Unreadable });
        };
        let is_event = envelope.object == "event"
            && envelope.id.strip_prefix("evt_").is_some_and(|rest| !rest.is_empty())
            && is_word(&envelope.id)
            && is_word(&envelope.kind)
            && envelope.created > 0;
        if !is_event {
            return Err(if envelope.object == THIN { NoEvent::Thin } else { NoEvent::Unreadable });
        }
        if envelope.livemode != is_live {
            return Err(NoEvent::OtherMode);
        }
        Ok(Self {
            id: envelope.id,
            kind: envelope.kind,
            created: envelope.created,
            api_version: envelope.api_version.filter(|version| is_word(version)),
            subject: envelope.data.object.id.filter(|id| is_word(id)),
        })
    }

    /// What it makes worth doing, and to what. All events of a thing mean the same, since none is believed; so do those
    /// that Stripe adds one day.
    pub(crate) fn work(&self) -> Option<(Kind, &str)> {
        let subject = self.subject.as_deref()?;
        let (thing, _) = self.kind.strip_prefix("financial_connections.")?.split_once('.')?;
        let (kind, is_one) = match thing {
            "account" => (Kind::Account, AccountId::try_from(subject).is_ok()),
            "authorization" => (Kind::Authorization, AuthorizationId::try_from(subject).is_ok()),
            "session" => (Kind::Session, SessionId::try_from(subject).is_ok()),
            _ => return None,
        };
        is_one.then_some((kind, subject))
    }
}

const THIN: &str = "v2.core.event";

/// Something that can be in a row, an index and a line of the log.
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

/// Not everything that Stripe tells of has an identifier: a balance has none.
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
