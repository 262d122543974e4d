//! Accounts for those who ask: from the record where it is surely up to date, else from Stripe, and then for the record.

use jiff::SignedDuration;
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, AuthorizationId, CustomerId};

use crate::app::App;
use crate::connections::KeepError;
use crate::domain::connection::{Occasion, Reading};
use crate::domain::siblings::can_be_repaired;
use crate::failure::Failure;
use crate::store::work::{Kind, Mark, Urgency};
use crate::store::{StoreError, accounts};
use crate::stripe::Stripe;

/// What is older is shown, and looked at again in the background; the page hears if it was wrong.
const FRESH: SignedDuration = SignedDuration::from_secs(60);

/// A customer's accounts, and the version that they are.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) accounts: Vec<Account>,
    pub(crate) version: String,
}

impl App {
    /// The customer's accounts as the record has them. Read from Stripe first where events may have been missed.
    pub(crate) async fn known_accounts_of(
        &self,
        stripe: &Stripe,
        customer: &CustomerId,
    ) -> Result<Known, Failure> {
        let listed_at = self.store.listed_at(customer).await?;
        if let Some(listed_at) = listed_at.filter(|at| *at >= self.watch.without_gap_since()) {
            // A moment ahead of the clock says nothing about how old it is.
            if crate::clock::now().duration_since(listed_at).abs() > FRESH {
                self.look_again_at(customer);
            }
        } else {
            let accounts = self.read_accounts_of(stripe, customer).await?;
            // A database that takes no writes has not kept them: the record is empty or older than what was read.
            if self.store.listed_at(customer).await? == listed_at {
                return Ok(Known { accounts, version: accounts::version(0, 0) });
            }
        }
        let mut kept = self.store.accounts_of(customer).await?;
        // As Stripe lists them: the newest first.
        kept.sort_by(|a, b| b.account.created.cmp(&a.account.created).then(a.account.id.cmp(&b.account.id)));
        let changes = kept.iter().map(|kept| kept.revision).sum();
        let version = accounts::version(i64::try_from(kept.len()).unwrap_or(i64::MAX), changes);
        Ok(Known { accounts: kept.into_iter().map(|kept| kept.account).collect(), version })
    }

    /// Has the customer's accounts listed in the background. Nobody waits for it, and nothing is lost if it fails: the next
    /// one who asks says so again.
    fn look_again_at(&self, customer: &CustomerId) {
        let now = crate::clock::now();
        let (store, connections) = (self.store.clone(), self.connections.clone());
        let again = Mark {
            kind: Kind::Customer,
            subject: customer.to_string(),
            urgency: Urgency::Routine,
            created: None,
            due: now,
        };
        tokio::spawn(async move {
            match store.mark(&[again], now).await {
                Ok(()) => connections.work().notify_one(),
                Err(error) => tracing::warn!(%error, "what is to do is not kept: {error}"),
            }
        });
    }

    /// The account as the record has it, likewise.
    pub(crate) async fn known_account(&self, stripe: &Stripe, id: &AccountId) -> Result<Account, Failure> {
        let since = self.watch.without_gap_since();
        match self.store.account(id).await?.filter(|kept| kept.read_at >= since) {
            Some(kept) => Ok(kept.account),
            None => self.read_account(stripe, id).await,
        }
    }

    /// The account as Stripe has it now.
    pub(crate) async fn read_account(&self, stripe: &Stripe, id: &AccountId) -> Result<Account, Failure> {
        let reading = stripe.account(id).await?;
        let account = reading.account.clone();
        self.keep(vec![reading]).await?;
        Ok(account)
    }

    /// The customer's accounts as Stripe has them now.
    pub(crate) async fn read_accounts_of(
        &self,
        stripe: &Stripe,
        customer: &CustomerId,
    ) -> Result<Vec<Account>, Failure> {
        let read = stripe.accounts_of(customer).await?;
        let kept =
            self.connections.keep_all_of(customer, read.value.clone(), read.as_of, Occasion::Look).await;
        tolerate(kept)?;
        Ok(read.value)
    }

    async fn keep(&self, readings: Vec<Reading>) -> Result<(), Failure> {
        tolerate(self.connections.keep(readings, Occasion::Look).await)
    }

    /// Whether a relink repairs the login. Asked of Stripe unless it was since an account of it changed.
    pub(crate) async fn is_repairable_login(
        &self,
        stripe: &Stripe,
        login: &AuthorizationId,
    ) -> Result<bool, Failure> {
        if let Some(known) = self.store.is_repairable(login).await? {
            return Ok(known);
        }
        let read_at = crate::clock::now();
        let is_repairable = can_be_repaired(&stripe.authorization(login).await?);
        self.store.keep_login(login, is_repairable, read_at).await?;
        Ok(is_repairable)
    }
}

/// What a customer waits for does not fail because the database does.
fn tolerate(kept: Result<(), KeepError>) -> Result<(), Failure> {
    match kept {
        Ok(()) => Ok(()),
        Err(KeepError::Version(error)) => Err(error.into()),
        Err(KeepError::Store(error)) => {
            tracing::error!(%error, "what Stripe says is not kept: {error}");
            Ok(())
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if error.is_of_a_character() {
            return Self::NotUnderstood;
        }
        tracing::error!(%error, "{error}");
        match error {
            StoreError::DuplicateSession(_) => Self::DuplicateId,
            StoreError::Database(_)
            | StoreError::Damaged(_)
            | StoreError::FileLost(_)
            | StoreError::Slow(_)
            | StoreError::StartupParameter(_)
            | StoreError::SharedConnection(_)
            | StoreError::Unreadable(_)
            | StoreError::Migration(_)
            | StoreError::TooNew { .. }
            | StoreError::OldSqlite(_)
            | StoreError::File(_) => Self::StoreUnavailable,
        }
    }
}

impl From<KeepError> for Failure {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Version(error) => error.into(),
            KeepError::Store(error) => error.into(),
        }
    }
}
