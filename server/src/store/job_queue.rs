//! Job queue: a row for each job, claimed by lease, performed at least once.

mod lease;
pub(crate) mod list;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::bulk_insert::{engine, pieces, rows_ending};
use super::{Store, StoreError};

/// Kind of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobKind {
    /// Read an account from Stripe.
    Account,
    /// List a customer's accounts at Stripe.
    Customer,
    /// Read the accounts of a bank login that has changed.
    Authorization,
    /// Settle the attempt of a session that has ended.
    Session,
    /// Perform a follow-up of a relink.
    FollowUp,
    /// Send the email of a relink request.
    Mail,
    /// Send a reminder about an account if one is due.
    Remind,
    /// Send the next piece of a batch of relink requests.
    Batch,
    /// Fetch events from Stripe that were not delivered.
    CatchUp,
    /// Enqueue reads of accounts that were not read for long.
    Sweep,
    /// Delete old rows.
    Prune,
    /// Count accounts for the console.
    Tally,
    /// Read all accounts at Stripe.
    Backfill,
}

impl JobKind {
    const ALL: [Self; 13] = [
        Self::Account,
        Self::Customer,
        Self::Authorization,
        Self::Session,
        Self::FollowUp,
        Self::Mail,
        Self::Remind,
        Self::Batch,
        Self::CatchUp,
        Self::Sweep,
        Self::Prune,
        Self::Tally,
        Self::Backfill,
    ];

    /// Returns the kind as it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Customer => "customer",
            Self::Authorization => "authorization",
            Self::Session => "session",
            Self::FollowUp => "follow_up",
            Self::Mail => "mail",
            Self::Remind => "remind",
            Self::Batch => "batch",
            Self::CatchUp => "catch_up",
            Self::Sweep => "sweep",
            Self::Prune => "prune",
            Self::Tally => "tally",
            Self::Backfill => "backfill",
        }
    }

    /// True if the job becomes due again by itself, for as long as there is a server. Such jobs are never given up.
    pub(crate) fn is_periodic(self) -> bool {
        match self {
            Self::CatchUp | Self::Sweep | Self::Prune | Self::Tally | Self::Backfill => true,
            Self::Account
            | Self::Customer
            | Self::Authorization
            | Self::Session
            | Self::FollowUp
            | Self::Mail
            | Self::Remind
            | Self::Batch => false,
        }
    }

    /// Returns all kinds as a list for SQL. Kinds that only a newer version knows are left to its servers.
    fn known() -> String {
        Self::ALL.map(|kind| format!("'{}'", kind.as_str())).join(", ")
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(StoreError::Unreadable("work.kind"))
    }
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
    change: &mut AnyConnection,
    marks: &[NewJob],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut marks = merged(marks);
    // All servers lock rows in the same order, which rules out deadlocks.
    marks.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    for marks in pieces(&marks) {
        let ending = format!(", ${}, 1, 0, 0", marks.len() * 6 + 1);
        let statement = format!(
            "INSERT INTO work (id, kind, subject, urgency, newest, due, created_at, wanted, tries, lease_until) \
             VALUES {} ON CONFLICT (id) DO UPDATE SET wanted = work.wanted + 1, \
             newest = CASE WHEN excluded.newest > work.newest THEN excluded.newest ELSE work.newest END, \
             urgency = CASE WHEN excluded.urgency < work.urgency THEN excluded.urgency ELSE work.urgency END, \
             due = CASE WHEN work.parked_at IS NOT NULL THEN excluded.due WHEN work.tries > 0 THEN work.due \
             WHEN excluded.due < work.due THEN excluded.due ELSE work.due END, \
             tries = CASE WHEN work.parked_at IS NOT NULL THEN 0 ELSE work.tries END, parked_at = NULL",
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
        query.bind(now.as_millisecond()).execute(&mut *change).await?;
    }
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
