//! What is to do: one row for each thing, claimed by lease, done at least once.

pub(crate) mod list;
mod queue;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::pieces::{engine, pieces, rows_ending};
use super::{Store, StoreError};

/// What kind of thing is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Read an account from Stripe.
    Account,
    /// List a customer's accounts at Stripe.
    Customer,
    /// A bank login has changed: read its accounts.
    Authorization,
    /// An attempt's session has ended: see what came of it.
    Session,
    /// Do what an account needs after a relink.
    FollowUp,
    /// Send the mail of a relink request.
    Mail,
    /// See whether a customer is to be reminded of an account.
    Remind,
    /// Ask many customers.
    Batch,
    /// Ask Stripe for events that did not arrive.
    CatchUp,
    /// Find what has not been looked at for long.
    Sweep,
    /// Forget what is old.
    Prune,
    /// Count what the console shows.
    Tally,
    /// Read all accounts at Stripe.
    Backfill,
}

impl Kind {
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

    /// As it is stored.
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

    /// Whether it is due again by itself, for as long as there is a server. Such work is never given up.
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

    /// All of them, as a list for a statement. A newer version of the program may have entered others: they are left to it.
    fn known() -> String {
        Self::ALL.map(|kind| format!("'{}'", kind.as_str())).join(", ")
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(StoreError::Unreadable("work.kind"))
    }
}

/// What is done first when there is too much. Customers' own requests are not work: they go before all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Something has changed at Stripe.
    News = 0,
    /// Something was asked for in passing.
    Routine = 1,
    /// Nothing is known to have changed.
    Sweep = 2,
}

/// Something that somebody wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) kind: Kind,
    /// What it is to be done to.
    pub(crate) subject: String,
    pub(crate) urgency: Urgency,
    /// When Stripe says that the change happened, in seconds; what was read later than this has it already. `None`:
    /// do it in any case.
    pub(crate) created: Option<i64>,
    pub(crate) due: Timestamp,
}

/// A thing to do, ours until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) kind: Kind,
    pub(crate) subject: String,
    /// Of the newest event that asked for it; `None` where something else did.
    pub(crate) newest: Option<i64>,
    /// How often it has failed.
    pub(crate) tries: u32,
    wanted: i64,
    lease: Lease,
}

/// Who holds a row, and until when. No two leases are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) holder: String,
    pub(crate) until: Timestamp,
}

/// How much there is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Backlog {
    /// Could be done now.
    pub(crate) due: i64,
    /// Since when the oldest of it could be, in milliseconds since 1970.
    pub(crate) oldest_due: Option<i64>,
    /// Is being done.
    pub(crate) leased: i64,
    /// Was given up, until something asks for it anew.
    pub(crate) parked: i64,
}

/// Enters what is to do. What is there already is not entered twice; what is being done is done again; what was given up
/// gets another chance; what waits because Stripe fails goes on waiting.
pub(crate) async fn mark(
    change: &mut AnyConnection,
    marks: &[Mark],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut marks = merged(marks);
    // Everybody locks rows in the same order, so that nobody waits in a circle.
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

/// One for each thing: the newest and soonest of all that name it. A statement may touch a row once only.
fn merged(marks: &[Mark]) -> Vec<Mark> {
    let mut merged: HashMap<(Kind, &str), Mark> = HashMap::new();
    for mark in marks {
        let entry = merged.entry((mark.kind, &mark.subject)).or_insert_with(|| mark.clone());
        entry.created = entry.created.zip(mark.created).map(|(one, other)| one.max(other));
        entry.due = entry.due.min(mark.due);
        entry.urgency = entry.urgency.min(mark.urgency);
    }
    merged.into_values().collect()
}

fn id(kind: Kind, subject: &str) -> String {
    format!("{}:{subject}", kind.as_str())
}

impl Store {
    /// Enters what is to do, by itself.
    pub(crate) async fn mark(&self, marks: &[Mark], now: Timestamp) -> Result<(), StoreError> {
        if marks.is_empty() {
            return Ok(());
        }
        let mut change = self.change().await?;
        mark(&mut change, marks, now).await?;
        Ok(change.commit().await?)
    }
}
