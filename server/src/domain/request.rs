//! A relink request: what a customer is asked, and how far that is.

use jiff::Timestamp;
use relink_protocol::{AccountId, CustomerId, SessionId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::eligible::Reason;
use super::language::Language;

/// How the customer hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Delivery {
    /// The merchant gets a link and hands it on.
    Link,
    /// We send a mail with the link.
    Email,
    /// The merchant gets a link to a page of Stripe's.
    StripeLink,
    /// Stripe sends the mail.
    StripeEmail,
}

impl Delivery {
    /// Whether the customer gets a mail, of which there is one in 48 hours.
    pub(crate) fn is_mail(self) -> bool {
        matches!(self, Self::Email | Self::StripeEmail)
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It is there; nobody was told of it by us. A link that the merchant hands on stays so until it is opened.
    Created,
    /// The mail was taken by the merchant's mail server, or by Stripe.
    Sent,
    /// Somebody, or a program that looks at mails, has opened the link.
    Opened,
    /// The account works again.
    Completed,
    /// The mail was refused, or Stripe says that the customer failed.
    Failed,
    /// Nobody came in time.
    Expired,
    /// The merchant took it back.
    Cancelled,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send,
    Open,
    Complete,
    Fail,
    Expire,
    Cancel,
}

impl State {
    /// As it is stored and told.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Sent => "sent",
            Self::Opened => "opened",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing can happen to it any more.
    pub(crate) fn is_end(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Expired | Self::Cancelled)
    }

    /// Where a step leads; `None` where it changes nothing.
    pub(crate) fn after(self, step: Step) -> Option<Self> {
        if self.is_end() {
            return None;
        }
        match step {
            // A mail can be opened before the mail server's last word has come back.
            Step::Send => (self == Self::Created).then_some(Self::Sent),
            Step::Open => (self != Self::Opened).then_some(Self::Opened),
            Step::Complete => Some(Self::Completed),
            Step::Fail => Some(Self::Failed),
            Step::Expire => Some(Self::Expired),
            Step::Cancel => Some(Self::Cancelled),
        }
    }

    /// The type of the message that tells the merchant.
    pub(crate) fn message_type(self) -> String {
        format!("relink_request.{}", self.as_str())
    }
}

/// One request, as it is kept. Where it leads is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) account: AccountId,
    pub(crate) customer: CustomerId,
    pub(crate) delivery: Delivery,
    pub(crate) language: Language,
    pub(crate) return_url: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) reason: Reason,
    pub(crate) is_automatic: bool,
    pub(crate) state: State,
    pub(crate) session: Option<SessionId>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) opened_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) failure: Option<String>,
}

impl Request {
    /// The request after a step at that time; `None` where the step changes nothing.
    pub(crate) fn after(&self, step: Step, failure: Option<&str>, now: Timestamp) -> Option<Self> {
        let state = self.state.after(step)?;
        Some(Self {
            state,
            sent_at: self.sent_at.or((state == State::Sent).then_some(now)),
            opened_at: self.opened_at.or((state == State::Opened).then_some(now)),
            ended_at: state.is_end().then_some(now),
            failure: failure.map(str::to_owned),
            ..self.clone()
        })
    }

    /// Whether a relink may be begun with it.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        !self.state.is_end() && now < self.expires_at
    }

    /// As the merchant's back end reads it, in answers and messages. The address of the mail is not in it: the merchant
    /// knows it, and messages travel far.
    pub(crate) fn told(&self) -> Value {
        let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        json!({
            "object": "relink_request",
            "id": self.id,
            "account": self.account,
            "customer": self.customer,
            "delivery": self.delivery,
            "locale": self.language.code(),
            "return_url": self.return_url,
            "reason": self.reason,
            "automatic": self.is_automatic,
            "state": self.state,
            "created_at": self.created_at.as_second(),
            "expires_at": self.expires_at.as_second(),
            "sent_at": second(self.sent_at),
            "opened_at": second(self.opened_at),
            "ended_at": second(self.ended_at),
            "failure": self.failure,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
