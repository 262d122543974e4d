//! Rule by which a new payment method becomes the default: where a payment method of the replaced account is the default,
//! and nowhere else.
//!
//! Stripe debits `subscription.default_payment_method` or, if that is empty, the customer's
//! `invoice_settings.default_payment_method`; a payment method that is only attached is not used.

use relink_protocol::stripe::{PaymentMethod, Subscription};
use relink_protocol::{AccountId, PaymentMethodId, SessionId};

/// Object at Stripe that names a default payment method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Payer {
    /// The customer, for all invoices without a payment method of their own.
    Customer,
    /// A subscription, by its identifier.
    Subscription(String),
}

impl Payer {
    /// Returns the identifier of a subscription.
    pub(crate) fn subscription(&self) -> Option<&str> {
        match self {
            Self::Customer => None,
            Self::Subscription(id) => Some(id),
        }
    }
}

/// Objects whose default is or was a payment method of the replaced account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DefaultPlan {
    /// Objects to change.
    pub(crate) outdated: Vec<Payer>,
    /// Objects that name the new payment method already, because an earlier run or the merchant has changed them.
    pub(crate) current: Vec<Payer>,
}

/// Decides which objects are to name the new payment method.
pub(crate) fn plan(
    default_of_customer: Option<&str>,
    subscriptions: &[Subscription],
    methods: &[PaymentMethod],
    replaced: &AccountId,
    new: &PaymentMethodId,
) -> DefaultPlan {
    let is_of_replaced = |id: &str| {
        let method = methods.iter().find(|method| method.id.as_str() == id && method.id != *new);
        let bank_account = method.and_then(|method| method.us_bank_account.as_ref());
        bank_account.is_some_and(|bank| bank.financial_connections_account.as_ref() == Some(replaced))
    };
    let of_customer = default_of_customer.map(|id| (Payer::Customer, id));
    let of_subscriptions = subscriptions.iter().filter_map(|one| {
        Some((Payer::Subscription(one.id.clone()), one.default_payment_method.as_deref()?))
    });
    let mut plan = DefaultPlan::default();
    for (payer, id) in of_customer.into_iter().chain(of_subscriptions) {
        if id == new.as_str() {
            plan.current.push(payer);
        } else if is_of_replaced(id) {
            plan.outdated.push(payer);
        }
    }
    plan
}

/// Returns the subject of the job for the payment method of this attempt and account.
pub(crate) fn job_subject(session: &SessionId, account: &AccountId) -> String {
    format!("{session} {account}")
}

/// Parses the subject of a job.
pub(crate) fn parse_job_subject(subject: &str) -> Option<(SessionId, AccountId)> {
    let (session, account) = subject.split_once(' ')?;
    Some((session.parse().ok()?, account.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn method(id: &str, account: Option<&str>) -> PaymentMethod {
        let bank = json!({"financial_connections_account": account});
        serde_json::from_value(json!({"id": id, "us_bank_account": bank})).unwrap()
    }

    fn subscription(id: &str, default: Option<&str>) -> Subscription {
        Subscription { id: id.to_owned(), default_payment_method: default.map(str::to_owned) }
    }

    fn planned(customer: Option<&str>, subscriptions: &[Subscription]) -> DefaultPlan {
        let methods = [
            method("pm_old", Some("fca_old")),
            method("pm_older", Some("fca_old")),
            method("pm_other", Some("fca_other")),
            method("pm_typed", None),
            method("pm_new", Some("fca_new")),
        ];
        let (replaced, new) = ("fca_old".parse().unwrap(), "pm_new".parse().unwrap());
        plan(customer, subscriptions, &methods, &replaced, &new)
    }

    #[test]
    fn only_defaults_of_the_replaced_account_are_changed() {
        let of = |id: &str| Payer::Subscription(id.to_owned());
        let subscriptions = [
            subscription("sub_1", Some("pm_older")),
            subscription("sub_2", Some("pm_other")),
            subscription("sub_3", None),
            subscription("sub_4", Some("pm_typed")),
            subscription("sub_5", Some("card_1")),
            subscription("sub_6", Some("pm_new")),
        ];
        let decided = planned(Some("pm_old"), &subscriptions);
        assert_eq!(decided.outdated, [Payer::Customer, of("sub_1")]);
        assert_eq!(decided.current, [of("sub_6")]);
        assert_eq!(planned(None, &[]), DefaultPlan::default());
        assert_eq!(planned(Some("pm_gone"), &[]), DefaultPlan::default());
    }

    #[test]
    fn a_job_names_the_attempt_and_the_account() {
        let (session, account) = ("fcsess_1".parse().unwrap(), "fca_2".parse().unwrap());
        assert_eq!(parse_job_subject(&job_subject(&session, &account)), Some((session, account)));
        for broken in ["", "fcsess_1", "fca_2 fcsess_1", "fcsess_1 pm_1"] {
            assert_eq!(parse_job_subject(broken), None, "{broken}");
        }
    }

    proptest! {
        /// After the changes of a plan, a second plan has nothing to change, and names every object of the first.
        #[test]
        fn a_plan_that_was_carried_out_leaves_nothing(
            customer in proptest::option::of(0..5_usize),
            defaults in proptest::collection::vec(proptest::option::of(0..5_usize), 0..6),
        ) {
            let ids = ["pm_old", "pm_older", "pm_other", "pm_typed", "pm_new"];
            let mut customer = customer.and_then(|at| ids.get(at)).copied();
            let mut subscriptions: Vec<_> = defaults
                .iter()
                .enumerate()
                .map(|(at, default)| {
                    subscription(&format!("sub_{at}"), default.and_then(|at| ids.get(at)).copied())
                })
                .collect();
            let first = planned(customer, &subscriptions);
            for payer in &first.outdated {
                match payer {
                    Payer::Customer => customer = Some("pm_new"),
                    Payer::Subscription(id) => {
                        let one = subscriptions.iter_mut().find(|one| one.id == *id).unwrap();
                        one.default_payment_method = Some("pm_new".to_owned());
                    }
                }
            }
            let second = planned(customer, &subscriptions);
            prop_assert!(second.outdated.is_empty());
            for payer in first.outdated.iter().chain(&first.current) {
                prop_assert!(second.current.contains(payer));
            }
        }
    }
}
