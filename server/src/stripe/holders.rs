//! Account holders at Stripe: customers, connected accounts and customer accounts.

use relink_protocol::stripe::{Account, Customer, List};
use relink_protocol::{HolderId, HolderKind, Qualify, StripeAccountId};
use serde::Deserialize;

use super::clock_skew::Dated;
use super::endpoints::IdOnly;
use super::{Form, Operation, Stripe, StripeError};
use crate::domain::stripe_accounts::{ConnectedAccounts, StripeAccounts};

/// Connected accounts of the settings that are returned at once, as many as Stripe lists.
const LISTED_AT_ONCE: usize = 100;

/// Kind of account holder that Stripe lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holders {
    Customers,
    /// Persons and companies whom a platform pays out to (Connect).
    ConnectedAccounts,
}

/// Details by which a holder is addressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    /// Languages that the holder prefers, the preferred one first. Stripe has none of an account.
    pub(crate) preferred_locales: Vec<String>,
}

/// Fields of a connected account. Source: <https://docs.stripe.com/api/accounts/object>.
#[derive(Deserialize)]
struct ConnectedAccount {
    #[serde(default)]
    business_profile: Option<BusinessProfile>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    settings: Option<AccountSettings>,
}

/// Fields of the business that customers see.
#[derive(Deserialize)]
struct BusinessProfile {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct AccountSettings {
    #[serde(default)]
    dashboard: Option<DashboardSettings>,
}

#[derive(Deserialize)]
struct DashboardSettings {
    #[serde(default)]
    display_name: Option<String>,
}

impl ConnectedAccount {
    /// Returns the name of the business: the one for its customers, or else the one in its dashboard.
    fn business_name(self) -> Option<String> {
        let is_name = |name: &String| !name.trim().is_empty();
        let public = self.business_profile.and_then(|profile| profile.name).filter(is_name);
        let dashboard = self.settings.and_then(|settings| settings.dashboard);
        public.or(dashboard.and_then(|dashboard| dashboard.display_name).filter(is_name))
    }
}

/// Fields of an account of Accounts v2. Source: <https://docs.stripe.com/api/v2/core/accounts/object>.
#[derive(Deserialize)]
struct CoreAccount {
    #[serde(default)]
    contact_email: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
}

impl Qualify for ConnectedAccount {
    fn qualify(&mut self, _: &StripeAccountId) {}
}

impl Qualify for CoreAccount {
    fn qualify(&mut self, _: &StripeAccountId) {}
}

impl Stripe {
    /// Lists every account that the customer holds.
    pub(crate) async fn accounts_of(&self, holder: &HolderId) -> Result<Dated<Vec<Account>>, StripeError> {
        let filter = format!("account_holder[{}]", holder.kind().as_str());
        self.accounts(holder.stripe_account(), &filter, holder.at_stripe()).await
    }

    /// Lists a page of holders at a connected account, or at the account that the server works for: as many as are then read
    /// concurrently.
    pub(crate) async fn holders(
        &self,
        stripe_account: Option<StripeAccountId>,
        kind: Holders,
        after: Option<&str>,
    ) -> Result<List<IdOnly>, StripeError> {
        let (operation, path) = match kind {
            Holders::Customers => (Operation::ListCustomers, "/v1/customers"),
            Holders::ConnectedAccounts => (Operation::ListConnectedAccounts, "/v1/accounts"),
        };
        let mut query = vec![("limit", "10")];
        query.extend(after.map(|after| ("starting_after", after)));
        self.get(operation, stripe_account, path, &query).await
    }

