//! What Stripe has told: each event once, and with it what it makes worth doing.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::pieces::{pieces, rows_with};
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
            id: event.id.to_string(),
            kind: event.kind.to_string(),
            subject: event.subject.as_ref().map(ToString::to_string),
            api_version: event.api_version.as_ref().map(ToString::to_string),
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

/// Keeps those events that are not kept yet, and enters what they make worth doing. Gives how many there were of them.
/// They must be in the order of their identifiers, so that nobody waits in a circle.
pub(crate) async fn keep(
    change: &mut AnyConnection,
    arrivals: &[Arrival],
    source: Source,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let (mut marks, mut kept) = (Vec::new(), 0);
    for piece in pieces(change, arrivals) {
        let new = keep_piece(change, piece, source, now).await?;
        kept += new.len();
        let is_new = |arrival: &&Arrival| new.len() == piece.len() || new.contains(&arrival.id);
        marks.extend(piece.iter().filter(is_new).filter_map(|arrival| arrival.mark(now)));
    }
    mark(change, &marks, now).await?;
    Ok(kept)
}

/// Gives the identifiers of those that are new.
async fn keep_piece(
    change: &mut AnyConnection,
    arrivals: &[Arrival],
    source: Source,
    now: Timestamp,
) -> Result<HashSet<String>, StoreError> {
    let statement = format!(
        "INSERT INTO events (received_at, source, id, type, subject, api_version, created, payload) VALUES {} \
         ON CONFLICT (id) DO NOTHING RETURNING id",
        rows_with("$1, $2, ", arrivals.len(), 6, 2)
    );
    let mut query = sqlx::query(AssertSqlSafe(statement)).bind(now.as_millisecond()).bind(source.as_str());
    for arrival in arrivals {
        query = query
            .bind(arrival.id.clone())
            .bind(arrival.kind.clone())
            .bind(arrival.subject.clone())
            .bind(arrival.api_version.clone())
            .bind(arrival.created)
            .bind(arrival.payload.clone());
    }
    let rows = query.fetch_all(&mut *change).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
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
