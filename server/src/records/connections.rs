//! Record of all linked accounts: stores readings from Stripe, and notifies open pages, the workers and the merchant.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use relink_protocol::stripe::{Account, PaymentBlock};
use relink_protocol::{
    AccountId, ConditionRules, HolderId, MissingPreviewFields, PaymentMethodId, Replacement,
};
use serde_json::json;
use thiserror::Error;
use tokio::sync::Notify;

use crate::domain::audit::{AuditAction, AuditSource, Entry};
use crate::domain::connection::{Outcome, ReadReason, Reading, StoredAccount, keep, keep_block};
use crate::domain::merchant_event::MerchantEvent;
use crate::domain::merchant_event_payload::{message, replaced};
use crate::domain::policy::{Policy, Terms, TokenNarrowing};
use crate::domain::session_plan::is_updatable;
use crate::records::relink_requests::RequestRecorder;
use crate::records::uptime::Uptime;
use crate::store::job_queue::{JobKind, NewJob, Urgency, mark, mark_once};
use crate::store::{Store, StoreError, Transaction, accounts, attempts, audit, customers, merchant_events};

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
    rules: ConditionRules,
    /// Terms by which a customer can be asked to share more; `None` for never.
    terms: Option<Terms>,
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
    pub(crate) fn new(
        store: Store,
        watch: Arc<Uptime>,
        tells_merchant: bool,
        reminds: bool,
        rules: ConditionRules,
    ) -> Self {
        Self {
            reminds,
            rules,
            terms: None,
            requests: RequestRecorder::new(store.clone(), tells_merchant),
            store,
            watch,
            tells_merchant,
            changed: Arc::default(),
            work: Arc::default(),
            messages: Arc::default(),
        }
    }

    /// Also records which customers share less than the merchant asks for.
    pub(crate) fn with_policy(self, policy: &Policy) -> Self {
        Self { terms: policy.terms(TokenNarrowing::default()).ok(), ..self }
    }

    fn is_updatable(&self, kept: &StoredAccount) -> bool {
        self.terms.as_ref().is_some_and(|terms| is_updatable(terms, &kept.account, &kept.condition))
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
        customer: &HolderId,
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

    /// Stores that Stripe no longer debits this payment method of the account, or that it does again.
    pub(crate) async fn keep_block(
        &self,
        account: &AccountId,
        method: &PaymentMethodId,
        block: Option<PaymentBlock>,
    ) -> Result<(), StoreReadingError> {
        let now = crate::clock::now();
        let mut change = self.store.change().await?;
        let before = accounts::for_update(&self.store, &mut change, account).await?;
        let outcome = before.and_then(|before| keep_block(&before, method, block, self.rules, now));
        let is_change = outcome.is_some();
        if let Some(outcome) = outcome {
            tracing::info!(%account, payment_method = %method, notices = ?outcome.notices, "debits changed");
            let entries = self.write(&mut change, account, outcome, now).await?;
            audit::append_all(&mut change, &entries, now).await?;
        }
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
        change: &mut Transaction,
        mut readings: Vec<Reading>,
        occasion: ReadReason,
    ) -> Result<(bool, Vec<Entry>), StoreReadingError> {
        let now = crate::clock::now();
        // All transactions lock accounts in this order, so they can't deadlock.
        readings.sort_by(|a, b| a.account.id.cmp(&b.account.id));
        let (mut is_change, mut entries) = (false, Vec::new());
        let stripe_accounts: BTreeSet<_> =
            readings.iter().filter_map(|reading| reading.account.id.stripe_account()).collect();
        for account in stripe_accounts {
            // Its missed events are fetched from now on.
            mark_once(change, &job(JobKind::CatchUp, account.as_str(), now), now).await?;
        }
        for reading in readings {
            let id = reading.account.id.clone();
            let before = accounts::for_update(&self.store, change, &id).await?;
            let outcome = keep(before.as_ref(), reading, occasion, self.rules, now, self.watch.began_at())?;
            is_change |= outcome.is_change;
            entries.extend(self.write(change, &id, outcome, now).await?);
        }
        Ok((is_change, entries))
    }

    async fn write(
        &self,
        change: &mut Transaction,
        id: &AccountId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let Outcome { kept, notices, is_doubtful, consequences, .. } = outcome;
        if is_doubtful {
            mark(change, &[soon(JobKind::Account, id, now + AFTER_THE_MOMENT)], now).await?;
        }
        let Some(kept) = kept else { return Ok(Vec::new()) };
        accounts::save(change, &kept, self.is_updatable(&kept)).await?;
        if let Some(method) = consequences.recheck {
            mark(change, &[job(JobKind::PaymentMethod, method.as_str(), now)], now).await?;
        }
        let entries = if consequences.is_recovery {
            self.requests.complete(change, &kept, now).await?
        } else if consequences.shares_more {
            self.requests.complete_updates(change, id, now).await?
        } else {
            Vec::new()
        };
        if self.reminds && consequences.may_remind {
            mark(change, &[soon(JobKind::Remind, id, now)], now).await?;
        }
        for notice in notices.into_iter().filter(|_| self.tells_merchant) {
            let (message_id, payload) = message(notice, &kept, crate::clock::new_id(), now);
            let due =
                if notice == MerchantEvent::AccountAdded { self.due(change, &kept, now).await? } else { now };
            let what = (message_id.as_str(), notice.as_str());
            merchant_events::enter_later(change, what, id.as_str(), &payload, due, now).await?;
        }
        Ok(entries)
    }

    /// Returns when the merchant is told of a new account: later if its customer is relinking, because the account may turn
    /// out to replace an old one. Then it is no news of its own.
    async fn due(
        &self,
        change: &mut Transaction,
        kept: &StoredAccount,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let holder = kept.account.holder();
        let Some(customer) = holder else { return Ok(now) };
        let is_relinking = attempts::has_begun_since(change, customer, now - ATTEMPT).await?;
        Ok(if is_relinking { now + PAIRING } else { now })
    }

    /// Completes the requests of accounts that Stripe reports as relinked, whatever their readings say: a session's
    /// result is final, and a bank may end the connection again at once. Returns the audit entries, as
    /// [`Self::replace_in`] does.
    pub(crate) async fn relinked_in(
        &self,
        change: &mut Transaction,
        accounts: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for kept in self.locked(change, accounts.iter().collect()).await? {
            if kept.replaced_by.is_none() {
                entries.extend(self.requests.complete(change, &kept, now).await?);
            }
        }
        Ok(entries)
    }

    /// Marks accounts as replaced: they leave the customer's list and the reminders, their requests are completed, and
    /// the merchant is notified. An old account that needed a relink and works again meanwhile stays. Returns the audit
    /// entries, which the caller has to write last in the transaction.
    pub(crate) async fn replace_in(
        &self,
        change: &mut Transaction,
        pairs: &[Replacement],
        source: &AuditSource,
        now: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let ids = pairs.iter().flat_map(|pair| [&pair.old, &pair.new]).collect();
        let known = self.locked(change, ids).await?;
        let known = |id: &AccountId| known.iter().find(|kept| kept.account.id == *id);
        let mut entries = Vec::new();
        for pair in pairs {
            let Replacement { old, new, .. } = pair;
            let (Some(before), Some(by)) = (known(old), known(new)) else { continue };
            let Some(kept) = before.replace(pair, self.rules, now) else { continue };
            accounts::save(change, &kept, false).await?;
            entries.extend(self.requests.complete(change, &kept, now).await?);
            if self.tells_merchant {
                let (id, payload) = replaced(&kept, by, crate::clock::new_id(), now);
                let added = MerchantEvent::AccountAdded.as_str();
                merchant_events::withdraw(change, added, new.as_str(), now).await?;
                let kind = MerchantEvent::ConnectionReplaced.as_str();
                merchant_events::enter(change, &id, kind, old.as_str(), &payload, now).await?;
            }
            // One entry for each of the two, so that both histories have it.
            for account in [old, new] {
                entries.push(Entry {
                    customer: kept.account.holder().cloned(),
                    account: Some(account.clone()),
                    ..Entry::of(
                        source.clone(),
                        AuditAction::ConnectionReplaced,
                        json!({"replaced": old, "by": new}),
                    )
                });
            }
        }
        Ok(entries)
    }

    /// True if each of these accounts can be replaced: both are stored, and the old one still needs what it needed when the
    /// attempt began. Locks them.
    pub(crate) async fn can_replace(
        &self,
        change: &mut Transaction,
        pairs: &[Replacement],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let known =
            self.locked(change, pairs.iter().flat_map(|pair| [&pair.old, &pair.new]).collect()).await?;
        let known = |id: &AccountId| known.iter().find(|kept| kept.account.id == *id);
        Ok(pairs.iter().all(|pair| {
            let is_there = known(&pair.new).is_some_and(|new| new.replaced_by.is_none());
            is_there && known(&pair.old).is_some_and(|old| old.replace(pair, self.rules, now).is_some())
        }))
    }

    /// Returns the stored ones of these accounts, locked in the order in which all transactions lock them.
    pub(crate) async fn locked(
        &self,
        change: &mut Transaction,
        mut ids: Vec<&AccountId>,
    ) -> Result<Vec<StoredAccount>, StoreError> {
        ids.sort();
        ids.dedup();
        let mut locked = Vec::new();
        for id in ids {
            locked.extend(accounts::for_update(&self.store, change, id).await?);
        }
        Ok(locked)
    }

    /// Notifies open pages, the workers and the sender of webhooks after a commit.
    pub(crate) fn ring(&self, is_change: bool) {
        if is_change {
            self.changed.notify_one();
            self.messages.notify_one();
        }
        self.work.notify_one();
    }
}

fn soon(kind: JobKind, account: &AccountId, due: Timestamp) -> NewJob {
    job(kind, account.as_str(), due)
}

fn job(kind: JobKind, subject: &str, due: Timestamp) -> NewJob {
    NewJob { kind, subject: subject.to_owned(), urgency: Urgency::Routine, created: None, due }
}

/// Longest time that an attempt usually takes.
const ATTEMPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
/// Time in which a new account is paired with the one that it replaces, by Stripe's result or by the customer.
const PAIRING: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// Delay before an account with two conflicting readings is read again. Stripe's timestamps are in seconds, so the next
/// reading has a later one.
const AFTER_THE_MOMENT: jiff::SignedDuration = jiff::SignedDuration::from_secs(2);

#[cfg(test)]
mod tests;
