//! Merchant events. Each change causes one, regardless of how many events Stripe sends.

use relink_protocol::Condition;
use strum::{IntoStaticStr, VariantArray};

use super::relink_request::State;

/// Kind of merchant event. [`MerchantEvent::as_str`] is the `type` of the webhook; docs/webhooks.md lists all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
pub(crate) enum MerchantEvent {
    /// The connection delivers no data, or can't be used for payments.
    #[strum(serialize = "connection.broken")]
    ConnectionBroken,
    /// The connection works, but will expire.
    #[strum(serialize = "connection.expiring")]
    ConnectionExpiring,
    /// The connection works again, or no longer expires.
    #[strum(serialize = "connection.repaired")]
    ConnectionRepaired,
    /// A customer linked another account.
    #[strum(serialize = "account.added")]
    AccountAdded,
    /// A customer's attempt failed.
    #[strum(serialize = "relink.failed")]
    RelinkFailed,
    /// A relink request was created.
    #[strum(serialize = "relink_request.created")]
    RequestCreated,
    /// The email of a relink request was sent.
    #[strum(serialize = "relink_request.sent")]
    RequestSent,
    /// The link of a relink request was opened.
    #[strum(serialize = "relink_request.opened")]
    RequestOpened,
    /// The account of a relink request works again.
    #[strum(serialize = "relink_request.completed")]
    RequestCompleted,
    /// A relink request failed.
    #[strum(serialize = "relink_request.failed")]
    RequestFailed,
    /// A relink request expired.
    #[strum(serialize = "relink_request.expired")]
    RequestExpired,
    /// A relink request was cancelled.
    #[strum(serialize = "relink_request.cancelled")]
    RequestCancelled,
}

impl MerchantEvent {
    /// Returns the event's type.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Event about a relink request that has reached this state.
impl From<State> for MerchantEvent {
    fn from(state: State) -> Self {
        match state {
            State::Created => Self::RequestCreated,
            State::Sent => Self::RequestSent,
            State::Opened => Self::RequestOpened,
            State::Completed => Self::RequestCompleted,
            State::Failed => Self::RequestFailed,
            State::Expired => Self::RequestExpired,
            State::Cancelled => Self::RequestCancelled,
        }
    }
}

/// Returns the event that a condition causes, if any, after the merchant was last sent
/// `told`, and the new value of `told`.
pub(crate) fn notice(told: Option<&str>, condition: &Condition) -> (Option<MerchantEvent>, String) {
    let tells = match condition {
        Condition::Healthy => "healthy".to_owned(),
        // Another date is reported, because it may be sooner.
        Condition::Expiring { on } => on.map_or("expiring".to_owned(), |on| format!("expiring {on}")),
        Condition::NumberExpired | Condition::Broken { .. } => "broken".to_owned(),
        // The change from repairable to unrepairable is reported, because another action is needed.
        Condition::Unrepairable { .. } => "unrepairable".to_owned(),
        Condition::Disconnected => "disconnected".to_owned(),
        // The condition is unknown, so the last report stands.
        Condition::Unrecognized => told.unwrap_or("unrecognized").to_owned(),
    };
    let is_news = told != Some(tells.as_str());
    let news = match condition {
        Condition::Healthy => {
            told.filter(|told| *told != "unrecognized").map(|_| MerchantEvent::ConnectionRepaired)
        }
        Condition::Expiring { .. } => Some(MerchantEvent::ConnectionExpiring),
        Condition::NumberExpired | Condition::Broken { .. } | Condition::Unrepairable { .. } => {
            Some(MerchantEvent::ConnectionBroken)
        }
        Condition::Disconnected | Condition::Unrecognized => None,
    };
    (news.filter(|_| is_news), tells)
}

#[cfg(test)]
mod tests {
    use relink_protocol::stripe::Cause;

    use super::*;

    #[test]
    fn every_event_is_documented() {
        let page = include_str!("../../../docs/webhooks.md");
        for event in MerchantEvent::VARIANTS {
            let name = format!("`{}`", event.as_str());
            assert!(page.contains(&name), "docs/webhooks.md has no {name}");
        }
    }

    #[test]
    fn a_merchant_is_told_of_each_change_once() {
        let cause = Cause::AccessExpired;
        let broken = Condition::Broken { cause: cause.clone() };
        let unrepairable = Condition::Unrepairable { cause };
        let soon = |on| Condition::Expiring { on: Some(on) };
        let mut told = None;
        for (condition, expected) in [
            (Condition::Healthy, None),
            (soon(7), Some(MerchantEvent::ConnectionExpiring)),
            (soon(7), None),
            (soon(5), Some(MerchantEvent::ConnectionExpiring)),
            (Condition::Unrecognized, None),
            (soon(5), None),
            (broken.clone(), Some(MerchantEvent::ConnectionBroken)),
            (Condition::NumberExpired, None),
            (unrepairable.clone(), Some(MerchantEvent::ConnectionBroken)),
            (unrepairable, None),
            (Condition::Healthy, Some(MerchantEvent::ConnectionRepaired)),
            (Condition::Healthy, None),
            (Condition::Disconnected, None),
            (Condition::Disconnected, None),
            (Condition::Healthy, Some(MerchantEvent::ConnectionRepaired)),
        ] {
            let (notice, tells) = notice(told.as_deref(), &condition);
            assert_eq!(notice, expected, "{told:?} {condition:?}");
            told = Some(tells);
        }
        assert_eq!(notice(Some("unrecognized"), &Condition::Healthy).0, None);
    }
}
