//! Subscriptions, reduced to what pays for them. The sandbox makes no invoices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::World;

/// A subscription of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) customer: String,
    /// Id of the price of its only item.
    pub(crate) price: String,
    pub(crate) params: SubscriptionParams,
    /// Unix seconds.
    pub(crate) created: i64,
    /// Unix seconds; `None` unless it was canceled.
    pub(crate) canceled_at: Option<i64>,
}

/// Fields that can be updated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SubscriptionParams {
    pub(crate) default_payment_method: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl World {
    pub(crate) fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    pub(crate) fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.iter().find(|one| one.id == id)
    }

    pub(crate) fn create_subscription(
        &mut self,
        customer: &str,
        price: &str,
        params: SubscriptionParams,
    ) -> &Subscription {
        self.subscriptions.push_mut(Subscription {
            id: self.ids.next("sub"),
            customer: customer.to_owned(),
            price: price.to_owned(),
            params,
            created: self.now,
            canceled_at: None,
        })
    }

    /// Returns false if there is no such subscription, or if it was canceled.
    pub(crate) fn update_subscription(&mut self, id: &str, params: SubscriptionParams) -> bool {
        let found = self.subscriptions.iter_mut().find(|one| one.id == id && one.canceled_at.is_none());
        found.map(|found| found.params = params).is_some()
    }

    /// Returns false if there is no such subscription, or if it was canceled before.
    pub(crate) fn cancel_subscription(&mut self, id: &str) -> bool {
        let now = self.now;
        let found = self.subscriptions.iter_mut().find(|one| one.id == id && one.canceled_at.is_none());
        found.map(|found| found.canceled_at = Some(now)).is_some()
    }

    /// Cancels all subscriptions of a customer who is deleted.
    pub(super) fn cancel_subscriptions_of(&mut self, customer: &str) {
        let now = self.now;
        for one in self.subscriptions.iter_mut().filter(|one| one.customer == customer) {
            one.canceled_at = one.canceled_at.or(Some(now));
        }
    }
}
