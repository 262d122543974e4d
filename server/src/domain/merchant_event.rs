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
    /// A customer linked the account again under another identifier.
    #[strum(serialize = "connection.replaced")]
    ConnectionReplaced,
    /// A customer linked another account.
    #[strum(serialize = "account.added")]
    AccountAdded,
    /// A customer's attempt failed.
    #[strum(serialize = "relink.failed")]
    RelinkFailed,
    /// A customer agreed to pay from another account, and Stripe created the payment method.
    #[strum(serialize = "payment_method.created")]
    PaymentMethodCreated,
    /// A customer agreed to pay from another account, and Stripe created no payment method.
    #[strum(serialize = "payment_method.failed")]
    PaymentMethodFailed,
    /// Stripe no longer debits the account's payment method.
    #[strum(serialize = "payment_method.blocked")]
    PaymentMethodBlocked,
    /// Stripe debits the account's payment method again.
    #[strum(serialize = "payment_method.unblocked")]
    PaymentMethodUnblocked,
    /// Relink made a new payment method the default where that of the replaced account was.
    #[strum(serialize = "payment_method.made_default")]
    PaymentMethodMadeDefault,
    /// Relink was set to make a new payment method the default, and Stripe refused.
    #[strum(serialize = "payment_method.default_failed")]
    PaymentMethodDefaultFailed,
    /// A connected account agreed to be paid out to another account, and it is an external account now.
    #[strum(serialize = "external_account.created")]
    ExternalAccountCreated,
    /// A connected account agreed to be paid out to another account, and Stripe refused that.
    #[strum(serialize = "external_account.failed")]
    ExternalAccountFailed,
    /// A bank is down or unwell for what the merchant needs.
    #[strum(serialize = "institution.trouble")]
    InstitutionTrouble,
    /// A bank that was in trouble works again.
    #[strum(serialize = "institution.recovered")]
    InstitutionRecovered,
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
