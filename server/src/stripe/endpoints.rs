//! One function for each endpoint that relink needs.

use relink_protocol::stripe::{
    Account, Authorization, Feature, Institution, List, PaymentMethod, Session, SetupIntent,
};
use relink_protocol::{
    AccountId, AuthorizationId, HolderId, InstitutionId, PaymentMethodId, Qualify, SessionId, SetupIntentId,
    StripeAccountId,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::clock_skew::Dated;
use super::{Form, Operation, Stripe, StripeError};
use crate::domain::connection::Reading;
use crate::domain::event::effective_types;
use crate::domain::missed_events::EventQuery;

const ACCOUNTS: &str = "/v1/financial_connections/accounts";
const SESSIONS: &str = "/v1/financial_connections/sessions";
/// Most pages that are read, each of up to 100 items.
const MAX_PAGES: usize = 10;

/// An object of which only the identifier is parsed, as Stripe writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct IdOnly {
    pub(crate) id: String,
}

impl Qualify for IdOnly {
    fn qualify(&mut self, _: &StripeAccountId) {}
}

/// JSON as Stripe writes it. What is parsed from it has to be qualified.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Unqualified(pub(crate) Value);

impl Qualify for Unqualified {
    fn qualify(&mut self, _: &StripeAccountId) {}
}

/// An account, and all that Stripe returns for it.
#[derive(Clone, Debug)]
pub(crate) struct WholeAccount {
    pub(crate) account: Account,
    /// Stripe's JSON, with identifiers as Stripe writes them.
    pub(crate) json: Value,
}

impl Stripe {
    pub(crate) async fn account(&self, id: &AccountId) -> Result<Reading, StripeError> {
        let path = account_path(id);
        let Dated { value: account, as_of } =
            self.get_dated(Operation::RetrieveAccount, id.stripe_account(), &path, &[]).await?;
        Ok(Reading { account, as_of })
    }

    /// Returns the account with all fields that Stripe has.
    pub(crate) async fn whole_account(&self, id: &AccountId) -> Result<WholeAccount, StripeError> {
        let (of, path) = (id.stripe_account(), account_path(id));
        let Unqualified(json) = self.get(Operation::RetrieveAccount, of.clone(), &path, &[]).await?;
        let mut account = Account::deserialize(&json).map_err(|error| StripeError::unreadable(&error))?;
        if let Some(of) = of {
            account.qualify(&of);
        }
        Ok(WholeAccount { account, json })
    }

    /// Lists a page of the accounts of all holders at a connected account, or at the account that the server works for. Stripe
    /// does not document whether it lists them without a holder.
    pub(crate) async fn all_accounts(
        &self,
        stripe_account: Option<StripeAccountId>,
        after: Option<&str>,
    ) -> Result<Dated<List<Value>>, StripeError> {
        let mut query = vec![("limit", "100")];
        query.extend(after.map(|after| ("starting_after", after)));
        Ok(as_is(self.get_dated(Operation::ListAccounts, stripe_account, ACCOUNTS, &query).await?))
    }

    /// Lists every account that a session linked; the session itself has only the first page of them.
    pub(crate) async fn accounts_linked_in(
        &self,
        session: &SessionId,
    ) -> Result<Dated<Vec<Account>>, StripeError> {
        self.accounts(session.stripe_account(), "session", session.at_stripe()).await
    }

