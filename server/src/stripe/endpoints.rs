//! One function for each endpoint that relink needs.

use relink_protocol::stripe::{
    Account, Authorization, Feature, Institution, List, PaymentMethod, Session, SetupIntent, Subscription,
};
use relink_protocol::{
    AccountId, AuthorizationId, CustomerId, InstitutionId, PaymentMethodId, SessionId, SetupIntentId,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::clock_skew::Dated;
use super::{Form, Operation, Stripe, StripeError};
use crate::domain::connection::Reading;
use crate::domain::event::effective_types;
use crate::domain::missed_events::EventQuery;

/// Most pages that are read, each of up to 100 items.
const MAX_PAGES: usize = 10;

/// An object of which only the identifier is parsed.
#[derive(Debug, Deserialize)]
pub(crate) struct IdOnly {
    pub(crate) id: String,
}

impl Stripe {
    pub(crate) async fn account(&self, id: &AccountId) -> Result<Reading, StripeError> {
        let Dated { value: account, as_of } = self
            .get_dated(Operation::RetrieveAccount, &format!("/v1/financial_connections/accounts/{id}"), &[])
            .await?;
        Ok(Reading { account, as_of })
    }

    /// Returns the account as Stripe's JSON, with all fields.
    pub(crate) async fn account_json(&self, id: &AccountId) -> Result<Value, StripeError> {
        self.get(Operation::RetrieveAccount, &format!("/v1/financial_connections/accounts/{id}"), &[]).await
    }

    /// Lists a page of the accounts of all holders. Stripe does not document whether it lists them without a holder.
    pub(crate) async fn all_accounts(&self, after: Option<&str>) -> Result<Dated<List<Value>>, StripeError> {
        let mut query = vec![("limit", "100")];
        query.extend(after.map(|after| ("starting_after", after)));
        self.get_dated(Operation::ListAccounts, "/v1/financial_connections/accounts", &query).await
    }

    /// Lists every account that a session linked; the session itself has only the first page of them.
    pub(crate) async fn accounts_linked_in(
        &self,
        session: &SessionId,
    ) -> Result<Dated<Vec<Account>>, StripeError> {
        self.accounts("session", session.as_str()).await
    }

    /// Reads all pages.
    pub(super) async fn accounts(
        &self,
        filter: &str,
        value: &str,
    ) -> Result<Dated<Vec<Account>>, StripeError> {
        let (mut accounts, mut dates) = (Vec::<Account>::new(), Vec::new());
        for _ in 0..MAX_PAGES {
            let mut query = vec![(filter, value), ("limit", "100")];
            if let Some(last) = accounts.last() {
                query.push(("starting_after", last.id.as_str()));
            }
            let page: Dated<List<Account>> =
                self.get_dated(Operation::ListAccounts, "/v1/financial_connections/accounts", &query).await?;
            dates.push(page.as_of);
            let page = page.value;
            let is_last = !page.has_more || page.data.is_empty();
            accounts.extend(page.data);
            if is_last {
                break;
            }
        }
        // The list is as old as its oldest page.
        let as_of = dates.iter().copied().min().unwrap_or_default();
        if dates.len() == MAX_PAGES && accounts.len() >= MAX_PAGES * 100 {
            tracing::warn!(value, "there are {} accounts or more; the others are not seen", accounts.len());
        }
        Ok(Dated { value: accounts, as_of })
    }

    pub(crate) async fn authorization(&self, id: &AuthorizationId) -> Result<Authorization, StripeError> {
        self.get(
            Operation::RetrieveAuthorization,
            &format!("/v1/financial_connections/authorizations/{id}"),
            &[],
        )
        .await
    }

    /// Returns the bank. Only on preview versions.
    pub(crate) async fn institution(&self, id: &InstitutionId) -> Result<Institution, StripeError> {
        self.get(Operation::RetrieveInstitution, &format!("/v1/financial_connections/institutions/{id}"), &[])
            .await
    }

    /// Lists owners. `ownership` is the newest ownership object that the account names.
    pub(crate) async fn owners(
        &self,
        account: &AccountId,
        ownership: &str,
        page: &[(&str, &str)],
    ) -> Result<Value, StripeError> {
        let query = [&[("ownership", ownership)], page].concat();
        self.get(
            Operation::ListOwners,
            &format!("/v1/financial_connections/accounts/{account}/owners"),
            &query,
        )
        .await
    }

    pub(crate) async fn transactions(
        &self,
        account: &AccountId,
        page: &[(&str, &str)],
    ) -> Result<Value, StripeError> {
        let query = [&[("account", account.as_str())], page].concat();
        self.get(Operation::ListTransactions, "/v1/financial_connections/transactions", &query).await
    }

    /// Lists a page of the events that matter here and were not delivered to some destination, newest first. Of a connected
    /// account all are listed: Stripe does not document whether its list knows of deliveries to its platform's destinations.
    pub(crate) async fn undelivered_events(
        &self,
        wanted: &EventQuery,
    ) -> Result<Dated<List<Value>>, StripeError> {
        let [since, until] = [wanted.since, wanted.until].map(|at| at.map(|at| at.to_string()));
        let mut query = vec![("limit", "100")];
        if self.account.is_none() {
            query.push(("delivery_success", "false"));
        }
        query.extend(effective_types().map(|kind| ("types[]", kind)));
        query.extend(since.as_deref().map(|since| ("created[gte]", since)));
        query.extend(until.as_deref().map(|until| ("created[lte]", until)));
        query.extend(wanted.after.as_deref().map(|after| ("starting_after", after)));
        self.get_dated(Operation::ListEvents, "/v1/events", &query).await
    }

    /// Asks Stripe to fetch data of an account once.
    pub(crate) async fn refresh(
        &self,
        account: &AccountId,
        feature: &Feature,
    ) -> Result<Account, StripeError> {
        self.with_feature(account, (Operation::RefreshAccount, "refresh"), feature).await
    }

    /// Asks Stripe to keep data of an account up to date.
    pub(crate) async fn subscribe(
        &self,
        account: &AccountId,
        feature: &Feature,
    ) -> Result<Account, StripeError> {
        self.with_feature(account, (Operation::SubscribeAccount, "subscribe"), feature).await
    }

    async fn with_feature(
        &self,
        account: &AccountId,
        (operation, action): (Operation, &str),
        feature: &Feature,
    ) -> Result<Account, StripeError> {
        let form = [("features[]", feature.as_str().to_owned())];
        let path = format!("/v1/financial_connections/accounts/{account}/{action}");
        self.post(operation, &path, &form, crate::clock::new_id().to_string()).await
    }

    pub(crate) async fn session(&self, id: &SessionId) -> Result<Dated<Session>, StripeError> {
        self.get_dated(Operation::RetrieveSession, &format!("/v1/financial_connections/sessions/{id}"), &[])
            .await
    }

    /// Creates a session. `key` is new for each attempt of the customer: with an old one, Stripe would return the old
    /// session.
    pub(crate) async fn create_session(&self, form: &Form, key: String) -> Result<Session, StripeError> {
        self.post(Operation::CreateSession, "/v1/financial_connections/sessions", form, key).await
    }

    pub(crate) async fn payment_method(&self, id: &PaymentMethodId) -> Result<PaymentMethod, StripeError> {
        self.get(Operation::RetrievePaymentMethod, &format!("/v1/payment_methods/{id}"), &[]).await
    }

    /// Creates a payment method. With the key and form of an earlier call, Stripe returns the same one.
    pub(crate) async fn create_payment_method(
        &self,
        form: &Form,
        key: String,
    ) -> Result<PaymentMethod, StripeError> {
        self.post(Operation::CreatePaymentMethod, "/v1/payment_methods", form, key).await
    }

    /// Creates a setup intent. With the key and form of an earlier call, Stripe returns the same one.
    pub(crate) async fn create_setup_intent(
        &self,
        form: &Form,
        key: String,
    ) -> Result<SetupIntent, StripeError> {
        self.post(Operation::CreateSetupIntent, "/v1/setup_intents", form, key).await
    }

    pub(crate) async fn cancel_setup_intent(&self, id: &SetupIntentId) -> Result<SetupIntent, StripeError> {
        self.post(
            Operation::CancelSetupIntent,
            &format!("/v1/setup_intents/{id}/cancel"),
            &[],
            crate::clock::new_id().to_string(),
        )
        .await
    }

    /// Lists the customer's payment methods that are bank accounts.
    pub(crate) async fn bank_payment_methods(
        &self,
        customer: &CustomerId,
    ) -> Result<Vec<PaymentMethod>, StripeError> {
        let path = format!("/v1/customers/{customer}/payment_methods");
        self.all(
            Operation::ListPaymentMethods,
            &path,
            &[("type", "us_bank_account")],
            |one: &PaymentMethod| one.id.as_str(),
        )
        .await
    }

    /// Lists the customer's subscriptions that are not canceled.
    pub(crate) async fn subscriptions(
        &self,
        customer: &CustomerId,
    ) -> Result<Vec<Subscription>, StripeError> {
        let of_customer = [("customer", customer.as_str())];
        self.all(Operation::ListSubscriptions, "/v1/subscriptions", &of_customer, |one: &Subscription| {
            one.id.as_str()
        })
        .await
    }

    /// Makes the payment method the one that the customer's invoices are paid with.
    pub(crate) async fn set_default_of_customer(
        &self,
        customer: &CustomerId,
        method: &PaymentMethodId,
    ) -> Result<IdOnly, StripeError> {
        let form = [("invoice_settings[default_payment_method]", method.to_string())];
        self.post(
            Operation::UpdateCustomer,
            &format!("/v1/customers/{customer}"),
            &form,
            crate::clock::new_id().to_string(),
        )
        .await
    }

    /// Makes the payment method the one that the subscription's invoices are paid with.
    pub(crate) async fn set_default_of_subscription(
        &self,
        subscription: &str,
        method: &PaymentMethodId,
    ) -> Result<IdOnly, StripeError> {
        let form = [("default_payment_method", method.to_string())];
        self.post(
            Operation::UpdateSubscription,
            &format!("/v1/subscriptions/{subscription}"),
            &form,
            crate::clock::new_id().to_string(),
        )
        .await
    }

    /// Reads all pages of a list.
    async fn all<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &str,
        filters: &[(&str, &str)],
        id: impl Fn(&T) -> &str + Sync,
    ) -> Result<Vec<T>, StripeError> {
        let mut items: Vec<T> = Vec::new();
        for _ in 0..MAX_PAGES {
            let after = items.last().map(|last| id(last).to_owned());
            let mut query = [filters, &[("limit", "100")]].concat();
            query.extend(after.as_deref().map(|after| ("starting_after", after)));
            let page: List<T> = self.get(operation, path, &query).await?;
            let is_last = !page.has_more || page.data.is_empty();
            items.extend(page.data);
            if is_last {
                return Ok(items);
            }
        }
        tracing::warn!(path, "there are {} items or more; the others are not seen", items.len());
        Ok(items)
    }
}
