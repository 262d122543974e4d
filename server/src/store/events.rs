//! What Stripe has told: each event once, and with it what it makes worth doing.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row};

use super::pieces::{engine, pieces, rows_ending};
use super::work::{Kind, Mark, Urgency, mark};
use super::{Store, StoreError};
use crate::domain::event::Event;

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) id: String,
    kind: String,
    subject: Option<String>,
    api_version: Option<String>,
    /// By Stripe's clock, in seconds since 1970.
    created: i64,
    payload: String,
    /// What is to be done to its subject.
    work: Option<Kind>,
}

/// How an event came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Stripe sent it.
    Webhook,
    /// We asked, because it had not arrived.
    CatchUp,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::CatchUp => "catch_up",
        }
    }
}

impl Arrival {
    /// `payload` is the text that the event was read from.
    pub(crate) fn new(event: &Event<'_>, payload: &str) -> Self {
        Self {
            id: event.id.as_ref().to_owned(),
            kind: event.kind.as_ref().to_owned(),
            subject: event.subject.as_deref().map(str::to_owned),
            api_version: event.api_version.as_deref().map(str::to_owned),
            created: event.created,
            payload: payload.to_owned(),
            work: event.work().map(|(kind, _)| kind),
        }
    }

    fn mark(&self, now: Timestamp) -> Option<Mark> {
        Some(Mark {
            kind: self.work?,
            subject: self.subject.clone()?,
            urgency: Urgency::News,
            created: Some(self.created),
            due: now,
        })
    }
}

/// What came of keeping events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// How many were not kept before.
    pub(crate) new: usize,
    /// Whether they made something worth doing.
    pub(crate) makes_work: bool,
}

impl Store {
    /// Keeps those events that are not kept yet, and enters what they make worth doing, in one change. They must be in
    /// the order of their identifiers, so that nobody waits in a circle.
    pub(crate) async fn keep(
        &self,
        arrivals: &[Arrival],
        source: Source,
        now: Timestamp,
    ) -> Result<Kept, StoreError> {
        let mut change = self.change().await?;
        let new: Vec<&Arrival> = match enter(&mut change, arrivals, source, now).await? {
            0 => Vec::new(),
            all if all == arrivals.len() => arrivals.iter().collect(),
            // Seldom. To be told which are new costs so much that it is asked for only then, from the beginning.
            _ => {
                change.rollback().await?;
                change = self.change().await?;
                let mut ids = enter_and_tell(&mut change, arrivals, source, now).await?;
                arrivals.iter().filter(|arrival| ids.remove(&arrival.id)).collect()
            }
        };
        let marks: Vec<Mark> = new.iter().filter_map(|arrival| arrival.mark(now)).collect();
        mark(&mut change, &marks, now).await?;
        change.commit().await?;
        Ok(Kept { new: new.len(), makes_work: !marks.is_empty() })
    }
}

/// Enters those that are not there yet. Gives how many that were.
async fn enter(
    change: &mut AnyConnection,
    arrivals: &[Arrival],
    source: Source,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut new = 0;
    for piece in pieces(arrivals) {
        let statement = statement(change, piece, source);
        let done = bound(statement, piece, now).execute(&mut *change).await?;
        new += usize::try_from(done.rows_affected()).unwrap_or(usize::MAX);
    }
    Ok(new)
}

/// The same, but gives their identifiers.
async fn enter_and_tell(
    change: &mut AnyConnection,
    arrivals: &[Arrival],
    source: Source,
    now: Timestamp,
) -> Result<HashSet<String>, StoreError> {
    let mut new = HashSet::new();
    for piece in pieces(arrivals) {
        let statement = statement(change, piece, source) + " RETURNING id";
        for row in bound(statement, piece, now).fetch_all(&mut *change).await? {
            new.insert(row.try_get(0)?);
        }
    }
    Ok(new)
}

/// For so many, and to be used again for so many others.
fn statement(change: &AnyConnection, arrivals: &[Arrival], source: Source) -> String {
    let ending = format!(", ${}, '{}'", arrivals.len() * 6 + 1, source.as_str());
    format!(
        "INSERT INTO events (id, type, subject, api_version, created, payload, received_at, source) VALUES {} \
         ON CONFLICT (id) DO NOTHING",
        rows_ending(engine(change), arrivals.len(), 6, &ending)
    )
}

/// With its values, in the order of the columns.
fn bound(statement: String, arrivals: &[Arrival], now: Timestamp) -> Query<'_, Any, AnyArguments> {
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for arrival in arrivals {
        query = query
            .bind(arrival.id.as_str())
            .bind(arrival.kind.as_str())
            .bind(arrival.subject.as_deref())
            .bind(arrival.api_version.as_deref())
            .bind(arrival.created)
            .bind(arrival.payload.as_str());
    }
    query.bind(now.as_millisecond())
}

/// How many events there were of each type and version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) by_type: BTreeMap<String, i64>,
    /// Under an empty name those that said none.
    pub(crate) by_version: BTreeMap<String, i64>,
}

impl Store {
    /// Counts what was received since.
    pub(crate) async fn event_counts(&self, since: Timestamp) -> Result<Counts, StoreError> {
        let rows = sqlx::query(
            "SELECT type, COALESCE(api_version, ''), COUNT(*) FROM events WHERE received_at >= $1 \
             GROUP BY type, api_version",
        )
        .bind(since.as_millisecond())
        .fetch_all(self.reader())
        .await?;
        let mut counts = Counts::default();
        for row in rows {
            let (kind, version, count): (String, String, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            *counts.by_type.entry(kind).or_default() += count;
            *counts.by_version.entry(version).or_default() += count;
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests;
