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
    /// A customer linked the account again under another identifier.
    ConnectionReplaced,
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
            Self::ConnectionReplaced => "connection.replaced",
            Self::AccountAdded => "account.added",
            Self::RelinkFailed => "relink.failed",
        }
    }
}

/// State of an account that another one has replaced, as it is stored and reported.
pub(crate) const REPLACED: &str = "replaced";

/// Returns the events that a condition causes after the merchant was last sent `told`, and the new value of `told`.
pub(crate) fn notice(told: Option<&str>, condition: &Condition) -> (Vec<MerchantEvent>, String) {
    let tells = match condition {
        Condition::Healthy => "healthy".to_owned(),
        // Another date is reported, because it may be sooner.
        Condition::Expiring { on } => on.map_or("expiring".to_owned(), |on| format!("{EXPIRING}{on}")),
        Condition::NumberExpired | Condition::Broken { .. } => "broken".to_owned(),
        Condition::NumberPending => "number_pending".to_owned(),
        // The change from repairable to unrepairable is reported, because another action is needed.
        Condition::Unrepairable { .. } => "unrepairable".to_owned(),
        Condition::Disconnected => "disconnected".to_owned(),
        // The condition is unknown, so the last report stands.
        Condition::Unrecognized => told.unwrap_or("unrecognized").to_owned(),
    };
    if told == Some(tells.as_str()) {
        return (Vec::new(), tells);
    }
    let news = match condition {
        Condition::Healthy if told.is_some_and(|told| told != "unrecognized") => {
            vec![MerchantEvent::ConnectionRepaired]
        }
        // A bank whose consent recurs sets the next end at once.
        Condition::Expiring { on } if told.is_some_and(|told| works_again(told, *on)) => {
            vec![MerchantEvent::ConnectionRepaired, MerchantEvent::ConnectionExpiring]
        }
        Condition::Expiring { .. } => vec![MerchantEvent::ConnectionExpiring],
        Condition::NumberExpired | Condition::Broken { .. } | Condition::Unrepairable { .. } => {
            vec![MerchantEvent::ConnectionBroken]
        }
        // A number on its way needs nobody; the merchant is told when it can be used.
        Condition::Healthy | Condition::NumberPending | Condition::Disconnected | Condition::Unrecognized => {
            Vec::new()
        }
    };
    (news, tells)
}

const EXPIRING: &str = "expiring ";

/// True if a connection that ends then has been repaired since the merchant was sent `told`: it did not work, or it ended
/// earlier.
fn works_again(told: &str, on: Option<i64>) -> bool {
    match told {
        "healthy" | "unrecognized" | "expiring" => false,
        _ => match told.strip_prefix(EXPIRING) {
            Some(end) => end.parse::<i64>().is_ok_and(|end| on.is_some_and(|on| on > end)),
            None => true,
        },
    }
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
        let (repaired, expiring) = (MerchantEvent::ConnectionRepaired, MerchantEvent::ConnectionExpiring);
        for (condition, expected) in [
            (Condition::Healthy, vec![]),
            (soon(7), vec![expiring]),
            (soon(7), vec![]),
            (soon(5), vec![expiring]),
            (Condition::Unrecognized, vec![]),
            (soon(5), vec![]),
            (soon(7), vec![repaired, expiring]),
            (broken.clone(), vec![MerchantEvent::ConnectionBroken]),
            (Condition::NumberExpired, vec![]),
            (unrepairable.clone(), vec![MerchantEvent::ConnectionBroken]),
            (unrepairable, vec![]),
            (Condition::Healthy, vec![repaired]),
            (Condition::Healthy, vec![]),
            (Condition::Disconnected, vec![]),
            (Condition::Disconnected, vec![]),
            (Condition::Healthy, vec![repaired]),
            (Condition::NumberPending, vec![]),
            (Condition::NumberPending, vec![]),
            (soon(7), vec![repaired, expiring]),
            (Condition::Healthy, vec![repaired]),
        ] {
            let (notices, tells) = notice(told.as_deref(), &condition);
            assert_eq!(notices, expected, "{told:?} {condition:?}");
            told = Some(tells);
        }
        assert_eq!(notice(Some("unrecognized"), &Condition::Healthy).0, []);
        assert_eq!(notice(Some(REPLACED), &Condition::Healthy).0, [repaired]);
        assert_eq!(notice(Some(REPLACED), &soon(7)).0, [repaired, expiring]);
    }
}
