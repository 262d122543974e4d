//! Payment methods, made from linked bank accounts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Account, World,
    account::Status,
    number::{AccountNumber, NumberStatus},
    payment_block::PaymentBlock,
    typed_account::TypedAccount,
};

/// A payment method of type `us_bank_account`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PaymentMethod {
    pub(crate) id: String,
    /// Id of the Financial Connections account; empty if the bank account was typed in.
    pub(crate) account: String,
    #[serde(default)]
    pub(crate) typed: Option<TypedAccount>,
    #[serde(with = "super::enum_text")]
    pub(crate) holder_type: super::enum_text::EnumText,
    pub(crate) billing: Billing,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) customer: Option<String>,
    /// Set if Stripe no longer debits the bank account.
    #[serde(default)]
    pub(crate) block: Option<PaymentBlock>,
    /// Unix seconds.
    pub(crate) created: i64,
}

/// Billing details of a payment method.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Billing {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    /// Address fields by name.
    pub(crate) address: BTreeMap<String, String>,
}

/// Bank account of a new payment method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BankSource {
    /// A Financial Connections account, by its id.
    Linked(String),
    /// An account whose numbers were typed in.
    Typed(TypedAccount),
}

/// Reason why an account can't become a payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unpayable {
    /// No account has this id.
    Missing,
    /// The account is not active.
    Inactive,
    /// The account lacks the permission `payment_method`.
    NotPermitted,
    /// The kind of account does not support payments.
    UnsupportedAccount,
    /// Its account numbers are pending.
    NumbersPending,
    /// All of its account numbers are expired or deactivated.
    NoUsableNumbers,
}

impl World {
    pub(crate) fn payment_methods(&self) -> &[PaymentMethod] {
        &self.payment_methods
    }

    pub(crate) fn payment_method(&self, id: &str) -> Option<&PaymentMethod> {
        self.payment_methods.iter().find(|method| method.id == id)
    }

    /// Returns the customer's payment methods, newest first, as in a list.
    pub(crate) fn payment_methods_of(&self, customer: &str) -> Vec<&PaymentMethod> {
        let of_customer = |method: &&PaymentMethod| method.customer.as_deref() == Some(customer);
        self.payment_methods.iter().rev().filter(of_customer).collect()
    }

    pub(crate) fn create_payment_method(
        &mut self,
        source: BankSource,
        holder_type: &'static str,
        billing: Billing,
        metadata: BTreeMap<String, String>,
    ) -> Result<&PaymentMethod, Unpayable> {
        let (account, typed) = match source {
            BankSource::Linked(account) => (self.check_payable(&account)?.id.clone(), None),
            BankSource::Typed(typed) => (String::new(), Some(typed)),
        };
        Ok(self.payment_methods.push_mut(PaymentMethod {
            id: self.ids.next("pm"),
            account,
            typed,
            holder_type,
            billing,
            metadata,
            customer: None,
            block: None,
            created: self.now,
        }))
    }

    /// Replaces a payment method that exists.
    pub(crate) fn update_payment_method(&mut self, changed: PaymentMethod) {
        if let Some(known) = self.payment_methods.iter_mut().find(|method| method.id == changed.id) {
            *known = changed;
        }
    }

    /// Returns the types of payment method that the account supports.
    pub(crate) fn payment_method_types(&self, account: &Account) -> Vec<&'static str> {
        let is_payable = self.institution(&account.institution).is_none_or(super::Institution::is_payable);
        let usual = matches!(account.subcategory, "checking" | "savings") && is_payable;
        if account.is_payable.unwrap_or(usual) { vec!["us_bank_account"] } else { Vec::new() }
    }

    /// Checks that money can be moved with a payment method.
    pub(super) fn check_method(&self, method: &PaymentMethod) -> Result<(), Unpayable> {
        if method.typed.is_some() { Ok(()) } else { self.check_payable(&method.account).map(|_| ()) }
    }

    /// Returns the account if money can be moved with it, or the reason why not.
    pub(crate) fn check_payable(&self, id: &str) -> Result<&Account, Unpayable> {
        let account = self.account(id).ok_or(Unpayable::Missing)?;
        if !matches!(account.status, Status::Active(_)) {
            return Err(Unpayable::Inactive);
        }
        if self.payment_method_types(account).is_empty() {
            return Err(Unpayable::UnsupportedAccount);
        }
        if !account.has_permission("payment_method") {
            return Err(Unpayable::NotPermitted);
        }
        let has = |status| account.numbers.iter().any(|number: &AccountNumber| number.status == status);
        match (has(NumberStatus::Transactable), has(NumberStatus::Pending)) {
            (true, _) => Ok(account),
            (false, true) => Err(Unpayable::NumbersPending),
            (false, false) => Err(Unpayable::NoUsableNumbers),
        }
    }

    /// Attaches the payment method to a customer. `None` detaches it and removes it from all customers' defaults.
    pub(crate) fn set_payment_method_customer(
        &mut self,
        id: &str,
        customer: Option<&str>,
    ) -> Option<&PaymentMethod> {
        if customer.is_none() {
            for one in &mut self.customers {
                one.profile.default_payment_method.take_if(|method| method == id);
            }
        }
        let method = self.payment_methods.iter_mut().find(|method| method.id == id)?;
        method.customer = customer.map(str::to_owned);
        Some(method)
    }
}
