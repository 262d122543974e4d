//! Payment methods of a customer and of subscriptions, and those that Stripe debits unless it is told otherwise.
//!
//! A customer account of Accounts v2 has its default in its configuration as a customer. Source:
//! <https://docs.stripe.com/api/v2/core/accounts/update>.

use relink_protocol::stripe::{Customer, PaymentMethod, Subscription};
use relink_protocol::{HolderId, HolderKind, PaymentMethodId, Qualify, StripeAccountId};
use serde::Deserialize;
use serde_json::json;

use super::endpoints::{IdOnly, new_key};
use super::{Body, Operation, Stripe, StripeError};

/// Fields of an account of Accounts v2 as a customer.
#[derive(Deserialize)]
struct CoreAccount {
    #[serde(default)]
    configuration: Option<Configuration>,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    customer: Option<CustomerConfiguration>,
}

#[derive(Deserialize)]
struct CustomerConfiguration {
    #[serde(default)]
    billing: Option<Billing>,
}

#[derive(Deserialize)]
struct Billing {
    #[serde(default)]
    default_payment_method: Option<String>,
}

impl CoreAccount {
    fn billing(&mut self) -> Option<&mut Billing> {
        self.configuration.as_mut()?.customer.as_mut()?.billing.as_mut()
    }
}

impl Qualify for CoreAccount {
    fn qualify(&mut self, account: &StripeAccountId) {
        if let Some(method) = self.billing().and_then(|billing| billing.default_payment_method.as_mut()) {
            *method = account.qualified(method);
        }
    }
}

impl Stripe {
    /// Returns the payment method that invoices of a customer or a customer account are paid with; `None` for a connected
    /// account, which is no customer.
    pub(crate) async fn default_of_customer(
        &self,
        customer: &HolderId,
    ) -> Result<Option<String>, StripeError> {
        let (of, path) = (customer.stripe_account(), path(customer));
        match customer.kind() {
            HolderKind::Customer => {
                let read: Customer = self.get(Operation::RetrieveCustomer, of, &path, &[]).await?;
                Ok(read.invoice_settings.and_then(|settings| settings.default_payment_method))
            }
            HolderKind::CustomerAccount => {
                let included = [("include[0]", "configuration.customer")];
                let mut read: CoreAccount = self.get(Operation::RetrieveHolder, of, &path, &included).await?;
                Ok(read.billing().and_then(|billing| billing.default_payment_method.take()))
            }
            HolderKind::ConnectedAccount => Ok(None),
        }
    }

    /// Lists the customer's payment methods that are bank accounts.
    pub(crate) async fn bank_payment_methods(
        &self,
        customer: &HolderId,
    ) -> Result<Vec<PaymentMethod>, StripeError> {
        let kind = ("type", "us_bank_account");
        let (path, filters) = match customer.kind() {
            HolderKind::Customer => (format!("{}/payment_methods", path(customer)), vec![kind]),
            HolderKind::ConnectedAccount | HolderKind::CustomerAccount => {
                ("/v1/payment_methods".to_owned(), vec![of_holder(customer), kind])
            }
        };
        let operation = (Operation::ListPaymentMethods, customer.stripe_account());
        self.all(operation, &path, &filters, |one: &PaymentMethod| one.id.at_stripe()).await
    }

    /// Lists the customer's subscriptions that are not canceled.
    pub(crate) async fn subscriptions(&self, customer: &HolderId) -> Result<Vec<Subscription>, StripeError> {
        let filter = [of_holder(customer)];
        let operation = (Operation::ListSubscriptions, customer.stripe_account());
        self.all(operation, "/v1/subscriptions", &filter, |one: &Subscription| one.id.as_str()).await
    }

    /// Makes the payment method the one that invoices of a customer or a customer account are paid with.
    pub(crate) async fn set_default_of_customer(
        &self,
        customer: &HolderId,
        method: &PaymentMethodId,
    ) -> Result<IdOnly, StripeError> {
        let (of, path, method) = (customer.stripe_account(), path(customer), method.at_stripe());
        if customer.kind() == HolderKind::Customer {
            let form = [("invoice_settings[default_payment_method]", method.to_owned())];
            return self.post(Operation::UpdateCustomer, of, &path, &form, new_key()).await;
        }
        let json = json!({"configuration": {"customer": {"billing": {"default_payment_method": method}}}});
        self.post_body(Operation::UpdateHolder, of, &path, Body::Json(&json), new_key()).await
    }

    /// Makes the payment method the one that the subscription's invoices are paid with.
    pub(crate) async fn set_default_of_subscription(
        &self,
        subscription: &str,
        method: &PaymentMethodId,
    ) -> Result<IdOnly, StripeError> {
        let form = [("default_payment_method", method.at_stripe().to_owned())];
        let (of, path) = (method.stripe_account(), format!("/v1/subscriptions/{subscription}"));
        self.post(Operation::UpdateSubscription, of, &path, &form, new_key()).await
    }
}

/// Returns the parameter that narrows a list to this customer: `customer` or `customer_account`.
fn of_holder(customer: &HolderId) -> (&'static str, &str) {
    (customer.kind().as_str(), customer.at_stripe())
}

/// Returns the path of the object that has the default.
fn path(customer: &HolderId) -> String {
    let id = customer.at_stripe();
    match customer.kind() {
        HolderKind::Customer => format!("/v1/customers/{id}"),
        HolderKind::ConnectedAccount | HolderKind::CustomerAccount => format!("/v2/core/accounts/{id}"),
    }
}
