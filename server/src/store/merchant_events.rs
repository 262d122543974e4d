//! Merchant events: those to be delivered, and those that were.

pub(crate) mod list;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

pub(crate) use self::list::{Delivery, State, Totals};
use super::encryption::RowCipher;
use super::job_queue::Lease;
use super::{Store, StoreError, Transaction};
use crate::domain::audit::Entry;
use crate::domain::data_keys::DataKeys;
use crate::traces;

const PAYLOAD: &str = "deliveries.payload";

/// A merchant event to send, leased by this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: String,
    /// `None` if it can't be decrypted.
    pub(crate) payload: Option<String>,
    /// Number of failed deliveries so far.
    pub(crate) failures: u32,
    /// Trace of the change that it reports.
    pub(crate) trace: Option<String>,
    lease: Lease,
}

/// Result of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Delivered,
    /// To be retried at this time.
    Again(Timestamp),
    /// Given up, and shown as failed.
    Failed,
}

/// Returns the payload of a row with its identifier.
fn payload(keys: &DataKeys, row: &AnyRow) -> Result<String, StoreError> {
    RowCipher::new(keys, &[row.try_get("id")?]).open(PAYLOAD, row.try_get("payload")?)
}

/// Returns `None` in place of what can't be decrypted, so that other messages are not held up by it.
fn readable(payload: Result<String, StoreError>) -> Result<Option<String>, StoreError> {
    match payload {
        Ok(payload) => Ok(Some(payload)),
        Err(error) if error.is_of_encryption() => {
            tracing::error!(%error, "a merchant event can't be decrypted: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Inserts a merchant event, in the transaction of the change that it reports.
pub(crate) async fn enter(
    change: &mut Transaction,
    id: &str,
    kind: &str,
    subject: &str,
    payload: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let payload = RowCipher::new(change.data_keys(), &[id]).seal(PAYLOAD, payload)?;
    sqlx::query(
        "INSERT INTO deliveries (id, type, subject, payload, created_at, due, tries, lease_until, trace) \
         VALUES ($1, $2, $3, $4, $5, $5, 0, 0, $6)",
    )
    .bind(id.to_owned())
    .bind(kind.to_owned())
    .bind(subject.to_owned())
    .bind(payload)
    .bind(now.as_millisecond())
    .bind(traces::text(&traces::current()))
    .execute(change)
    .await?;
    Ok(())
}

/// Inserts a merchant event that is due later.
pub(crate) async fn enter_later(
    change: &mut Transaction,
    (id, kind): (&str, &str),
    subject: &str,
    payload: &str,
    due: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    enter(change, id, kind, subject, payload, now).await?;
    sqlx::query("UPDATE deliveries SET due = $1 WHERE id = $2")
        .bind(due.as_millisecond())
        .bind(id.to_owned())
        .execute(change)
        .await?;
    Ok(())
}

/// Deletes merchant events of this type about this subject that were not sent yet.
pub(crate) async fn withdraw(
    change: &mut Transaction,
    kind: &str,
    subject: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM deliveries WHERE delivered_at IS NULL AND failed_at IS NULL AND tries = 0 AND lease_until <= $1 \
         AND type = $2 AND subject = $3",
    )
    .bind(now.as_millisecond())
    .bind(kind.to_owned())
    .bind(subject.to_owned())
    .execute(change)
    .await?;
    Ok(())
}

impl Store {
    /// Leases due merchant events, the longest due first.
    pub(crate) async fn claim_merchant_events(
        &self,
        lease: &Lease,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<Message>, StoreError> {
        // Usually none is due, which a read finds out without taking the write lock.
        if !self.has_message_due(now).await? {
            return Ok(Vec::new());
        }
        let statement = format!(
            "WITH turn AS MATERIALIZED (SELECT id FROM deliveries WHERE delivered_at IS NULL AND failed_at IS NULL \
             AND due <= $1 AND lease_until <= $1 ORDER BY due LIMIT $2{}) \
             UPDATE deliveries SET leased_by = $3, lease_until = $4 WHERE id IN (SELECT id FROM turn) \
             RETURNING id, payload, tries, trace",
            self.engine().for_update_skip_locked()
        );
        let mut change = self.change().await?;
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(now.as_millisecond())
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .bind(lease.holder.clone())
            .bind(lease.until.as_millisecond())
            .fetch_all(&mut *change)
            .await?;
        change.commit().await?;
        rows.iter()
            .map(|row| {
                Ok(Message {
                    id: row.try_get("id")?,
                    payload: readable(payload(self.data_keys(), row))?,
                    failures: u32::try_from(row.try_get::<i64, _>("tries")?).unwrap_or(u32::MAX),
                    trace: row.try_get("trace")?,
                    lease: lease.clone(),
                })
            })
            .collect()
    }

    async fn has_message_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let due = "SELECT id FROM deliveries WHERE delivered_at IS NULL AND failed_at IS NULL \
                   AND due <= $1 AND lease_until <= $1 LIMIT 1";
        let due = sqlx::query(due).bind(now.as_millisecond());
        Ok(due.fetch_optional(self.reader()).await?.is_some())
    }

    /// Stores the result, unless the lease has ended or the event was replayed meanwhile.
    pub(crate) async fn record_delivery(
        &self,
        message: &Message,
        sent: &Sent,
        status: Option<u16>,
        error: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let at = now.as_millisecond();
        let (delivered_at, failed_at, due) = match sent {
            Sent::Delivered => (Some(at), None, at),
            Sent::Again(due) => (None, None, due.as_millisecond()),
            Sent::Failed => (None, Some(at), at),
        };
        sqlx::query(
            "UPDATE deliveries SET leased_by = NULL, lease_until = 0, tries = tries + 1, delivered_at = $1, \
             failed_at = $2, due = $3, last_status = $4, last_error = $5 \
             WHERE id = $6 AND leased_by = $7 AND lease_until = $8",
        )
        .bind(delivered_at)
        .bind(failed_at)
        .bind(due)
        .bind(status.map(i64::from))
        .bind(error.map(str::to_owned))
        .bind(message.id.clone())
        .bind(message.lease.holder.clone())
        .bind(message.lease.until.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Sends the event again from the first try, whatever its result was, and enters an audit entry. Returns true if
    /// the event exists.
    pub(crate) async fn replay_merchant_event(
        &self,
        id: &str,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let replay = sqlx::query(
            "UPDATE deliveries SET due = $1, tries = 0, leased_by = NULL, lease_until = 0, delivered_at = NULL, \
             failed_at = NULL, last_status = NULL, last_error = NULL WHERE id = $2",
        )
        .bind(now.as_millisecond())
        .bind(id.to_owned());
        self.change_with_entry(replay, entry, now).await
    }
}
