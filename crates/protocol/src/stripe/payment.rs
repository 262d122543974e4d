//! Objects for paying from a newly linked account: a payment method, a setup intent that carries the mandate, and what
//! names the payment method as its default.

use serde::Deserialize;

use super::{BlockReason, PaymentBlock, SetupIntentStatus};
use crate::{AccountId, CustomerId, PaymentMethodId, SetupIntentId, StripeAccountId};

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
    /// Languages that the customer prefers, the preferred one first.
    #[serde(default)]
    pub preferred_locales: Option<Vec<String>>,
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
    /// Customer whom it belongs to; `None` before and after that.
    #[serde(default)]
    pub customer: Option<CustomerId>,
    /// Customer account that it belongs to, instead of a customer.
    #[serde(default)]
    pub customer_account: Option<StripeAccountId>,
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
    /// Usability for payments.
    #[serde(default)]
    pub status_details: Option<BankAccountDetails>,
}

/// `payment_method.us_bank_account.status_details`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct BankAccountDetails {
    /// Set if Stripe no longer debits the bank account.
    #[serde(default)]
    pub blocked: Option<BlockedDetails>,
}

/// `payment_method.us_bank_account.status_details.blocked`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BlockedDetails {
    /// Return code of the ACH network.
    #[serde(default)]
    pub network_code: Option<String>,
    /// Reason of the block.
    #[serde(default)]
    pub reason: Option<BlockReason>,
}

impl PaymentMethod {
    /// Returns the block of its bank account. A payment method that belongs to nobody is not debited, so a block of it
    /// means nothing.
    pub fn block(&self) -> Option<PaymentBlock> {
        if self.customer.is_none() && self.customer_account.is_none() {
            return None;
        }
        let blocked = self.us_bank_account.as_ref()?.status_details.as_ref()?.blocked.as_ref()?;
        let reason = blocked.reason.clone().unwrap_or_else(|| BlockReason::Other(String::new()));
        let (payment_method, network_code) = (self.id.clone(), blocked.network_code.clone());
        Some(PaymentBlock { payment_method, reason, network_code })
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_block_counts_only_for_a_payment_method_that_belongs_to_somebody() {
        for (owner, expected) in [
            (json!({ "customer": "cus_1" }), true),
            (json!({ "customer_account": "acct_1" }), true),
            (json!({ "customer": "cus_1", "customer_account": "acct_1" }), true),
            (json!({}), false),
        ] {
            let mut method = json!({
                "id": "pm_1",
                "us_bank_account": { "status_details": { "blocked": { "network_code": "R03" } } },
            });
            method.as_object_mut().unwrap().extend(owner.as_object().unwrap().clone());
            let method: PaymentMethod = serde_json::from_value(method).unwrap();
            let block = method.block().map(|block| (block.network_code, block.reason));
            let blocked = (Some("R03".to_owned()), BlockReason::Other(String::new()));
            assert_eq!(block, expected.then_some(blocked), "{owner}");
        }
    }
}