    /// Lists a page of the connected accounts that the server works for: those of the settings, or all that Stripe lists. They
    /// are in the order of their identifiers or in Stripe's.
    pub(crate) async fn stripe_accounts(
        &self,
        after: Option<&str>,
    ) -> Result<List<StripeAccountId>, StripeError> {
        match &self.accounts {
            StripeAccounts::Own | StripeAccounts::Connected(_) => {
                Ok(List { data: Vec::new(), has_more: false })
            }
            StripeAccounts::Platform(ConnectedAccounts::Listed(listed)) => {
                let is_next = |id: &&StripeAccountId| after.is_none_or(|after| id.as_str() > after);
                let mut next = listed.iter().filter(is_next).cloned();
                let data = next.by_ref().take(LISTED_AT_ONCE).collect();
                Ok(List { data, has_more: next.next().is_some() })
            }
            StripeAccounts::Platform(ConnectedAccounts::All) => {
                let mut query = vec![("limit", "100")];
                query.extend(after.map(|after| ("starting_after", after)));
                let List { data, has_more }: List<IdOnly> =
                    self.get(Operation::ListConnectedAccounts, None, "/v1/accounts", &query).await?;
                let ids = data.into_iter().map(|one| StripeAccountId::try_from(one.id));
                let data: Result<_, _> = ids.collect();
                Ok(List { data: data.map_err(|error| StripeError::Unreadable(error.to_string()))?, has_more })
            }
        }
    }

    /// Returns the name and the address of a holder. `None` if Stripe no longer has them: a deleted customer, or an account
    /// that is not connected any more, for which Stripe answers 403 `account_invalid`.
    pub(crate) async fn contact(&self, holder: &HolderId) -> Result<Option<Contact>, StripeError> {
        match self.contact_at_stripe(holder).await {
            Err(StripeError::NotFound(_)) => Ok(None),
            Err(error @ StripeError::KeyRefused(_)) if error.is_of_connected_account() => Ok(None),
            read => read.map(|contact| contact.map(Contact::without_blanks)),
        }
    }

    /// Returns the name of a connected account's business, `None` if it has none.
    pub(crate) async fn business_name(
        &self,
        account: &StripeAccountId,
    ) -> Result<Option<String>, StripeError> {
        // The platform asks about the account, as for those that it pays out to.
        let path = format!("/v1/accounts/{account}");
        let read: ConnectedAccount = self.get(Operation::RetrieveHolder, None, &path, &[]).await?;
        Ok(read.business_name())
    }

    /// Adds a bank account that the connected account is paid out to. With the key and form of an earlier call, Stripe
    /// returns the same one.
    pub(crate) async fn create_external_account(
        &self,
        account: &HolderId,
        form: &Form,
        key: String,
    ) -> Result<IdOnly, StripeError> {
        let path = format!("/v1/accounts/{}/external_accounts", account.at_stripe());
        self.post(Operation::CreateExternalAccount, account.stripe_account(), &path, form, key).await
    }

    async fn contact_at_stripe(&self, holder: &HolderId) -> Result<Option<Contact>, StripeError> {
        let (id, of) = (holder.at_stripe(), holder.stripe_account());
        match holder.kind() {
            HolderKind::Customer => {
                let read: Customer =
                    self.get(Operation::RetrieveCustomer, of, &format!("/v1/customers/{id}"), &[]).await?;
                Ok((!read.deleted).then_some(Contact {
                    name: read.name,
                    email: read.email,
                    preferred_locales: read.preferred_locales.unwrap_or_default(),
                }))
            }
            HolderKind::ConnectedAccount => {
                let read: ConnectedAccount =
                    self.get(Operation::RetrieveHolder, of, &format!("/v1/accounts/{id}"), &[]).await?;
                Ok(Some(Contact { email: read.email, ..Contact::default() }))
            }
            HolderKind::CustomerAccount => {
                let read: CoreAccount =
                    self.get(Operation::RetrieveHolder, of, &format!("/v2/core/accounts/{id}"), &[]).await?;
                let CoreAccount { contact_email: email, display_name: name } = read;
                Ok(Some(Contact { name, email, ..Contact::default() }))
            }
        }
    }
}

impl Contact {
    fn without_blanks(self) -> Self {
        let trimmed =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self { name: trimmed(self.name), email: trimmed(self.email), ..self }
    }
}
