//! Claims of jobs by lease, and their results.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Backlog, Job, JobKind, Lease, id, known_kinds};
use crate::store::{Store, StoreError, Transaction};

impl Store {
    /// Leases due jobs, the most urgent first.
    pub(crate) async fn claim(
        &self,
        lease: &Lease,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<Job>, StoreError> {
        let statement = format!(
            "WITH turn AS MATERIALIZED (SELECT id FROM work WHERE parked_at IS NULL AND due <= $1 AND lease_until <= $1 \
             AND kind IN ({}) ORDER BY urgency, due LIMIT $2{}) \
             UPDATE work SET leased_by = $3, lease_until = $4 WHERE id IN (SELECT id FROM turn) \
             RETURNING kind, subject, newest, tries, wanted, trace",
            known_kinds(),
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
        rows.iter().map(|row| job(row, lease)).collect()
    }

    /// Leases the only job of this kind, which has no subject, due or not, unless it is leased already.
    pub(crate) async fn claim_singleton(
        &self,
        kind: JobKind,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Option<Job>, StoreError> {
        let row = sqlx::query(
            "UPDATE work SET leased_by = $1, lease_until = $2 WHERE id = $3 AND lease_until <= $4 \
             RETURNING kind, subject, newest, tries, wanted, trace",
        )
        .bind(lease.holder.clone())
        .bind(lease.until.as_millisecond())
        .bind(id(kind, ""))
        .bind(now.as_millisecond())
        .fetch_optional(&self.writer)
        .await?;
        row.map(|row| job(&row, lease)).transpose()
    }

    /// Removes a job that is done. If it was enqueued again meanwhile, it is due at once.
    pub(crate) async fn done(&self, job: &Job) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        done(&mut change, job).await?;
        Ok(change.commit().await?)
    }

    /// Makes the job due again at that time, because it is periodic or has failed. `error` is shown to operators.
    pub(crate) async fn again(
        &self,
        job: &Job,
        due: Timestamp,
        error: Option<&str>,
    ) -> Result<(), StoreError> {
        let (failures, error) = (i64::from(error.is_some()), error.map(str::to_owned));
        sqlx::query(
            "UPDATE work SET leased_by = NULL, lease_until = 0, due = $1, last_error = $2, \
             tries = CASE WHEN $3 = 1 THEN tries + 1 ELSE 0 END, trace = CASE WHEN $3 = 1 THEN trace END \
             WHERE id = $4 AND leased_by = $5 AND lease_until = $6",
        )
        .bind(due.as_millisecond())
        .bind(error)
        .bind(failures)
        .bind(job.id())
        .bind(job.lease.holder.clone())
        .bind(job.lease.until.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Gives the job up until it is enqueued again. Operators see it.
    pub(crate) async fn park(&self, job: &Job, error: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE work SET leased_by = NULL, lease_until = 0, parked_at = $1, tries = tries + 1, last_error = $2 \
             WHERE id = $3 AND leased_by = $4 AND lease_until = $5",
        )
        .bind(now.as_millisecond())
        .bind(error.to_owned())
        .bind(job.id())
        .bind(job.lease.holder.clone())
        .bind(job.lease.until.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Ends every lease. Only for a server on SQLite at its start: there is no other server that could hold one.
    pub(crate) async fn end_leases(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE work SET leased_by = NULL, lease_until = 0 WHERE lease_until > 0")
            .execute(&self.writer)
            .await?;
        sqlx::query("UPDATE deliveries SET leased_by = NULL, lease_until = 0 WHERE lease_until > 0")
            .execute(&self.writer)
            .await?;
        sqlx::query("UPDATE payments SET held_by = NULL, held_until = 0 WHERE held_until > 0")
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Returns the size of the queue.
    pub(crate) async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(CASE WHEN parked_at IS NULL AND due <= $1 AND lease_until <= $1 THEN 1 END), \
             MIN(CASE WHEN parked_at IS NULL AND due <= $1 AND lease_until <= $1 THEN due END), \
             COUNT(CASE WHEN lease_until > $1 THEN 1 END), COUNT(parked_at) FROM work",
        )
        .bind(now.as_millisecond())
        .fetch_one(self.reader())
        .await?;
        Ok(Backlog {
            due: row.try_get(0)?,
            oldest_due: row.try_get(1)?,
            leased: row.try_get(2)?,
            parked: row.try_get(3)?,
        })
    }
}

/// Removes a job that is done, in the transaction that did it.
pub(crate) async fn done(change: &mut Transaction, job: &Job) -> Result<(), StoreError> {
    let (holder, until) = (job.lease.holder.clone(), job.lease.until.as_millisecond());
    let removed =
        sqlx::query("DELETE FROM work WHERE id = $1 AND wanted = $2 AND leased_by = $3 AND lease_until = $4")
            .bind(job.id())
            .bind(job.wanted)
            .bind(holder.clone())
            .bind(until)
            .execute(&mut *change)
            .await?;
    if removed.rows_affected() == 0 {
        let again = "UPDATE work SET leased_by = NULL, lease_until = 0, tries = 0 \
                     WHERE id = $1 AND leased_by = $2 AND lease_until = $3";
        sqlx::query(again).bind(job.id()).bind(holder).bind(until).execute(change).await?;
    }
    Ok(())
}

impl Job {
    fn id(&self) -> String {
        id(self.kind, &self.subject)
    }
}

fn job(row: &AnyRow, lease: &Lease) -> Result<Job, StoreError> {
    let newest: i64 = row.try_get("newest")?;
    let tries: i64 = row.try_get("tries")?;
    let kind: &str = row.try_get("kind")?;
    Ok(Job {
        trace: row.try_get("trace")?,
        kind: kind.parse().map_err(|_| StoreError::Unreadable("work.kind"))?,
        subject: row.try_get("subject")?,
        newest: (newest < i64::MAX).then_some(newest),
        tries: u32::try_from(tries).unwrap_or(u32::MAX),
        wanted: row.try_get("wanted")?,
        lease: lease.clone(),
    })
}
