//! Relink requests and their states.

use jiff::Timestamp;
use relink_protocol::{AccountId, HolderId, SessionId};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use utoipa::ToSchema;

use super::eligible::Reason;
use super::language::Language;

/// Channel by which the customer gets the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Delivery {
    /// The merchant gets a link and passes it on.
    Link,
    /// This server emails the link.
    Email,
    /// The merchant gets a link to a page at Stripe.
    StripeLink,
    /// Stripe emails the link.
    StripeEmail,
}

impl Delivery {
    /// True if the customer gets to a page of Stripe's.
    pub(crate) fn is_hosted(self) -> bool {
        matches!(self, Self::StripeLink | Self::StripeEmail)
    }

    /// True if the customer gets an email, which is limited to one in 48 hours.
    pub(crate) fn is_mail(self) -> bool {
        matches!(self, Self::Email | Self::StripeEmail)
    }
}

/// State of a relink request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = RelinkRequestState)]
pub(crate) enum State {
    /// Created, but not sent. A link that the merchant passes on stays in this state until it is opened.
    Created,
    /// The email was accepted by the merchant's mail server, or by Stripe.
    Sent,
    /// The link was opened, by the customer or by a mail scanner.
    Opened,
    /// The account works again.
    Completed,
    /// The email was refused, or Stripe reports that the customer's attempt failed.
    Failed,
    /// The request expired before the account worked again.
    Expired,
    /// The merchant cancelled it.
    Cancelled,
}

/// Step that may change the state.
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
    /// Returns the name in the database and the API.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }

    /// True if the state is final.
    pub(crate) fn is_end(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Expired | Self::Cancelled)
    }

    /// Returns the state after a step; `None` if the step changes nothing.
    pub(crate) fn after(self, step: Step) -> Option<Self> {
        if self.is_end() {
            return None;
        }
        match step {
            // An email may be opened before the mail server's response arrives.
            Step::Send => (self == Self::Created).then_some(Self::Sent),
            Step::Open => (self != Self::Opened).then_some(Self::Opened),
            Step::Complete => Some(Self::Completed),
            Step::Fail => Some(Self::Failed),
            Step::Expire => Some(Self::Expired),
            Step::Cancel => Some(Self::Cancelled),
        }
    }
}

/// Relink request as stored, without its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) account: AccountId,
    pub(crate) customer: HolderId,
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
    /// First attempt at the bank while the request was open.
    pub(crate) began_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) failure: Option<String>,
}

impl Request {
    /// Returns the request after a step at that time; `None` if the step changes nothing.
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

    /// True if a relink may be started with it.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        !self.state.is_end() && now < self.expires_at
    }

    /// Returns the request as the API and webhooks represent it. The email address is left out: the merchant knows it,
    /// and webhooks may be logged or forwarded.
    pub(crate) fn told(&self) -> RequestBody {
        let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        RequestBody {
            object: "relink_request",
            id: self.id.clone(),
            account: self.account.clone(),
            customer: self.customer.clone(),
            delivery: self.delivery,
            locale: self.language.code(),
            return_url: self.return_url.clone(),
            reason: self.reason,
            automatic: self.is_automatic,
            state: self.state,
            created_at: self.created_at.as_second(),
            expires_at: self.expires_at.as_second(),
            sent_at: second(self.sent_at),
            opened_at: second(self.opened_at),
            ended_at: second(self.ended_at),
            failure: self.failure.clone(),
        }
    }
}

/// Relink request as the API and webhooks represent it. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RelinkRequestBody)]
pub(crate) struct RequestBody {
    #[schema(example = "relink_request")]
    object: &'static str,
    #[schema(example = "rlr_019acb5e7d2a7c339b1f3e2f4a5b6c7d")]
    id: String,
    account: AccountId,
    customer: HolderId,
    delivery: Delivery,
    /// Language of the email and the page.
    #[schema(example = "en")]
    locale: &'static str,
    return_url: Option<String>,
    /// Reason for which the account is eligible.
    reason: Reason,
    /// True if the server created it, as a reminder.
    automatic: bool,
    state: State,
    created_at: i64,
    expires_at: i64,
    sent_at: Option<i64>,
    opened_at: Option<i64>,
    ended_at: Option<i64>,
    /// Reason of a failure.
    failure: Option<String>,
}

#[cfg(test)]
pub(crate) mod tests;