    /// Reads all pages.
    pub(super) async fn accounts(
        &self,
        stripe_account: Option<StripeAccountId>,
        filter: &str,
        value: &str,
    ) -> Result<Dated<Vec<Account>>, StripeError> {
        let (mut accounts, mut dates) = (Vec::<Account>::new(), Vec::new());
        for _ in 0..MAX_PAGES {
            let mut query = vec![(filter, value), ("limit", "100")];
            if let Some(last) = accounts.last() {
                query.push(("starting_after", last.id.at_stripe()));
            }
            let page: Dated<List<Account>> =
                self.get_dated(Operation::ListAccounts, stripe_account.clone(), ACCOUNTS, &query).await?;
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
        let path = format!("/v1/financial_connections/authorizations/{}", id.at_stripe());
        self.get(Operation::RetrieveAuthorization, id.stripe_account(), &path, &[]).await
    }

    /// Returns the bank, which is the same for all connected accounts. Only on preview versions.
    pub(crate) async fn institution(&self, id: &InstitutionId) -> Result<Institution, StripeError> {
        let path = format!("/v1/financial_connections/institutions/{id}");
        self.get(Operation::RetrieveInstitution, None, &path, &[]).await
    }

    /// Lists owners. `ownership` is the newest ownership object that the account names.
    pub(crate) async fn owners(
        &self,
        account: &AccountId,
        ownership: &str,
        page: &[(&str, &str)],
    ) -> Result<Value, StripeError> {
        let query = [&[("ownership", ownership)], page].concat();
        let path = format!("{}/owners", account_path(account));
        let Unqualified(list) =
            self.get(Operation::ListOwners, account.stripe_account(), &path, &query).await?;
        Ok(list)
    }

    pub(crate) async fn transactions(
        &self,
        account: &AccountId,
        page: &[(&str, &str)],
    ) -> Result<Value, StripeError> {
        let query = [&[("account", account.at_stripe())], page].concat();
        let (of, path) = (account.stripe_account(), "/v1/financial_connections/transactions");
        let Unqualified(list) = self.get(Operation::ListTransactions, of, path, &query).await?;
        Ok(list)
    }

    /// Lists a page of the events that matter here and were not delivered to some destination, newest first: those of a
    /// connected account, or of the account that the server works for. Of a connected account all are listed, because Stripe
    /// does not document whether its list knows of deliveries to its platform's destinations.
    pub(crate) async fn undelivered_events(
        &self,
        stripe_account: Option<StripeAccountId>,
        wanted: &EventQuery,
    ) -> Result<Dated<List<Value>>, StripeError> {
        let [since, until] = [wanted.since, wanted.until].map(|at| at.map(|at| at.to_string()));
        let mut query = vec![("limit", "100")];
        if stripe_account.is_none() && self.accounts.header().is_none() {
            query.push(("delivery_success", "false"));
        }
        query.extend(effective_types().map(|kind| ("types[]", kind)));
        query.extend(since.as_deref().map(|since| ("created[gte]", since)));
        query.extend(until.as_deref().map(|until| ("created[lte]", until)));
        query.extend(wanted.after.as_deref().map(|after| ("starting_after", after)));
        let list = self.get_dated(Operation::ListEvents, stripe_account, "/v1/events", &query).await?;
        Ok(as_is(list))
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
        let path = format!("{}/{action}", account_path(account));
        self.post(operation, account.stripe_account(), &path, &form, new_key()).await
    }

    pub(crate) async fn session(&self, id: &SessionId) -> Result<Dated<Session>, StripeError> {
        let path = format!("{SESSIONS}/{}", id.at_stripe());
        self.get_dated(Operation::RetrieveSession, id.stripe_account(), &path, &[]).await
    }

    /// Creates a session for an account of this customer. `key` is new for each attempt of the customer: with an old one,
    /// Stripe would return the old session.
    pub(crate) async fn create_session(
        &self,
        customer: &HolderId,
        form: &Form,
        key: String,
    ) -> Result<Session, StripeError> {
        self.post(Operation::CreateSession, customer.stripe_account(), SESSIONS, form, key).await
    }

    pub(crate) async fn payment_method(&self, id: &PaymentMethodId) -> Result<PaymentMethod, StripeError> {
        let path = format!("/v1/payment_methods/{}", id.at_stripe());
        self.get(Operation::RetrievePaymentMethod, id.stripe_account(), &path, &[]).await
    }

    /// Creates a payment method for this customer. With the key and form of an earlier call, Stripe returns the same one.
    pub(crate) async fn create_payment_method(
        &self,
        customer: &HolderId,
        form: &Form,
        key: String,
    ) -> Result<PaymentMethod, StripeError> {
        self.post(Operation::CreatePaymentMethod, customer.stripe_account(), "/v1/payment_methods", form, key)
            .await
    }

    /// Creates a setup intent of this customer. With the key and form of an earlier call, Stripe returns the same one.
    pub(crate) async fn create_setup_intent(
        &self,
        customer: &HolderId,
        form: &Form,
        key: String,
    ) -> Result<SetupIntent, StripeError> {
        self.post(Operation::CreateSetupIntent, customer.stripe_account(), "/v1/setup_intents", form, key)
            .await
    }

    pub(crate) async fn cancel_setup_intent(&self, id: &SetupIntentId) -> Result<SetupIntent, StripeError> {
        let path = format!("/v1/setup_intents/{}/cancel", id.at_stripe());
        self.post(Operation::CancelSetupIntent, id.stripe_account(), &path, &[], new_key()).await
    }

    /// Reads all pages of a list.
    pub(super) async fn all<T: DeserializeOwned + Qualify>(
        &self,
        (operation, stripe_account): (Operation, Option<StripeAccountId>),
        path: &str,
        filters: &[(&str, &str)],
        id: impl Fn(&T) -> &str + Sync,
    ) -> Result<Vec<T>, StripeError> {
        let mut items: Vec<T> = Vec::new();
        for _ in 0..MAX_PAGES {
            let after = items.last().map(|last| id(last).to_owned());
            let mut query = [filters, &[("limit", "100")]].concat();
            query.extend(after.as_deref().map(|after| ("starting_after", after)));
            let page: List<T> = self.get(operation, stripe_account.clone(), path, &query).await?;
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

/// Returns the items as Stripe writes them.
fn as_is(list: Dated<List<Unqualified>>) -> Dated<List<Value>> {
    let Dated { value: List { data, has_more }, as_of } = list;
    let data = data.into_iter().map(|Unqualified(item)| item).collect();
    Dated { value: List { data, has_more }, as_of }
}

fn account_path(id: &AccountId) -> String {
    format!("{ACCOUNTS}/{}", id.at_stripe())
}

/// Returns an idempotency key for a call that is repeated by this client only.
pub(super) fn new_key() -> String {
    crate::clock::new_id().to_string()
}
