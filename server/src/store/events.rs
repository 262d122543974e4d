//! Stripe's events: each is stored once, together with the jobs that it causes.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row};
use strum::IntoStaticStr;

use super::bulk_insert::{engine, pieces, rows_ending};
use super::encryption::RowCipher;
use super::job_queue::{JobKind, NewJob, Urgency, mark};
use super::{Store, StoreError, Transaction};
use crate::domain::data_keys::DataKeys;
use crate::domain::event::Event;

/// An event to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewEvent {
    pub(crate) id: String,
    kind: String,
    subject: Option<String>,
    api_version: Option<String>,
    /// Seconds since 1970, by Stripe's clock.
    created: i64,
    /// `None` for an event of a connected account: the identifiers in it are not qualified, so that they would be taken for
    /// those of other customers; and for an event about a customer.
    payload: Option<String>,
    /// Job to enqueue for its subject.
    work: Option<(JobKind, String)>,
}

/// Origin of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum EventSource {
    /// Delivered by Stripe.
    Webhook,
    /// Fetched from Stripe, because it had not been delivered.
    CatchUp,
}

impl EventSource {
    fn as_str(self) -> &'static str {
        self.into()
    }
}

impl NewEvent {
    /// Makes an arrival; `payload` is the text that `event` was parsed from. `stores_names`: names of customers are stored,
    /// and so are read again after a change.
    pub(crate) fn new(event: &Event<'_>, payload: &str, stores_names: bool) -> Self {
        Self {
            id: event.id(),
            kind: event.kind.as_ref().to_owned(),
            subject: event.subject(),
            api_version: event.api_version.as_deref().map(str::to_owned),
            created: event.created,
            payload: event.may_be_stored().then(|| payload.to_owned()),
            work: event.work().filter(|(kind, _)| stores_names || *kind != JobKind::CustomerName),
        }
    }

    fn mark(&self, now: Timestamp) -> Option<NewJob> {
        let (kind, subject) = self.work.clone()?;
        // A name may wait for what customers see.
        let urgency = if kind == JobKind::CustomerName { Urgency::Sweep } else { Urgency::News };
        Some(NewJob { kind, subject, urgency, created: Some(self.created), due: now })
    }
}

/// Result of storing events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredEvents {
    /// Number of events that were not stored before.
    pub(crate) new: usize,
    /// True if they have enqueued jobs.
    pub(crate) makes_work: bool,
}

impl Store {
    /// Stores those events that are not stored yet and enqueues their jobs, in one transaction. The events must be in
    /// the order of their identifiers, which rules out deadlocks.
    pub(crate) async fn keep(
        &self,
        arrivals: &[NewEvent],
        source: EventSource,
        now: Timestamp,
    ) -> Result<StoredEvents, StoreError> {
        let mut change = self.change().await?;
        let new: Vec<&NewEvent> = match enter(&mut change, arrivals, source, now).await? {
            0 => Vec::new(),
            all if all == arrivals.len() => arrivals.iter().collect(),
            // A mix of new and known events is rare. Finding the new ones by `RETURNING` is costly, so it is done only
            // here, after a rollback.
            _ => {
                change.rollback().await?;
                change = self.change().await?;
                let mut ids = insert_returning_ids(&mut change, arrivals, source, now).await?;
                arrivals.iter().filter(|arrival| ids.remove(&arrival.id)).collect()
            }
        };
        let marks: Vec<NewJob> = new.iter().filter_map(|arrival| arrival.mark(now)).collect();
        mark(&mut change, &marks, now).await?;
        change.commit().await?;
        Ok(StoredEvents { new: new.len(), makes_work: !marks.is_empty() })
    }
}

/// Inserts the events that are not there yet. Returns their number.
async fn enter(
    change: &mut Transaction,
    arrivals: &[NewEvent],
    source: EventSource,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut new = 0;
    for piece in pieces(arrivals) {
        let statement = statement(change, piece, source);
        let keys = change.data_keys().clone();
        let done = bound(&keys, statement, piece, now)?.execute(&mut *change).await?;
        new += usize::try_from(done.rows_affected()).unwrap_or(usize::MAX);
    }
    Ok(new)
}

/// Does what `enter` does, but returns the identifiers.
async fn insert_returning_ids(
    change: &mut Transaction,
    arrivals: &[NewEvent],
    source: EventSource,
    now: Timestamp,
) -> Result<HashSet<String>, StoreError> {
    let mut new = HashSet::new();
    for piece in pieces(arrivals) {
        let statement = statement(change, piece, source) + " RETURNING id";
        let keys = change.data_keys().clone();
        for row in bound(&keys, statement, piece, now)?.fetch_all(&mut *change).await? {
            new.insert(row.try_get(0)?);
        }
    }
    Ok(new)
}

/// Returns the statement for this number of events. Its text depends on nothing else, so prepared statements are
/// reused.
fn statement(change: &AnyConnection, arrivals: &[NewEvent], source: EventSource) -> String {
    let ending = format!(", ${}, '{}'", arrivals.len() * 6 + 1, source.as_str());
    format!(
        "INSERT INTO events (id, type, subject, api_version, created, payload, received_at, source) VALUES {} \
         ON CONFLICT (id) DO NOTHING",
        rows_ending(engine(change), arrivals.len(), 6, &ending)
    )
}

/// Binds the values in the order of the columns.
fn bound<'a>(
    keys: &DataKeys,
    statement: String,
    arrivals: &'a [NewEvent],
    now: Timestamp,
) -> Result<Query<'a, Any, AnyArguments>, StoreError> {
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for arrival in arrivals {
        let key = [arrival.id.as_str()];
        let cipher = RowCipher::new(keys, &key);
        query = query
            .bind(arrival.id.as_str())
            .bind(arrival.kind.as_str())
            .bind(arrival.subject.as_deref())
            .bind(arrival.api_version.as_deref())
            .bind(arrival.created)
            .bind(cipher.seal_optional("events.payload", arrival.payload.as_deref())?);
    }
    Ok(query.bind(now.as_millisecond()))
}

/// Number of events by type and by API version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) by_type: BTreeMap<String, i64>,
    /// Events without a version count under an empty name.
    pub(crate) by_version: BTreeMap<String, i64>,
}

impl Store {
    /// Counts the events received since a time.
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
