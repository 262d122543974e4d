//! The merchant's customers. Sessions and payment methods also accept unknown customer ids, so that the sandbox can
//! be tried with any id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::World;

/// A customer, reduced to the fields that bank accounts need.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) profile: Profile,
    /// Unix seconds.
    pub(crate) created: i64,
}

/// Customer fields that the merchant sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) default_payment_method: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl World {
    pub(crate) fn customers(&self) -> &[Customer] {
        &self.customers
    }

    pub(crate) fn customer(&self, id: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.id == id)
    }

    pub(crate) fn create_customer(&mut self, profile: Profile) -> &Customer {
        let id = self.ids.next("cus");
        self.customers.push_mut(Customer { id, profile, created: self.now })
    }

    /// Returns `None` if there is no such customer.
    pub(crate) fn update_customer(&mut self, id: &str, profile: Profile) -> Option<&Customer> {
        let customer = self.customers.iter_mut().find(|customer| customer.id == id)?;
        customer.profile = profile;
        Some(customer)
    }

    /// True if the payment method is attached to the customer, so it can be the customer's default.
    pub(crate) fn is_attached(&self, payment_method: &str, customer: &str) -> bool {
        let found = self.payment_method(payment_method);
        found.is_some_and(|found| found.customer.as_deref() == Some(customer))
    }
}
