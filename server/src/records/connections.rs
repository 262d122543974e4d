//! Record of all linked accounts: stores readings from Stripe, and notifies open pages, the workers and the merchant.

use std::sync::Arc;

use jiff::Timestamp;
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, CustomerId, MissingPreviewFields};
use thiserror::Error;
use tokio::sync::Notify;

use crate::domain::audit::Entry;
use crate::domain::connection::{Outcome, ReadReason, Reading, keep};
use crate::domain::merchant_event::MerchantEvent;
use crate::domain::merchant_event_payload::message;
use crate::records::relink_requests::RequestRecorder;
use crate::records::uptime::Uptime;
use crate::store::job_queue::{JobKind, NewJob, Urgency, mark};
use crate::store::{Store, StoreError, accounts, audit, customers, merchant_events};

/// Record of all connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionRecorder {
    store: Store,
    /// Has the time when the record began; accounts linked earlier don't count as new.
    watch: Arc<Uptime>,
    /// True if the merchant receives events.
    tells_merchant: bool,
    /// True if broken and expiring connections may trigger a reminder email.
    reminds: bool,
    requests: RequestRecorder,
    /// Notified when something that a customer sees has changed.
    changed: Arc<Notify>,
    /// Notified when there is work in the queue.
    work: Arc<Notify>,
    /// Notified when a merchant event may be waiting for delivery.
    messages: Arc<Notify>,
}

/// Error of storing a reading.
#[derive(Debug, Error)]
pub(crate) enum StoreReadingError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe's response lacks fields that relink needs.
    #[error(transparent)]
    Version(#[from] MissingPreviewFields),
}

impl ConnectionRecorder {
    pub(crate) fn new(store: Store, watch: Arc<Uptime>, tells_merchant: bool, reminds: bool) -> Self {
        Self {
            reminds,
            requests: RequestRecorder::new(store.clone(), tells_merchant),
            store,
            watch,
            tells_merchant,
            changed: Arc::default(),
            work: Arc::default(),
            messages: Arc::default(),
        }
    }

    /// Notified when something that a customer sees has changed.
    pub(crate) fn changed(&self) -> &Arc<Notify> {
        &self.changed
    }

    /// Notified when there is work in the queue.
    pub(crate) fn work(&self) -> &Notify {
        &self.work
    }

    /// Notified when a merchant event may be waiting for delivery.
    pub(crate) fn messages(&self) -> &Arc<Notify> {
        &self.messages
    }

    /// Stores readings from Stripe and all that follows from them in one transaction.
    pub(crate) async fn keep(
        &self,
        readings: Vec<Reading>,
        occasion: ReadReason,
    ) -> Result<(), StoreReadingError> {
        let mut change = self.store.change().await?;
        let (is_change, entries) = self.keep_in(&mut change, readings, occasion).await?;
        audit::append_all(&mut change, &entries, crate::clock::now()).await?;
        change.commit().await.map_err(StoreError::from)?;
        self.ring(is_change);
        Ok(())
    }

    /// Stores all accounts of a customer as listed by Stripe. Known accounts that are not in the list are queued to be
    /// read one by one.
    pub(crate) async fn keep_all_of(
        &self,
        customer: &CustomerId,
        accounts: Vec<Account>,
        as_of: i64,
        occasion: ReadReason,
    ) -> Result<(), StoreReadingError> {
        let now = crate::clock::now();
        let known = self.store.accounts_of(customer).await?;
        let missing =
            known.iter().filter(|kept| accounts.iter().all(|account| account.id != kept.account.id));
        let marks: Vec<NewJob> = missing
            .map(|kept| NewJob {
                kind: JobKind::Account,
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
        audit::append_all(&mut change, &entries, now).await?;
        change.commit().await.map_err(StoreError::from)?;
        self.ring(is_change);
        Ok(())
    }

    /// Deletes an account that Stripe no longer has.
    pub(crate) async fn forget(&self, account: &AccountId) -> Result<(), StoreReadingError> {
        let mut change = self.store.change().await?;
        let was_known = accounts::remove(&mut change, account).await?;
        change.commit().await.map_err(StoreError::from)?;
        self.ring(was_known);
        Ok(())
    }

    /// Returns whether anything has changed, and the audit entries. The caller has to write these last in the
    /// transaction: see [`audit::enter`].
    async fn keep_in(
        &self,
        change: &mut sqlx::AnyConnection,
        mut readings: Vec<Reading>,
        occasion: ReadReason,
    ) -> Result<(bool, Vec<Entry>), StoreReadingError> {
        let now = crate::clock::now();
        // All transactions lock accounts in this order, so they can't deadlock.
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
            mark(change, &[soon(JobKind::Account, id, now + AFTER_THE_MOMENT)], now).await?;
        }
        let Some(kept) = kept else { return Ok(Vec::new()) };
        accounts::save(change, &kept).await?;
        let entries = if notices.contains(&MerchantEvent::ConnectionRepaired) {
            self.requests.complete(change, id, now).await?
        } else {
            Vec::new()
        };
        let is_to_look_at = |notice: &MerchantEvent| {
            matches!(notice, MerchantEvent::ConnectionBroken | MerchantEvent::ConnectionExpiring)
        };
        if self.reminds && notices.iter().any(is_to_look_at) {
            mark(change, &[soon(JobKind::Remind, id, now)], now).await?;
        }
        for notice in notices.into_iter().filter(|_| self.tells_merchant) {
            let (message_id, payload) = message(notice, &kept, crate::clock::new_id(), now);
            merchant_events::enter(change, &message_id, notice.as_str(), id.as_str(), &payload, now).await?;
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

fn soon(kind: JobKind, account: &AccountId, due: Timestamp) -> NewJob {
    NewJob { kind, subject: account.to_string(), urgency: Urgency::Routine, created: None, due }
}

/// Delay before an account with two conflicting readings is read again. Stripe's timestamps are in seconds, so the next
/// reading has a later one.
const AFTER_THE_MOMENT: jiff::SignedDuration = jiff::SignedDuration::from_secs(2);

#[cfg(test)]
mod tests;
