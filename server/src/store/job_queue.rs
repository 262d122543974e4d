//! Job queue: a row for each job, claimed by lease, performed at least once.

mod lease;
pub(crate) mod list;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use strum::VariantArray;

use super::bulk_insert::{engine, pieces, rows_ending};
use super::{Store, StoreError, Transaction};
pub(crate) use crate::domain::job_kind::JobKind;
use crate::traces;

/// Returns all kinds as a list for SQL. Kinds that only a newer version knows are left to its servers.
fn known_kinds() -> String {
    let kinds: Vec<String> = JobKind::VARIANTS.iter().map(|kind| format!("'{}'", kind.as_str())).collect();
    kinds.join(", ")
}

/// Priority of a job. Requests of customers are not jobs: they go before all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Something has changed at Stripe.
    News = 0,
    /// A routine job, without a change at Stripe.
    Routine = 1,
    /// A re-read; nothing is known to have changed.
    Sweep = 2,
}

/// A job to enqueue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewJob {
    pub(crate) kind: JobKind,
    /// Object of the job.
    pub(crate) subject: String,
    pub(crate) urgency: Urgency,
    /// Time of the change by Stripe's clock, in seconds; a later reading already includes it. `None`: run the job in
    /// any case.
    pub(crate) created: Option<i64>,
    pub(crate) due: Timestamp,
}

/// A job that this server has leased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) kind: JobKind,
    pub(crate) subject: String,
    /// Time of the newest event that enqueued it; `None` if something else did.
    pub(crate) newest: Option<i64>,
    /// Number of failures so far.
    pub(crate) tries: u32,
    /// Trace of what enqueued it last.
    pub(crate) trace: Option<String>,
    wanted: i64,
    lease: Lease,
}

/// Holder and end of a lease. Together they are unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) holder: String,
    pub(crate) until: Timestamp,
}

/// Size of the job queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Backlog {
    /// Number of jobs that are due.
    pub(crate) due: i64,
    /// Time at which the oldest of them was due, in milliseconds since 1970.
    pub(crate) oldest_due: Option<i64>,
    /// Number of jobs that are running.
    pub(crate) leased: i64,
    /// Number of jobs that were given up, until they are enqueued again.
    pub(crate) parked: i64,
}

/// Enqueues jobs. A queued job is not duplicated, a running one runs once more, one that was given up is tried again,
/// and one that waits after a failure keeps waiting.
pub(crate) async fn mark(
    change: &mut Transaction,
    marks: &[NewJob],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut marks = merged(marks);
    // All servers lock rows in the same order, which rules out deadlocks.
    marks.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    for marks in pieces(&marks) {
        let ending = format!(", ${}, 1, 0, 0, ${}", marks.len() * 6 + 1, marks.len() * 6 + 2);
        let statement = format!(
            "INSERT INTO work (id, kind, subject, urgency, newest, due, created_at, wanted, tries, lease_until, trace) \
             VALUES {} ON CONFLICT (id) DO UPDATE SET wanted = work.wanted + 1, \
             newest = CASE WHEN excluded.newest > work.newest THEN excluded.newest ELSE work.newest END, \
             urgency = CASE WHEN excluded.urgency < work.urgency THEN excluded.urgency ELSE work.urgency END, \
             due = CASE WHEN work.parked_at IS NOT NULL THEN excluded.due WHEN work.tries > 0 THEN work.due \
             WHEN excluded.due < work.due THEN excluded.due ELSE work.due END, \
             tries = CASE WHEN work.parked_at IS NOT NULL THEN 0 ELSE work.tries END, parked_at = NULL, \
             trace = COALESCE(excluded.trace, work.trace)",
            rows_ending(engine(change), marks.len(), 6, &ending)
        );
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for mark in marks {
            query = query
                .bind(id(mark.kind, &mark.subject))
                .bind(mark.kind.as_str())
                .bind(mark.subject.as_str())
                .bind(mark.urgency as i64)
                .bind(mark.created.unwrap_or(i64::MAX))
                .bind(mark.due.as_millisecond());
        }
        query = query.bind(now.as_millisecond()).bind(traces::text(&traces::current()));
        query.execute(&mut *change).await?;
    }
    Ok(())
}

/// Enqueues a job unless it is in the queue already, whenever it is due there.
pub(crate) async fn mark_once(
    change: &mut Transaction,
    job: &NewJob,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO work (id, kind, subject, urgency, newest, due, created_at, wanted, tries, lease_until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, 0) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id(job.kind, &job.subject))
    .bind(job.kind.as_str())
    .bind(job.subject.clone())
    .bind(job.urgency as i64)
    .bind(job.created.unwrap_or(i64::MAX))
    .bind(job.due.as_millisecond())
    .bind(now.as_millisecond())
    .execute(change)
    .await?;
    Ok(())
}

/// Merges marks of the same job, with the newest event and the earliest due time. An upsert may touch a row only once.
fn merged(marks: &[NewJob]) -> Vec<NewJob> {
    let mut merged: HashMap<(JobKind, &str), NewJob> = HashMap::new();
    for mark in marks {
        let entry = merged.entry((mark.kind, &mark.subject)).or_insert_with(|| mark.clone());
        entry.created = entry.created.zip(mark.created).map(|(one, other)| one.max(other));
        entry.due = entry.due.min(mark.due);
        entry.urgency = entry.urgency.min(mark.urgency);
    }
    merged.into_values().collect()
}

fn id(kind: JobKind, subject: &str) -> String {
    format!("{}:{subject}", kind.as_str())
}

impl Store {
    /// Enqueues jobs in a transaction of its own.
    pub(crate) async fn mark(&self, marks: &[NewJob], now: Timestamp) -> Result<(), StoreError> {
        if marks.is_empty() {
            return Ok(());
        }
        let mut change = self.change().await?;
        mark(&mut change, marks, now).await?;
        Ok(change.commit().await?)
    }
}
