//! Result of a relink request: the furthest stage that the customer has reached, and the way in which it ended.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

use super::relink_request::{Request, State};

/// Result of the latest request about an account.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub(crate) enum RequestResult {
    /// No request was ever made.
    NeverAsked,
    /// Created; the email has not been sent, or the merchant passes the link on.
    Waiting,
    /// The mail server accepted the email; nobody has opened the link.
    Delivered,
    /// The link was opened; no attempt was begun.
    Opened,
    /// The customer began at the bank; the account does not work yet.
    Began,
    /// The account works again.
    Repaired,
    Failed,
    Expired,
    Cancelled,
}

impl RequestResult {
    /// Returns the result of an account's latest request, if there is one.
    pub(crate) fn of(latest: Option<&Request>) -> Self {
        let Some(request) = latest else { return Self::NeverAsked };
        match request.state {
            State::Completed => Self::Repaired,
            State::Failed => Self::Failed,
            State::Expired => Self::Expired,
            State::Cancelled => Self::Cancelled,
            State::Created | State::Sent | State::Opened if request.began_at.is_some() => Self::Began,
            State::Created => Self::Waiting,
            State::Sent => Self::Delivered,
            State::Opened => Self::Opened,
        }
    }

    /// Returns the states of requests with this result, and whether an attempt must have begun; `None` if that makes
    /// no difference. No state stands for no request.
    pub(crate) fn states(self) -> (&'static [State], Option<bool>) {
        match self {
            Self::NeverAsked => (&[], None),
            Self::Waiting => (&[State::Created], Some(false)),
            Self::Delivered => (&[State::Sent], Some(false)),
            Self::Opened => (&[State::Opened], Some(false)),
            Self::Began => (&[State::Created, State::Sent, State::Opened], Some(true)),
            Self::Repaired => (&[State::Completed], None),
            Self::Failed => (&[State::Failed], None),
            Self::Expired => (&[State::Expired], None),
            Self::Cancelled => (&[State::Cancelled], None),
        }
    }

    /// Returns the name in addresses and forms.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Stage on the way from the request to the repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter)]
pub(crate) enum Stage {
    Asked,
    Delivered,
    Opened,
    Began,
    Repaired,
}

impl Stage {
    /// Returns the furthest stage of a request that was sent, opened or begun.
    pub(crate) fn furthest(is_sent: bool, is_opened: bool, has_begun: bool) -> Self {
        if has_begun {
            Self::Began
        } else if is_opened {
            Self::Opened
        } else if is_sent {
            Self::Delivered
        } else {
            Self::Asked
        }
    }
}

/// Requests with the same progress, as the database counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestGroup {
    pub(crate) state: State,
    /// Furthest stage before the repair that has a time.
    pub(crate) furthest: Stage,
    /// True if the link was opened, whether or not the customer has come further.
    pub(crate) is_opened: bool,
    /// True if a server was killed while it sent the email, so that nobody knows whether it was sent.
    pub(crate) is_mail_lost: bool,
    /// Reason of a failure.
    pub(crate) failure: Option<String>,
    /// Outcome of the customer's last attempt.
    pub(crate) outcome: Option<String>,
    pub(crate) requests: i64,
}

impl RequestGroup {
    /// Returns the furthest stage. A later stage includes the earlier ones: a customer who has repaired the account
    /// without opening the link has come further than one who opened it.
    pub(crate) fn stage(&self) -> Stage {
        if self.state == State::Completed { Stage::Repaired } else { self.furthest }
    }

    /// Returns why the customer has come no further; `None` for a repaired account.
    fn obstacle(&self) -> Option<Obstacle> {
        let stage = self.stage();
        match self.state {
            State::Completed => None,
            State::Failed => Some(Obstacle::Failed(self.failure.clone().unwrap_or_default())),
            State::Cancelled => Some(Obstacle::Cancelled),
            State::Created | State::Sent | State::Opened | State::Expired if stage == Stage::Began => {
                Some(Obstacle::Attempt(self.outcome.clone()))
            }
            State::Expired => Some(Obstacle::Expired),
            State::Created if self.is_mail_lost => Some(Obstacle::MailLost),
            State::Created | State::Sent | State::Opened => Some(Obstacle::NotYet),
        }
    }
}

/// Reason for which a customer has not come further.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Obstacle {
    /// The request is open; the next stage may still come.
    NotYet,
    /// The request expired.
    Expired,
    Cancelled,
    /// It is unknown whether the email was sent.
    MailLost,
    /// The email was refused, or Stripe reports a failure; in this server's words.
    Failed(String),
    /// Outcome of the last attempt; `None` if it is not decided, or was deleted after its retention period.
    Attempt(Option<String>),
}

/// Funnel of some requests: the number that reached each stage, and the reasons of the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Funnel {
    groups: Vec<RequestGroup>,
}

impl Funnel {
    pub(crate) fn new(groups: Vec<RequestGroup>) -> Self {
        Self { groups }
    }

    /// Returns the number of requests that came at least to this stage.
    pub(crate) fn reached(&self, stage: Stage) -> i64 {
        self.sum(|group| group.stage() >= stage)
    }

    /// Returns the number of repairs by customers who never opened the link.
    pub(crate) fn repaired_without_link(&self) -> i64 {
        self.sum(|group| group.state == State::Completed && !group.is_opened)
    }

    /// Returns the requests that ended or wait at each stage, by reason; the most frequent first within a stage.
    pub(crate) fn rest(&self) -> Vec<(Stage, Obstacle, i64)> {
        let mut rest: Vec<(Stage, Obstacle, i64)> = Vec::new();
        for group in &self.groups {
            let Some(obstacle) = group.obstacle() else { continue };
            let stage = group.stage();
            match rest.iter_mut().find(|(a_stage, other, _)| (*a_stage, other) == (stage, &obstacle)) {
                Some((_, _, requests)) => *requests += group.requests,
                None => rest.push((stage, obstacle, group.requests)),
            }
        }
        rest.sort_by(|one, other| (one.0, -one.2, &one.1).cmp(&(other.0, -other.2, &other.1)));
        rest
    }

    fn sum(&self, is_meant: impl Fn(&RequestGroup) -> bool) -> i64 {
        self.groups.iter().filter(|group| is_meant(group)).map(|group| group.requests).sum()
    }
}

#[cfg(test)]
mod tests;
