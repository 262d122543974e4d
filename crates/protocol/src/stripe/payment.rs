//! Objects for paying from a newly linked account: a payment method, and a setup intent that carries the mandate.

use serde::Deserialize;

use super::SetupIntentStatus;
use crate::{CustomerId, PaymentMethodId, SetupIntentId};

/// `customer`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Customer {
    /// `cus_…`
    pub id: CustomerId,
    /// Billing name of payment methods.
    pub name: Option<String>,
    /// Email address.
    #[serde(default)]
    pub email: Option<String>,
    /// True for a deleted customer, which Stripe still returns.
    #[serde(default)]
    pub deleted: bool,
}

/// `payment_method`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PaymentMethod {
    /// `pm_…`
    pub id: PaymentMethodId,
}

/// `setup_intent`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SetupIntent {
    /// `seti_…`
    pub id: SetupIntentId,
    /// Succeeded once the payment method belongs to the customer and the mandate is accepted.
    pub status: SetupIntentStatus,
}
