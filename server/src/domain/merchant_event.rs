//! Merchant events. Each change causes one, regardless of how many events Stripe sends.

use relink_protocol::Condition;

/// Kind of merchant event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MerchantEvent {
    /// The connection delivers no data, or can't be used for payments.
    ConnectionBroken,
    /// The connection works, but will expire.
    ConnectionExpiring,
    /// The connection works again, or no longer expires.
    ConnectionRepaired,
    /// A customer linked another account.
    AccountAdded,
    /// A customer's attempt failed.
    RelinkFailed,
}

impl MerchantEvent {
    /// Returns the event's type.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionBroken => "connection.broken",
            Self::ConnectionExpiring => "connection.expiring",
            Self::ConnectionRepaired => "connection.repaired",
            Self::AccountAdded => "account.added",
            Self::RelinkFailed => "relink.failed",
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
