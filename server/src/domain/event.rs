//! Stripe's events. An event is only a hint that an object should be read again.

use std::borrow::Cow;

use relink_protocol::{AccountId, AuthorizationId, HolderId, PaymentMethodId, SessionId, StripeAccountId};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::domain::job_kind::JobKind;
use crate::domain::stripe_accounts::{NotServed, StripeAccounts};

/// Envelope of an event. Only the object's identifier is used; the object itself is read from Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    /// `evt_…`, as Stripe writes it.
    id: Cow<'a, str>,
    /// Type of the event, such as `financial_connections.account.deactivated`.
    pub(crate) kind: Cow<'a, str>,
    /// Creation time by Stripe's clock, in seconds since 1970.
    pub(crate) created: i64,
    /// API version of the payload; `None` if Stripe does not say.
    pub(crate) api_version: Option<Cow<'a, str>>,
    /// Connected account that the object and the event belong to; `None` for those of the account that the server works for.
    stripe_account: Option<StripeAccountId>,
    /// Identifier of the object, if it has one, as Stripe writes it.
    subject: Option<Cow<'a, str>>,
    /// Last digits of a bank account's number, by which linked accounts are found.
    pub(crate) last4: Option<Cow<'a, str>>,
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
    /// Event of a Stripe account that this server does not work for, or test event of a connected account in live mode.
    OtherAccount,
}

/// Event types that this version knows. Events of other types are stored and counted, too.
const KNOWN: [&str; 17] = [
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
    PAYMENT_METHOD_UPDATED,
];

/// Stripe blocks or unblocks a bank account, or updates its number.
const PAYMENT_METHOD_UPDATED: &str = "payment_method.automatically_updated";

/// Stripe changes a bank account that is paid out to, for example because its number was deactivated. Matters to
/// merchants who pay out, and to nobody else.
const EXTERNAL_ACCOUNT_UPDATED: &str = "account.external_account.updated";

/// Stripe changes or deletes a customer. Matters where names of customers are stored; lost ones are made up for by reading
/// names again from time to time.
const CUSTOMER_CHANGED: [&str; 2] = ["customer.updated", "customer.deleted"];

/// Returns the types of events that every merchant needs.
pub(crate) fn known_types() -> impl Iterator<Item = &'static str> {
    KNOWN.into_iter()
}

/// Returns all types of events that this version acts on. Stripe lists at most 20 types at once.
pub(crate) fn effective_types() -> impl Iterator<Item = &'static str> {
    KNOWN.into_iter().chain([EXTERNAL_ACCOUNT_UPDATED])
}

/// True if this version knows the type of event.
pub(crate) fn is_known(kind: &str) -> bool {
    effective_types().chain(CUSTOMER_CHANGED).any(|known| known == kind)
}

/// Maximum length of an identifier, type or version; longer than any of Stripe's, and short enough for an index.
const LONGEST: usize = 128;

impl<'a> Event<'a> {
    /// Parses a snapshot event of this mode and of these accounts. Strict about the fields it uses; ignores all others.
    pub(crate) fn parse(text: &'a str, is_live: bool, accounts: &StripeAccounts) -> Result<Self, EventError> {
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
            // A destination in live mode gets the test events of connected accounts, too. Source:
            // <https://docs.stripe.com/connect/webhooks>.
            let is_expected = is_live && envelope.account.is_some() && *accounts != StripeAccounts::Own;
            return Err(if is_expected { EventError::OtherAccount } else { EventError::OtherMode });
        }
        // A connected account that is paid out to has this event, although the linked account is its platform's.
        let is_of_payee =
            envelope.kind == EXTERNAL_ACCOUNT_UPDATED && !matches!(accounts, StripeAccounts::Connected(_));
        let stripe_account = match accounts.qualifier(envelope.account.as_deref()) {
            Ok(qualifier) => qualifier,
            Err(NotServed) if is_of_payee => None,
            Err(NotServed) => return Err(EventError::OtherAccount),
        };
        Ok(Self {
            id: envelope.id,
            kind: envelope.kind,
            created: envelope.created,
            api_version: envelope.api_version.filter(|version| is_word(version)),
            stripe_account,
            subject: envelope.data.object.id.filter(|id| is_word(id)),
            last4: envelope.data.object.last4.and_then(digits),
        })
    }

    /// True if the payload may be stored. One about a customer holds more of them than is ever needed.
    pub(crate) fn may_be_stored(&self) -> bool {
        self.is_own() && !self.kind.starts_with("customer.")
    }

    /// True unless the event is of a connected account beside the one that the server works for.
    pub(crate) fn is_own(&self) -> bool {
        self.stripe_account.is_none()
    }

    /// Returns the identifier, qualified.
    pub(crate) fn id(&self) -> String {
        self.qualified(&self.id)
    }

    /// Returns the identifier of the object, qualified.
    pub(crate) fn subject(&self) -> Option<String> {
        self.subject.as_deref().map(|subject| self.qualified(subject))
    }

    fn qualified(&self, id: &str) -> String {
        self.stripe_account.as_ref().map_or_else(|| id.to_owned(), |account| account.qualified(id))
    }

    /// Returns the kind of job that the event causes, and its subject. All events about an object cause the same job,
    /// because their content is not used; so do event types that Stripe adds later.
    pub(crate) fn work(&self) -> Option<(JobKind, String)> {
        if self.kind == EXTERNAL_ACCOUNT_UPDATED {
            return Some((JobKind::LastDigits, self.last4.as_deref()?.to_owned()));
        }
        let qualified = self.subject()?;
        let subject = qualified.as_str();
        if self.kind == PAYMENT_METHOD_UPDATED {
            return PaymentMethodId::try_from(subject).is_ok().then_some((JobKind::PaymentMethod, qualified));
        }
        if CUSTOMER_CHANGED.contains(&self.kind.as_ref()) {
            return HolderId::try_from(subject).is_ok().then_some((JobKind::CustomerName, qualified));
        }
        let (thing, _) = self.kind.strip_prefix("financial_connections.")?.split_once('.')?;
        let (kind, is_one) = match thing {
            "account" => (JobKind::Account, AccountId::try_from(subject).is_ok()),
            "authorization" => (JobKind::Authorization, AuthorizationId::try_from(subject).is_ok()),
            "session" => (JobKind::Session, SessionId::try_from(subject).is_ok()),
            _ => return None,
        };
        is_one.then_some((kind, qualified))
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
    /// Connected account whose event it is.
    #[serde(borrow, default)]
    account: Option<Cow<'a, str>>,
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
    /// Of any type, because only bank accounts are known to have it as a text.
    #[serde(borrow, default)]
    last4: Option<LastDigits<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LastDigits<'a> {
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Other(IgnoredAny),
}

/// Returns the text if it could be the last digits of an account number.
fn digits(last4: LastDigits<'_>) -> Option<Cow<'_, str>> {
    let LastDigits::Text(text) = last4 else { return None };
    let is_short = (1..=MOST_DIGITS).contains(&text.len());
    (is_short && text.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(text)
}

/// Most of the last digits that a bank account shows.
const MOST_DIGITS: usize = 8;

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    object: Cow<'a, str>,
}

#[cfg(test)]
mod tests;
