//! Objects for paying from a newly linked account: a payment method, a setup intent that carries the mandate, and what
//! names the payment method as its default.

use serde::Deserialize;

use super::SetupIntentStatus;
use crate::{AccountId, CustomerId, PaymentMethodId, SetupIntentId};

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
    /// Settings for invoices. Absent for a deleted customer.
    #[serde(default)]
    pub invoice_settings: Option<InvoiceSettings>,
}

/// Part of a customer with the payment method that invoices are paid with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct InvoiceSettings {
    /// Identifier of the default payment method; of older integrations also that of a card or a source.
    #[serde(default)]
    pub default_payment_method: Option<String>,
}

/// `subscription`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subscription {
    /// `sub_…`
    pub id: String,
    /// Identifier of the payment method that its invoices are paid with; `None` leaves that to the customer's default.
    #[serde(default)]
    pub default_payment_method: Option<String>,
}

/// `payment_method`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PaymentMethod {
    /// `pm_…`
    pub id: PaymentMethodId,
    /// Bank account, for payment methods of that type.
    #[serde(default)]
    pub us_bank_account: Option<PaymentBankAccount>,
}

/// `payment_method.us_bank_account`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PaymentBankAccount {
    /// Linked account; `None` if the customer typed the numbers.
    #[serde(default)]
    pub financial_connections_account: Option<AccountId>,
}

/// `setup_intent`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SetupIntent {
    /// `seti_…`
    pub id: SetupIntentId,
    /// Succeeded once the payment method belongs to the customer and the mandate is accepted.
    pub status: SetupIntentStatus,
    /// Identifier of the mandate, `mandate_…`, once there is one.
    #[serde(default)]
    pub mandate: Option<String>,
}
