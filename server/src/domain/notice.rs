//! What the merchant is told, and when: once for each change, not once for each event.

use relink_protocol::Condition;

/// One thing to tell the merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// No data comes, or no money can move.
    ConnectionBroken,
    /// It works, but is going to end.
    ConnectionExpiring,
    /// It works again, or will go on working.
    ConnectionRepaired,
    /// A customer has linked another account.
    AccountAdded,
    /// A customer has tried, and it did not help.
    RelinkFailed,
}

impl Notice {
    /// The type in the message.
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

/// What a condition makes worth telling to a merchant who was `told` this, and what they are told then.
pub(crate) fn notice(told: Option<&str>, condition: &Condition) -> (Option<Notice>, String) {
    let tells = match condition {
        Condition::Healthy => "healthy".to_owned(),
        // Another date is news: it may be sooner.
        Condition::Expiring { on } => on.map_or("expiring".to_owned(), |on| format!("expiring {on}")),
        Condition::NumberExpired | Condition::Broken { .. } => "broken".to_owned(),
        // From repairable to not is news: somebody has to do something else.
        Condition::Unrepairable { .. } => "unrepairable".to_owned(),
        Condition::Disconnected => "disconnected".to_owned(),
        // Nothing is known, so what was said last stands.
        Condition::Unrecognized => told.unwrap_or("unrecognized").to_owned(),
    };
    let is_news = told != Some(tells.as_str());
    let news = match condition {
        Condition::Healthy => told.filter(|told| *told != "unrecognized").map(|_| Notice::ConnectionRepaired),
        Condition::Expiring { .. } => Some(Notice::ConnectionExpiring),
        Condition::NumberExpired | Condition::Broken { .. } | Condition::Unrepairable { .. } => {
            Some(Notice::ConnectionBroken)
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
            (soon(7), Some(Notice::ConnectionExpiring)),
            (soon(7), None),
            (soon(5), Some(Notice::ConnectionExpiring)),
            (Condition::Unrecognized, None),
            (soon(5), None),
            (broken.clone(), Some(Notice::ConnectionBroken)),
            (Condition::NumberExpired, None),
            (unrepairable.clone(), Some(Notice::ConnectionBroken)),
            (unrepairable, None),
            (Condition::Healthy, Some(Notice::ConnectionRepaired)),
            (Condition::Healthy, None),
            (Condition::Disconnected, None),
            (Condition::Disconnected, None),
            (Condition::Healthy, Some(Notice::ConnectionRepaired)),
        ] {
            let (notice, tells) = notice(told.as_deref(), &condition);
            assert_eq!(notice, expected, "{told:?} {condition:?}");
            told = Some(tells);
        }
        assert_eq!(notice(Some("unrecognized"), &Condition::Healthy).0, None);
    }
}
