//! What paying from a newly linked account needs: a payment method, and a setup intent that carries the mandate.

use serde::Deserialize;

use super::SetupIntentStatus;
use crate::{CustomerId, PaymentMethodId, SetupIntentId};

/// `customer`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Customer {
    /// `cus_…`
    pub id: CustomerId,
    /// In whose name a payment method is made.
    pub name: Option<String>,
    /// Where mails reach them.
    #[serde(default)]
    pub email: Option<String>,
    /// Stripe answers for a deleted customer too.
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
    /// Succeeded when the payment method is the customer's and the mandate is given.
    pub status: SetupIntentStatus,
}
