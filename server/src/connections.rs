//! What is known of every linked account: takes readings of Stripe, keeps them, and lets those know whom it concerns.

use std::sync::Arc;

use jiff::Timestamp;
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, CustomerId, MissingPreviewFields};
use thiserror::Error;
use tokio::sync::Notify;

use crate::domain::audit::Entry;
use crate::domain::connection::{Occasion, Outcome, Reading, keep};
use crate::domain::message::message;
use crate::domain::notice::Notice;
use crate::requests::Requests;
use crate::store::work::{Kind, Mark, Urgency, mark};
use crate::store::{Store, StoreError, accounts, audit, customers, deliveries};
use crate::watch::Watch;

/// The record of all connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    store: Store,
    /// What was linked before it began is not new.
    watch: Arc<Watch>,
    /// Whether the merchant wants to hear of changes.
    tells_merchant: bool,
    /// Whether customers are reminded of what has changed.
    reminds: bool,
    requests: Requests,
    /// Rung when a customer could see a difference.
    changed: Arc<Notify>,
    /// Rung when there is something to do.
    work: Arc<Notify>,
    /// Rung when there may be something to tell the merchant.
    messages: Arc<Notify>,
}

/// A reading could not be kept.
#[derive(Debug, Error)]
pub(crate) enum KeepError {
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe's answer lacks what relink needs.
    #[error(transparent)]
    Version(#[from] MissingPreviewFields),
}

impl Connections {
    pub(crate) fn new(store: Store, watch: Arc<Watch>, tells_merchant: bool, reminds: bool) -> Self {
        Self {
            reminds,
            requests: Requests::new(store.clone(), tells_merchant),
            store,
            watch,
            tells_merchant,
            changed: Arc::default(),
            work: Arc::default(),
            messages: Arc::default(),
        }
    }

    /// Rung when a customer could see a difference.
    pub(crate) fn changed(&self) -> &Notify {
        &self.changed
    }

    /// Rung when there is something to do.
    pub(crate) fn work(&self) -> &Notify {
        &self.work
    }

    /// Rung when there may be something to tell the merchant.
    pub(crate) fn messages(&self) -> &Notify {
        &self.messages
    }

    /// Keeps what was read of Stripe, with what follows from it, in one change.
    pub(crate) async fn keep(&self, readings: Vec<Reading>, occasion: Occasion) -> Result<(), KeepError> {
        let mut change = self.store.change().await?;
        let (is_change, entries) = self.keep_in(&mut change, readings, occasion).await?;
        audit::enter_all(&mut change, &entries, crate::clock::now()).await?;
        change.commit().await.map_err(StoreError::from)?;
        self.ring(is_change);
        Ok(())
    }

    /// Keeps all of a customer's accounts. Those that are known and not among them are to be asked about one by one.
    pub(crate) async fn keep_all_of(
        &self,
        customer: &CustomerId,
        accounts: Vec<Account>,
        as_of: i64,
        occasion: Occasion,
    ) -> Result<(), KeepError> {
        let now = crate::clock::now();
        let known = self.store.accounts_of(customer).await?;
        let missing =
            known.iter().filter(|kept| accounts.iter().all(|account| account.id != kept.account.id));
        let marks: Vec<Mark> = missing
            .map(|kept| Mark {
                kind: Kind::Account,
                subject: kept.account.id.to_string(),
                urgency: Urgency::Routine,
                created: None,
                due: now,
            })
            .collect();
        let readings = accounts.into_iter().map(|account| Reading { account, as_of }).collect();
        let mut change = self.store.change().await?;
        let (is_change, entries) = self.keep_in(&mut change, readings, occasion).await?;
        mark(&mut change, &marks, now).await?;
        customers::listed(&mut change, customer, now).await?;
        audit::enter_all(&mut change, &entries, now).await?;
        change.commit().await.map_err(StoreError::from)?;
        self.ring(is_change);
        Ok(())
    }

    /// Stripe no longer knows the account.
    pub(crate) async fn forget(&self, account: &AccountId) -> Result<(), KeepError> {
        let mut change = self.store.change().await?;
        let was_known = accounts::remove(&mut change, account).await?;
        change.commit().await.map_err(StoreError::from)?;
        self.ring(was_known);
        Ok(())
    }

    /// Gives whether anything has changed, and what is to be entered into the audit trail when the change has done
    /// everything else: see [`audit::enter`].
    async fn keep_in(
        &self,
        change: &mut sqlx::AnyConnection,
        mut readings: Vec<Reading>,
        occasion: Occasion,
    ) -> Result<(bool, Vec<Entry>), KeepError> {
        let now = crate::clock::now();
        // Everybody locks rows in the same order, so that nobody waits in a circle.
        readings.sort_by(|a, b| a.account.id.cmp(&b.account.id));
        let (mut is_change, mut entries) = (false, Vec::new());
        for reading in readings {
            let id = reading.account.id.clone();
            let before = accounts::for_update(&self.store, change, &id).await?;
            let outcome = keep(before.as_ref(), reading, occasion, now, self.watch.began_at())?;
            is_change |= outcome.is_change;
            entries.extend(self.write(change, &id, outcome, now).await?);
        }
        Ok((is_change, entries))
    }

    async fn write(
        &self,
        change: &mut sqlx::AnyConnection,
        id: &AccountId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let Outcome { kept, notices, is_doubtful, .. } = outcome;
        if is_doubtful {
            mark(change, &[soon(Kind::Account, id, now + AFTER_THE_MOMENT)], now).await?;
        }
        let Some(kept) = kept else { return Ok(Vec::new()) };
        accounts::save(change, &kept).await?;
        let entries = if notices.contains(&Notice::ConnectionRepaired) {
            self.requests.complete(change, id, now).await?
        } else {
            Vec::new()
        };
        let is_to_look_at =
            |notice: &Notice| matches!(notice, Notice::ConnectionBroken | Notice::ConnectionExpiring);
        if self.reminds && notices.iter().any(is_to_look_at) {
            mark(change, &[soon(Kind::Remind, id, now)], now).await?;
        }
        for notice in notices.into_iter().filter(|_| self.tells_merchant) {
            let (message_id, payload) = message(notice, &kept, crate::clock::fresh_id(), now);
            deliveries::enter(change, &message_id, notice.as_str(), id.as_str(), &payload, now).await?;
        }
        Ok(entries)
    }

    fn ring(&self, is_change: bool) {
        if is_change {
            self.changed.notify_one();
            self.messages.notify_one();
        }
        self.work.notify_one();
    }
}

fn soon(kind: Kind, account: &AccountId, due: Timestamp) -> Mark {
    Mark { kind, subject: account.to_string(), urgency: Urgency::Routine, created: None, due }
}

/// Stripe's clock tells seconds: after this, another reading has another time.
const AFTER_THE_MOMENT: jiff::SignedDuration = jiff::SignedDuration::from_secs(2);

#[cfg(test)]
mod tests;
