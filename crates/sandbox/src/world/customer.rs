//! The merchant's customers. Sessions and payment methods also accept unknown customer ids, so that the sandbox can
//! be tried with any id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::World;

/// Address fields by name.
pub(crate) type Address = BTreeMap<String, String>;

/// A customer, reduced to the fields that bank accounts need.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) profile: Profile,
    /// Unix seconds.
    pub(crate) created: i64,
    /// Deleted customers stay for their events.
    #[serde(default)]
    pub(crate) is_deleted: bool,
}

/// Customer fields that the merchant sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) address: Option<Address>,
    pub(crate) shipping: Option<Shipping>,
    /// `none`, `exempt` or `reverse`; `None` is the default, `none`.
    pub(crate) tax_exempt: Option<String>,
    pub(crate) preferred_locales: Vec<String>,
    pub(crate) default_payment_method: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Address and recipient of shipments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shipping {
    pub(crate) address: Address,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
}

impl World {
    /// Returns all customers that are not deleted, oldest first.
    pub(crate) fn customers(&self) -> impl DoubleEndedIterator<Item = &Customer> {
        self.customers.iter().filter(|customer| !customer.is_deleted)
    }

    pub(crate) fn customer(&self, id: &str) -> Option<&Customer> {
        self.customers().find(|customer| customer.id == id)
    }

    pub(crate) fn is_deleted_customer(&self, id: &str) -> bool {
        self.customers.iter().any(|customer| customer.id == id && customer.is_deleted)
    }

    /// Returns the customer that a snapshot was taken of, deleted or not.
    pub(crate) fn snapshot_customer(&self, id: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.id == id)
    }

    pub(crate) fn create_customer(&mut self, profile: Profile) -> &Customer {
        let id = self.ids.next("cus");
        self.customers.push_mut(Customer { id, profile, created: self.now, is_deleted: false })
    }

    /// Returns `None` if there is no such customer.
    pub(crate) fn update_customer(&mut self, id: &str, profile: Profile) -> Option<&Customer> {
        let mut customers = self.customers.iter_mut();
        let customer = customers.find(|customer| customer.id == id && !customer.is_deleted)?;
        customer.profile = profile;
        Some(customer)
    }

    /// Deletes a customer and detaches the payment methods; returns false if there is no such customer.
    pub(crate) fn delete_customer(&mut self, id: &str) -> bool {
        let attached: Vec<String> = self.payment_methods_of(id).iter().map(|one| one.id.clone()).collect();
        let mut customers = self.customers.iter_mut();
        let Some(customer) = customers.find(|customer| customer.id == id && !customer.is_deleted) else {
            return false;
        };
        customer.is_deleted = true;
        for method in attached {
            self.set_payment_method_customer(&method, None);
        }
        true
    }

    /// True if the payment method is attached to the customer, so it can be the customer's default.
    pub(crate) fn is_attached(&self, payment_method: &str, customer: &str) -> bool {
        let found = self.payment_method(payment_method);
        found.is_some_and(|found| found.customer.as_deref() == Some(customer))
    }
}
